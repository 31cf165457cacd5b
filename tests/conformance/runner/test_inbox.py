import asyncio
import time

from conformance.runner.inbox import Inbox

CHANNEL = "/v2/me/emails"


def filled(*moments: float) -> Inbox:
    inbox = Inbox()
    for moment in moments:
        inbox.add(moment, CHANNEL, {"at": moment})
    return inbox


def test_what_arrived_before_the_cause_cannot_follow_from_it() -> None:
    assert [one.at for one in filled(1.0, 2.0, 3.0).open_to("", since=2.0)] == [2.0, 3.0]


def test_a_notification_meets_one_expectation_only() -> None:
    inbox = filled(1.0, 2.0)
    inbox.claim(inbox.arrivals[0], "first", "a")
    assert [one.at for one in inbox.open_to("b", since=0.0)] == [2.0]
    assert inbox.arrivals[0].claimed == "first"


def test_expectations_of_one_lane_are_met_in_order_and_of_two_lanes_in_any() -> None:
    inbox = filled(1.0, 2.0)
    inbox.claim(inbox.arrivals[1], "later", "a")
    assert inbox.open_to("a", since=0.0) == []
    assert [one.at for one in inbox.open_to("b", since=0.0)] == [1.0]


def test_everything_since_a_moment_includes_what_was_claimed() -> None:
    inbox = filled(1.0, 2.0)
    inbox.claim(inbox.arrivals[1], "x", "")
    assert len(inbox.since(2.0)) == 1


async def test_waiting_ends_with_the_next_arrival() -> None:
    inbox = Inbox()
    asyncio.get_running_loop().call_soon(inbox.add, 1.0, CHANNEL, {})
    began = time.monotonic()
    await inbox.wait(30)
    assert time.monotonic() - began < 10


async def test_waiting_ends_when_time_is_up() -> None:
    inbox = Inbox()
    await inbox.wait(0.0)
    await inbox.wait(-1.0)
