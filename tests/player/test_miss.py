"""A miss says why, and shows the nearest calls without showing secrets."""

from __future__ import annotations

import json

import pytest

from tapestry.player import miss as misses
from tapestry.player.likeness import LiveCall
from tapestry.player.miss import Cause, Miss


def start(live):
    live.listen()
    live.me("StartContactCenterSession")
    live.me("Ready")


def no_such(live):
    return live.email("Transfer", "e1", queueName="support")


def already_used(live):
    live.email("Accept", "e1")
    return live.email("Accept", "e1")


def out_of_order(live):
    return live.email("Transfer", "e1", queueName="billing")


def wrong_agent(live):
    live.play.introduce("B", "agent#2", live.now)
    return live.email("Accept", "e1", "B")


TEXTS = {
    no_such: """\
miss: no such exchange: POST /api/v2/me/emails/e1 "Transfer" (agent#1)
  the cassette has no such call
  nearest: entry 10, agent#1: POST /api/v2/me/emails/e1 "Transfer"
    $.queueName: cassette has "billing", call has "support"
  nearest: entry 7, agent#1: POST /api/v2/me/emails/e1 "Accept"
    $.operationName: cassette has "Accept", call has "Transfer"
    $.queueName: cassette has nothing, call has "support"
  nearest: """,
    already_used: """\
miss: already used: POST /api/v2/me/emails/e1 "Accept" (agent#1)
  every such call on the cassette has been played, and it would change something
  nearest: entry 7, agent#1: POST /api/v2/me/emails/e1 "Accept\"""",
    out_of_order: """\
miss: out of order: POST /api/v2/me/emails/e1 "Transfer" (agent#1)
  on the cassette this comes before it: entry 7, agent#1: POST /api/v2/me/emails/e1 "Accept"
  nearest: entry 10, agent#1: POST /api/v2/me/emails/e1 "Transfer\"""",
    wrong_agent: """\
miss: wrong agent: POST /api/v2/me/emails/e1 "Accept" (agent#2)
  on the cassette another agent makes this call: agent#1
  nearest: entry 7, agent#1: POST /api/v2/me/emails/e1 "Accept\"""",
}


@pytest.fixture
def live(workday):
    workday.get("/bob", None, "agent#2")
    live = workday.live()
    live.play.introduce("A", "agent#1", live.now)
    start(live)
    return live


@pytest.mark.parametrize("provoke", TEXTS, ids=lambda provoke: provoke.__name__)
def test_each_cause_is_told_in_words(live, provoke):
    assert misses.text(provoke(live)).startswith(TEXTS[provoke])


@pytest.mark.parametrize("provoke", TEXTS, ids=lambda provoke: provoke.__name__)
def test_each_cause_is_answered_as_json(live, provoke):
    body = json.loads(json.dumps(misses.answer(provoke(live))))
    told = body["tapestry"]
    assert body["statusCode"] == 6
    assert told["cause"] == provoke.__name__.replace("_", " ").replace(
        "no such", "no such exchange"
    )
    assert body["statusMessage"].startswith(told["cause"])
    assert told["nearest"][0]["method"] == "POST"


def test_the_answer_names_differences_field_by_field(live):
    nearest = misses.answer(no_such(live))["tapestry"]["nearest"]
    assert nearest[0]["differences"] == [
        {"path": "$.queueName", "expected": "billing", "observed": "support"}
    ]
    assert nearest[1]["differences"][1] == {"path": "$.queueName", "observed": "support"}


def test_an_out_of_order_call_names_what_it_waits_for(live):
    (awaited,) = misses.answer(out_of_order(live))["tapestry"]["awaited"]
    assert awaited == {
        "entry": 7,
        "agent": "agent#1",
        "method": "POST",
        "path": "/api/v2/me/emails/e1",
        "operation": "Accept",
    }


def test_secrets_and_long_values_of_a_live_client_are_not_shown(live):
    body = {
        "operationName": "Transfer",
        "queueName": "q" * 200,
        "newPassword": "hunter2",
        "nested": {"deep": "hunter3"},
        "session": {"token": "hunter4"},
    }
    result = live.call("POST", "/api/v2/me/emails/e1", body, "A", access_token="hunter5")
    for told in (misses.text(result), json.dumps(misses.answer(result), ensure_ascii=False)):
        assert "hunter" not in told
        assert "***" in told
        assert "q" * 80 + "…" in told
        assert "(object of 1)" in told


def test_a_client_that_is_nobody_yet_is_told_so(two_agents):
    result = two_agents.live().get("/nowhere", "X")
    assert misses.answer(result)["tapestry"]["agent"] is None
    assert misses.text(result).startswith("miss: no such exchange: GET /nowhere\n")


def test_the_nearest_call_shares_the_resource_then_most_of_the_path(tape):
    tape.call("POST", "/a/b/c", {"x": 1, "y": 2})
    tape.call("POST", "/a/b/d", {"x": 1})
    tape.call("GET", "/z")
    tape.call("GET", "/z")
    live = LiveCall("POST", "/a/b/c", {}, {"x": 0, "y": 0})
    found = misses.nearest(live, tape.story().calls)
    assert [candidate.call.path for candidate in found] == ["/a/b/c", "/a/b/d", "/z"]


def test_a_miss_without_candidates_is_told_too():
    assert misses.text(Miss(LiveCall("GET", "/x", {}), None, Cause.NO_SUCH_EXCHANGE)) == (
        "miss: no such exchange: GET /x\n  the cassette has no such call"
    )
