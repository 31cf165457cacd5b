"""Callers that wait for an event of a session, each by what it waits for.

The end of the session wakes everybody, so that nobody waits for what cannot come any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable

from tapestry.bayeux.client import (
    ClientEvent,
    Connected,
    Disconnected,
    HandshakeFailed,
    Handshaken,
    Published,
    PublishFailed,
    Subscribed,
    SubscribeFailed,
    Unsubscribed,
    UnsubscribeFailed,
)
from tapestry.bayeux.failure import BayeuxFailure


class Waiting:
    """Futures by what is waited for: ``"handshake"``, ``("subscribe", channel)`` and so on."""

    def __init__(self) -> None:
        """Begin with nobody waiting."""
        self._futures: dict[Hashable, list[asyncio.Future[ClientEvent]]] = {}

    def wait_for(self, key: Hashable) -> asyncio.Future[ClientEvent]:
        """Return what will have the event, or a :class:`BayeuxFailure`."""
        future: asyncio.Future[ClientEvent] = asyncio.get_running_loop().create_future()
        self._futures.setdefault(key, []).append(future)
        return future

    def tell(self, event: ClientEvent, *, over: bool) -> None:
        """Wake whoever waits for ``event``; ``over`` says that there is no session any more."""
        match event:
            case Handshaken():
                self._wake("handshake", event)
            case Connected():
                self._wake("connect", event)
            case Subscribed(channel) | SubscribeFailed(channel=channel):
                self._wake(("subscribe", channel), event)
            case Unsubscribed(channel) | UnsubscribeFailed(channel=channel):
                self._wake(("unsubscribe", channel), event)
            case Published(number) | PublishFailed(id=number):
                self._wake(("publish", number), event)
            case HandshakeFailed() if over:
                self._wake_all(event)
            case Disconnected():
                self._wake("disconnect", event)
                self._wake_all(event)

    def _wake(self, key: Hashable, event: ClientEvent) -> None:
        for future in self._futures.pop(key, ()):
            if not future.done():
                _conclude(future, key, event)

    def _wake_all(self, event: ClientEvent) -> None:
        for key in list(self._futures):
            self._wake(key, event)


def _conclude(future: asyncio.Future[ClientEvent], key: Hashable, event: ClientEvent) -> None:
    """Give a waiting caller the event it waits for, or the failure that it amounts to."""
    what = " to ".join(key) if isinstance(key, tuple) else key
    match event:
        case (
            HandshakeFailed(reply, reason, status)
            | SubscribeFailed(reply=reply, reason=reason, status=status)
            | UnsubscribeFailed(reply=reply, reason=reason, status=status)
            | PublishFailed(reply=reply, reason=reason, status=status)
        ):
            failure = BayeuxFailure(f"{what} failed: {reason}", reply=reply, status=status)
            future.set_exception(failure)
        case Disconnected(reason) if key != "disconnect":
            future.set_exception(BayeuxFailure(f"{what} failed: the session is over: {reason}"))
        case _:
            future.set_result(event)
