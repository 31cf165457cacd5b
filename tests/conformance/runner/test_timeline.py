from typing import Any

import pytest

from conformance.model import Moment, Outcome
from conformance.runner.events import (
    Arrived,
    Called,
    Event,
    Provisioned,
    RunStarted,
    ScenarioEnded,
    ScenarioStarted,
    SessionChanged,
    StepEnded,
)
from conformance.runner.timeline import Timeline, in_words, tell

DATA = {
    "messageType": "EmailStateChangeMessage",
    "notificationType": "StatusChange",
    "email": {"state": "Invited"},
}
ACCEPT = Called(
    1.0, 0.025, "s", "st", "alice", "POST", "/e/1", {"operationName": "Accept"}, 200, {"a": 1}
)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (SessionChanged(1.0, "s", "alice", "ready", "404"), ("ready", "alice", "404")),
        (
            Provisioned(1.0, "s", "st", "Hi", "alice", None),
            ("an email comes in: Hi", "alice", None),
        ),
        (
            ACCEPT,
            (
                "→ Accept POST /e/1: HTTP 200 after 25 ms",
                "alice",
                {"request": {"operationName": "Accept"}, "answer": {"a": 1}},
            ),
        ),
        (
            Called(1.0, 0.5, "s", "st", "alice", "GET", "/me", None, None, None),
            ("→ GET /me: no answer after 500 ms", "alice", {"request": None, "answer": None}),
        ),
        (
            Arrived(1.0, "s", "bob", "/v2/me/emails", DATA),
            (
                "← EmailStateChangeMessage StatusChange Invited on /v2/me/emails",
                "bob",
                DATA,
            ),
        ),
        (
            StepEnded(1.0, "s", "told", "expect", Outcome.FAIL),
            ("expect told: fail", None, None),
        ),
        (
            StepEnded(1.0, "s", "told", "expect", Outcome.SKIP, "needs x"),
            ("expect told: skip: needs x", None, None),
        ),
        (StepEnded(1.0, "s", "told", "expect", Outcome.PASS), None),
        (ScenarioEnded(1.0, "s", ()), None),
    ],
)
def test_an_event_is_told_in_one_line(event: Event, told: Any) -> None:
    assert tell(event) == told


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "a notification without data"),
        ({}, "a notification"),
        ({"messageType": "X", "email": None}, "X"),
    ],
)
def test_a_notification_of_any_shape_can_be_named(data: Any, words: str) -> None:
    assert in_words(data) == words


def test_moments_are_in_order_and_counted_from_the_start_of_their_scenario() -> None:
    timeline = Timeline()
    timeline(RunStarted(0.0, "t", 2, 5))
    timeline(SessionChanged(0.5, "nobody", "alice", "left over"))
    timeline(ScenarioStarted(10.0, "s", "title", ()))
    timeline(ScenarioStarted(10.5, "other", "title", ()))
    timeline(SessionChanged(12.0, "s", "alice", "second"))
    timeline(SessionChanged(11.0, "s", "alice", "first"))
    timeline(SessionChanged(11.5, "other", "bob", "only"))
    assert timeline.moments == (
        Moment("s", 1000.0, "first", "alice"),
        Moment("s", 2000.0, "second", "alice"),
        Moment("other", 1000.0, "only", "bob"),
    )
