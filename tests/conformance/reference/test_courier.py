"""Either the answer or its notification is first, as it is set; agents hear only their own."""

import asyncio
from types import SimpleNamespace

import pytest

from conformance.reference.courier import Courier
from conformance.reference.outcome import Answer, Command, Notification, Outcome
from conformance.reference.settings import Order


class Wire:
    """Stands in for the CometD endpoint and for the HTTP answer: notes what leaves, in order."""

    def __init__(self):
        self.sent = []
        self.changed = asyncio.Event()

    def publish(self, channel, data, *, only):
        agents = [name for name in ("alice", "bob") if only(SimpleNamespace(principal=name))]
        self.note(f"{data['text']} to {','.join(agents)}")

    async def answer(self):
        self.note("answer")

    def note(self, text):
        self.sent.append(text)
        self.changed.set()

    async def until(self, count):
        while len(self.sent) < count:
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), 5)


def outcome(*notifications: Notification) -> Outcome:
    return Outcome(Command("Accept", "alice"), Answer(200, {}), notifications)


def note(agent: str, text: str, late: float = 0.0) -> Notification:
    return Notification(agent, "/v2/me/emails", {"text": text}, late)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order.BEFORE, ["a to alice", "b to bob", "answer"]),
        (Order.AFTER, ["answer", "a to alice", "b to bob"]),
    ],
)
async def test_the_order_is_as_set(order, expected):
    wire = Wire()
    courier = Courier(wire, order, delay=0.001)
    await courier.deliver(outcome(note("alice", "a"), note("bob", "b")), wire.answer)
    await wire.until(3)
    assert wire.sent == expected


async def _firsts(seed: int, times: int) -> list[str]:
    wire = Wire()
    courier = Courier(wire, Order.MIXED, delay=0)
    courier.start_over(seed)
    for n in range(times):
        await courier.deliver(outcome(note("alice", "a")), wire.answer)
        await wire.until(2 * n + 2)
    return wire.sent[::2]


async def test_mixed_does_both_in_an_order_that_the_seed_fixes():
    firsts = await _firsts(7, 20)
    assert set(firsts) == {"answer", "a to alice"}
    assert firsts == await _firsts(7, 20)


async def test_an_answer_without_notifications_is_just_sent():
    wire = Wire()
    courier = Courier(wire, Order.BEFORE, delay=3600)
    await courier.deliver(outcome(), wire.answer)
    assert wire.sent == ["answer"]


async def test_a_late_notification_holds_up_neither_the_answer_nor_other_agents():
    wire = Wire()
    courier = Courier(wire, Order.BEFORE, delay=0)
    await courier.deliver(outcome(note("alice", "late", late=0.02), note("bob", "b")), wire.answer)
    assert wire.sent == ["b to bob", "answer"]
    await wire.until(3)
    assert wire.sent[2] == "late to alice"


async def test_starting_over_forgets_what_was_not_said():
    wire = Wire()
    courier = Courier(wire, Order.AFTER, delay=0)
    await courier.deliver(outcome(note("alice", "old", late=0.001)), wire.answer)
    courier.start_over(1)
    await courier.deliver(outcome(note("alice", "new")), wire.answer)
    await wire.until(3)
    assert wire.sent == ["answer", "answer", "new to alice"]
