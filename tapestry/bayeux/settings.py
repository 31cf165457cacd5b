"""How patient a Bayeux server is, in one value that a test or a command line can set."""

from __future__ import annotations

from dataclasses import dataclass

from tapestry.bayeux.advice import Advice, Reconnect
from tapestry.bayeux.message import Transport


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How the server holds connects and forgets sessions; times in seconds.

    ``timeout`` is how long a connect is held, ``longest_timeout`` the most that a client may ask
    for instead; ``interval`` how long a client waits between two connects; ``max_interval`` how
    much longer than that a session lives without one. A session with more than ``max_queue``
    waiting deliveries is dropped: its client is too slow.
    """

    timeout: float = 30.0
    longest_timeout: float = 120.0
    interval: float = 0.0
    max_interval: float = 10.0
    max_queue: int = 1000
    transports: tuple[Transport, ...] = (Transport.LONG_POLLING,)

    @property
    def advice(self) -> Advice:
        """Return the advice that a client of this server gets."""
        return Advice(Reconnect.RETRY, self.timeout, self.interval, self.max_interval)

    @property
    def patience(self) -> float:
        """Return how long a session lives after a connect reply without another connect."""
        return self.interval + self.max_interval
