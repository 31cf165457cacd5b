"""When a client comes back: the server's advice and the client's own patience, put together.

A server says after each connect whether to retry, shake hands again or stay away, and how long to
wait (Bayeux 1.0, "advice"); a client adds to that a back-off of its own while things fail.
"""

from __future__ import annotations

from typing import Any

from tapestry.bayeux.advice import Advice, Reconnect
from tapestry.bayeux.message import Transport


class Comeback:
    """The advice in force, the failures in a row, and when the next attempt is due.

    Times are in seconds, ``due`` on the caller's clock; ``transport`` is the one in use, which
    advice may speak of in particular.
    """

    def __init__(self, transport: Transport, backoff: float, backoff_limit: float) -> None:
        """Start with no advice and the first attempt due at once."""
        self.due = float("-inf")
        self.transport = transport
        self._backoff = backoff
        self._limit = backoff_limit
        self._field: Any = None
        self._failures = 0
        self._failing_since: float | None = None

    @property
    def advice(self) -> Advice:
        """Return the advice in force, as it holds for the transport in use."""
        return Advice.parse(self._field, self.transport)

    def hear(self, field: Any) -> Advice:
        """Take the ``advice`` of a reply, which supersedes all that was given before."""
        self._field = field
        return self.advice

    def hold(self, unadvised: float) -> float:
        """Return how long the server says it holds a connect, ``unadvised`` when it does not."""
        timeout = self.advice.timeout
        return unadvised if timeout is None else timeout

    def succeeded(self) -> None:
        """End a row of failures."""
        self._failures = 0
        self._failing_since = None

    def failed(self, now: float) -> None:
        """Add a failure to the row; the first is followed by another attempt without back-off."""
        self._failures += 1
        if self._failing_since is None:
            self._failing_since = now

    def decide(self, now: float) -> Reconnect:
        """Say what to do next and set when it is ``due``.

        Advice to shake hands is followed once: it speaks of the session that is over. So is a
        session that nobody can have kept: broken for longer than the server would hold a connect,
        wait for the next and keep a session without one (CometD's ``maxInterval``).
        """
        advice = self.advice
        interval = advice.interval or 0.0
        reconnect = advice.reconnect or Reconnect.RETRY
        if interval < 0:
            return Reconnect.NONE
        backoff = self._backoff * max(0, self._failures - 1)
        self.due = now + interval + min(backoff, self._limit)
        if reconnect is Reconnect.RETRY and self._outlived(advice):
            reconnect = Reconnect.HANDSHAKE
        if reconnect is Reconnect.HANDSHAKE:
            self._field = None
        return reconnect

    def _outlived(self, advice: Advice) -> bool:
        if self._failing_since is None or not advice.max_interval:
            return False
        kept = (advice.timeout or 0.0) + (advice.interval or 0.0) + advice.max_interval
        return self.due - self._failing_since > kept
