"""Gets an outcome onto the wire: the answer to who asked, each notification to its own agent.

Asynchronous for real: the two leave on their own, and by setting either may be first, because a
client of the real server meets both orders.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from random import Random

from conformance.reference.outbox import Outbox
from conformance.reference.outcome import Notification, Outcome
from conformance.reference.settings import Order
from tapestry.bayeux.asgi import BayeuxEndpoint
from tapestry.bayeux.session import Session


class Courier:
    """Sends answers and notifications in the order that is set; call it on the event loop."""

    def __init__(self, endpoint: BayeuxEndpoint, order: Order, delay: float) -> None:
        """Tell agents through ``endpoint``; ``delay`` (s) lies between answer and notification."""
        self._endpoint = endpoint
        self._order = order
        self._delay = delay
        self._random = Random()  # noqa: S311 - an order, not a secret
        self._outbox = Outbox()
        self._timer: asyncio.TimerHandle | None = None

    def start_over(self, seed: int) -> None:
        """Forget what has not been said yet; ``seed`` fixes the mixed order from here on."""
        self._outbox.clear()
        self._cancel_timer()
        self._random.seed(seed)

    async def deliver(self, outcome: Outcome, answer: Callable[[], Awaitable[None]]) -> None:
        """Send what ``outcome`` brings about; ``answer`` sends its HTTP answer."""
        if outcome.notifications and self._notifies_first():
            self._post(outcome.notifications, 0)
            await asyncio.sleep(self._delay)
            await answer()
        else:
            await answer()
            self._post(outcome.notifications, self._delay)

    def _notifies_first(self) -> bool:
        if self._order is Order.MIXED:
            return self._random.random() < 0.5
        return self._order is Order.BEFORE

    def _post(self, notifications: tuple[Notification, ...], delay: float) -> None:
        due = time.monotonic() + delay
        for notification in notifications:
            self._outbox.put(notification, due)
        self._send_due()

    def _send_due(self) -> None:
        """Tell each agent's own sessions what is due, and come back for the rest."""
        for told in self._outbox.take(time.monotonic()):
            self._endpoint.publish(told.channel, told.data, only=_sessions_of(told.agent))
        self._cancel_timer()
        due = self._outbox.next_due()
        if due is not None:
            wait = max(0.0, due - time.monotonic())
            self._timer = asyncio.get_running_loop().call_later(wait, self._send_due)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _sessions_of(agent: str) -> Callable[[Session], bool]:
    return lambda session: session.principal == agent
