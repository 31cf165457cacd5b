"""Readings of logs that no driver of ours brings about, and how they become checks."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.model import Check, Outcome
from conformance.probe.app import Played
from conformance.probe.check import all_checks
from conformance.probe.grade import grade
from conformance.probe.log import Arrival, Log
from conformance.probe.situation import all_situations

SITUATIONS = {situation.name: situation for situation in all_situations()}
CHECKS = {check.id.removeprefix("BAYEUX-CLIENT-"): check for check in all_checks()}


def sent(*messages: dict[str, Any], at: float = 0.0, **fields: Any) -> Arrival:
    return Arrival(0, at, [{"clientId": "c1", **message} for message in messages], **fields)


def judged(name: str, *arrivals: Arrival, lack: str | None = None, **marks: float) -> Check:
    for n, arrival in enumerate(arrivals):
        arrival.n = n
    spec = CHECKS[name]
    situation = SITUATIONS[spec.situation or "day"]
    return grade(spec, [Played(situation, Log(list(arrivals), marks), 1.0, lack)])


CONNECT, HANDSHAKE = "/meta/connect", "/meta/handshake"
UNSUBSCRIBE = {"channel": "/meta/unsubscribe", "subscription": "/a"}


def test_an_unsubscribe_names_its_subscription() -> None:
    assert judged("UNSUBSCRIBE-FIELDS", sent(UNSUBSCRIBE)).outcome is Outcome.PASS
    check = judged("UNSUBSCRIBE-FIELDS", sent(UNSUBSCRIBE | {"subscription": None}))
    assert check.outcome is Outcome.FAIL
    assert check.findings[0].path == "day[0][0].subscription"


def test_what_was_not_asked_is_not_applicable() -> None:
    check = judged("UNSUBSCRIBE-FIELDS", sent({"channel": CONNECT}))
    assert (check.outcome, check.findings) == (Outcome.NA, ())
    assert check.reason == "the client sent nothing on /meta/unsubscribe"


def test_a_log_without_requests_is_skipped_and_another_is_read() -> None:
    played = [
        Played(SITUATIONS["day"], Log(), 1.0),
        Played(SITUATIONS["none"], Log([sent(UNSUBSCRIBE)]), 1.0),
    ]
    assert grade(CHECKS["UNSUBSCRIBE-FIELDS"], played).outcome is Outcome.PASS
    assert grade(CHECKS["UNSUBSCRIBE-FIELDS"], played[:1]).outcome is Outcome.SKIP
    assert grade(CHECKS["UNSUBSCRIBE-FIELDS"], []).reason == "not played"


def test_a_situation_that_was_not_reached_is_skipped_with_the_reason() -> None:
    check = judged("INTERVAL", sent({"channel": CONNECT}), lack="it never held a connect")
    assert (check.outcome, check.reason) == (Outcome.SKIP, "it never held a connect")


def test_the_same_message_sent_again_does_not_use_its_id_twice() -> None:
    first, other = {"channel": CONNECT, "id": "1"}, {"channel": CONNECT, "id": "1", "ext": {}}
    assert judged("ID-UNIQUE", sent(first), sent(first)).outcome is Outcome.PASS
    assert judged("ID-UNIQUE", sent(first), sent(other)).outcome is Outcome.WARN


@pytest.mark.parametrize(
    ("times", "outcome"),
    [
        ([0, 1, 3, 6, 10], Outcome.PASS),
        ([0, 0, 1, 3], Outcome.PASS),
        ([0, 5, 10, 15], Outcome.WARN),
        ([0, 0, 0.5, 1, 1.5], Outcome.WARN),
        ([0, 0.01, 0.02, 0.04], Outcome.WARN),
        ([0, 5], Outcome.NA),
    ],
)
def test_waits_have_to_grow_while_connects_fail(times: list[float], outcome: Outcome) -> None:
    before = sent({"channel": CONNECT}, answer=[{"channel": CONNECT}])
    failing = [sent({"channel": CONNECT}, at=at) for at in times]
    anew = sent({"channel": HANDSHAKE}, at=times[-1])
    assert judged("BACKOFF", before, *failing, anew).outcome is outcome


def test_a_publish_may_do_without_a_client_id_but_not_with_a_wrong_one() -> None:
    shaken = sent({"channel": HANDSHAKE}, answer=[{"channel": HANDSHAKE, "clientId": "c1"}])
    assert judged("CLIENT-ID", shaken, Arrival(1, 0, [{"channel": "/x"}])).outcome is Outcome.PASS
    wrong = sent({"channel": "/x", "clientId": "c2"})
    assert judged("CLIENT-ID", shaken, wrong).outcome is Outcome.FAIL


def test_a_second_session_may_have_a_connect_of_its_own() -> None:
    first, second = ({"channel": CONNECT, "clientId": name} for name in ("c1", "c2"))
    assert judged("CONNECT-ONE", sent(first), sent(second)).outcome is Outcome.PASS
    assert judged("CONNECT-ONE", sent(first), sent(first, at=1.0)).outcome is Outcome.FAIL


ADVICE = [{"channel": CONNECT, "advice": {"interval": 500}}]


@pytest.mark.parametrize(
    ("wait", "outcome"), [(0.5, Outcome.PASS), (0.49, Outcome.PASS), (0.4, Outcome.FAIL)]
)
def test_the_interval_counts_from_the_end_of_the_answer(wait: float, outcome: Outcome) -> None:
    told = sent({"channel": CONNECT}, ended=10.0, answer=ADVICE)
    assert judged("INTERVAL", told, sent({"channel": CONNECT}, at=10 + wait)).outcome is outcome


def test_a_client_that_did_not_come_back_may_still_be_waiting() -> None:
    check = judged("INTERVAL", sent({"channel": CONNECT}, ended=10.0, answer=ADVICE))
    assert check.outcome is Outcome.NA


@pytest.mark.parametrize(
    "name",
    ["NONE", "REHANDSHAKE", "HOSTS", "RESUBSCRIBE", "SILENT-END", "ACK-LOST", "ACK-REPEAT"],
)
def test_advice_that_never_arrived_is_not_graded(name: str) -> None:
    assert judged(name, sent({"channel": CONNECT})).outcome is Outcome.NA


def test_checks_of_what_the_text_leaves_open_never_gate() -> None:
    open_questions = [check for check in CHECKS.values() if not check.requirements]
    assert {check.level.value for check in open_questions} == {"INFO"}


def test_every_situation_is_read_by_a_check() -> None:
    assert {check.situation for check in CHECKS.values()} - {None} == set(SITUATIONS)
