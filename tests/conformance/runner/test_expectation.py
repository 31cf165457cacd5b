from typing import Any

import pytest

from conformance.judge.match_syntax import parse_matcher
from conformance.language.scenario import Expect, Never
from conformance.runner.expectation import compare, decide, late, missing
from conformance.runner.inbox import Arrival

TOPIC = "/v2/me/emails"


def expect(data: Any, where: Any = None, **rest: Any) -> Expect:
    meant = None if where is None else parse_matcher(where)
    return Expect("alice", parse_matcher(data), meant, **rest)


def arrivals(*datas: Any, channel: str = TOPIC) -> list[Arrival]:
    return [Arrival(n, 10.0 + n, channel, data) for n, data in enumerate(datas)]


def test_without_where_the_first_that_matches_is_meant() -> None:
    decision = decide(expect({"a": 2}), arrivals({"a": 1}, {"a": 2}), {}, TOPIC)
    assert decision is not None
    assert decision.arrival.n == 1
    assert decision.match


def test_with_where_the_first_that_is_meant_is_judged_at_once() -> None:
    decision = decide(
        expect({"a": 2}, {"id": 7}), arrivals({"id": 8}, {"id": 7, "a": 1}), {}, TOPIC
    )
    assert decision is not None
    assert [finding.path for finding in decision.match.findings] == ["$.data.a"]


def test_nothing_is_decided_while_nothing_fits() -> None:
    assert decide(expect({"a": 2}), arrivals({"a": 1}), {}, TOPIC) is None
    assert decide(expect(1, {"id": 7}), arrivals({"id": 8}), {}, TOPIC) is None


def test_the_right_message_on_the_wrong_channel_is_wrong() -> None:
    [arrival] = arrivals({"a": 1}, channel="/v2/me/chats")
    [finding] = compare(expect({"a": 1}), arrival, {}, TOPIC).findings
    assert (finding.kind, finding.path, finding.expected) == ("channel", "$.channel", TOPIC)


@pytest.mark.parametrize(("channel", "taken"), [("/v2/me/chats", True), (TOPIC, False)])
def test_a_named_channel_is_matched(channel: str, taken: bool) -> None:
    expected = expect({"a": 1}, channel=parse_matcher({"$regex": "chats$"}))
    assert bool(compare(expected, arrivals({"a": 1}, channel=channel)[0], {}, TOPIC)) is taken


def test_what_must_not_come_must_not_come_on_any_channel() -> None:
    never = Never("bob", parse_matcher({"a": 1}))
    assert compare(never, arrivals({"a": 1}, channel="/elsewhere")[0], {}, TOPIC)


def test_lateness_is_measured_on_the_arrival() -> None:
    arrival = Arrival(0, 12.5, TOPIC, {})
    assert late(arrival, anchor=10.0, within=3.0) is None
    finding = late(arrival, anchor=10.0, within=2.0)
    assert finding is not None
    assert (finding.kind, finding.message) == ("late", "came 2.500 s after its cause")


def test_what_never_came_is_told_with_the_three_that_came_closest() -> None:
    wanted = expect({"a": 1, "b": 2, "c": 3})
    seen = arrivals({"a": 1}, {"a": 1, "b": 2}, {}, {"a": 1, "b": 0, "c": 3})
    finding, notes = missing(wanted, seen, {}, TOPIC, anchor=10.0)
    assert finding.kind == "missing"
    assert finding.message == "no such notification within 5 s; the closest differs at $.data.c"
    assert [note.path for note in notes] == ["$.data.c", "$.data.b", "$.data.b", "$.data.c"]
    assert notes[0].message.startswith("1000 ms after the cause came one that")


def test_what_was_claimed_is_no_near_miss_and_nothing_may_have_come() -> None:
    [claimed] = arrivals({"a": 0})
    claimed.claimed = "another"
    finding, notes = missing(expect({"a": 1}, within=0.5), [claimed], {}, TOPIC, anchor=0.0)
    assert finding.message == "no such notification within 0.5 s"
    assert notes == []


def test_a_near_miss_differs_in_what_was_meant_and_in_what_was_expected() -> None:
    wanted = expect({"id": 7, "a": 1}, {"id": 7})
    finding, notes = missing(wanted, arrivals({"id": 8, "a": 2}), {}, TOPIC, anchor=10.0)
    assert finding.expected == {"id": 7}
    assert [note.path for note in notes] == ["$.data.id", "$.data.a"]
