"""When a client comes back: the server's advice and the client's own patience, put together.

A server says after each connect whether to retry, shake hands again or stay away, and how long to
wait (Bayeux 1.0, section 3.6); a client adds to that a back-off of its own while things fail.
"""

from __future__ import annotations

from typing import Any

from tapestry.bayeux.advice import Advice, Reconnect
from tapestry.bayeux.message import Transport


class Comeback:
    """The advice in force, the failures in a row, and when the next attempt is due.

    Times are in seconds, ``due`` on the caller's clock.
    """

    def __init__(self, transport: Transport, backoff: float, backoff_limit: float) -> None:
        """Start with no advice and the first attempt due at once."""
        self.due = float("-inf")
        self._transport = transport
        self._backoff = backoff
        self._limit = backoff_limit
        self._advice = Advice()
        self._failures = 0

    def hear(self, field: Any) -> Advice:
        """Take the ``advice`` of a reply, which supersedes all that was given before."""
        self._advice = Advice.parse(field, self._transport)
        return self._advice

    def hold(self, unadvised: float) -> float:
        """Return how long the server says it holds a connect, ``unadvised`` when it does not."""
        return unadvised if self._advice.timeout is None else self._advice.timeout

    def succeeded(self) -> None:
        """End a row of failures."""
        self._failures = 0

    def failed(self) -> None:
        """Add a failure to the row; the first is followed by another attempt without back-off."""
        self._failures += 1

    def decide(self, now: float) -> Reconnect:
        """Say what to do next and set when it is ``due``.

        Advice to shake hands is followed once: it speaks of the session that is over.
        """
        interval = self._advice.interval or 0.0
        reconnect = self._advice.reconnect or Reconnect.RETRY
        if interval < 0:
            return Reconnect.NONE
        backoff = self._backoff * max(0, self._failures - 1)
        self.due = now + interval + min(backoff, self._limit)
        if reconnect is Reconnect.HANDSHAKE:
            self._advice = Advice()
        return reconnect
