"""Notifications leave when they are due; those of one agent keep their order."""

import pytest

from conformance.reference.outbox import Outbox
from conformance.reference.outcome import Notification


def note(agent: str, text: str, late: float = 0.0) -> Notification:
    return Notification(agent, "/v2/me/emails", {"text": text}, late)


@pytest.mark.parametrize(
    ("put", "now", "taken", "next_due"),
    [
        ([], 0, [], None),
        ([(note("alice", "a"), 5)], 4.9, [], 5),
        ([(note("alice", "a"), 5)], 5, ["a"], None),
        ([(note("alice", "a"), 5), (note("alice", "b"), 5)], 5, ["a", "b"], None),
        ([(note("alice", "a"), 5), (note("alice", "b"), 1)], 1, [], 5),
        ([(note("alice", "a"), 5), (note("bob", "b"), 1)], 1, ["b"], 5),
        ([(note("alice", "a", late=2), 5), (note("alice", "b"), 6)], 6.9, [], 7),
        ([(note("alice", "a", late=2), 5), (note("alice", "b"), 6)], 7, ["a", "b"], None),
    ],
)
def test_what_leaves_when(put, now, taken, next_due):
    outbox = Outbox()
    for notification, due in put:
        outbox.put(notification, due)
    assert [one.data["text"] for one in outbox.take(now)] == taken
    assert outbox.next_due() == next_due


def test_a_cleared_outbox_holds_nobody_up():
    outbox = Outbox()
    outbox.put(note("alice", "a"), 100)
    outbox.clear()
    outbox.put(note("alice", "b"), 1)
    assert [one.data["text"] for one in outbox.take(1)] == ["b"]
