"""How patient and how generous a Bayeux server is, in one value that a test or command line sets.

Whatever a stranger can make a server keep has its bound here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tapestry.bayeux.advice import Advice, Reconnect
from tapestry.bayeux.message import Transport


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How the server holds connects and forgets sessions; times in seconds.

    ``timeout`` is how long a connect is held, ``longest_timeout`` the most that a client may ask
    for instead; ``interval`` how long a client waits between two connects, negative for "do not
    come back"; ``max_interval`` how much longer than that a session lives without one.
    ``special`` is what differs of these for single transports, ``hosts`` are servers to try
    instead: both are told to clients as advice.

    A session is dropped when it holds more than ``max_queue`` deliveries or ``max_queue_bytes`` of
    them (its client is too slow), or lets the same ones be sent ``max_resends`` times in a row.
    Of the sessions of one browser ``max_per_browser`` may have a poll held; the others are told to
    come every ``multiple_clients_interval``, or to stay away when that is not positive.
    """

    timeout: float = 30.0
    longest_timeout: float = 120.0
    interval: float = 0.0
    max_interval: float = 10.0
    max_queue: int = 1000
    transports: tuple[Transport, ...] = (
        Transport.WEBSOCKET,
        Transport.LONG_POLLING,
        Transport.CALLBACK_POLLING,
    )
    max_queue_bytes: int = 16 * 1024 * 1024
    max_resends: int = 20
    max_sessions: int = 100_000
    max_subscriptions: int = 1000
    max_per_browser: int = 1
    multiple_clients_interval: float = 2.0
    hosts: tuple[str, ...] = ()
    special: Mapping[Transport, Advice] = field(default_factory=dict, hash=False)

    @property
    def advice(self) -> Advice:
        """Return the advice that a client of this server gets."""
        return Advice(
            Reconnect.RETRY,
            self.timeout,
            self.interval,
            self.max_interval,
            hosts=self.hosts,
            special=self.special,
        )

    @property
    def crowd_advice(self) -> Advice:
        """Return the advice for a client beside another one in its browser."""
        interval = self.multiple_clients_interval
        reconnect = Reconnect.RETRY if interval > 0 else Reconnect.NONE
        return Advice(
            reconnect, self.timeout, max(0.0, interval), self.max_interval, multiple_clients=True
        )
