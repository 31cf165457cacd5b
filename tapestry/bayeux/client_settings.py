"""How a Bayeux client behaves, in one value that a test, a judge or a desktop sets.

Whatever a server can make a client keep or wait for has its bound here.
"""

from __future__ import annotations

from dataclasses import dataclass

from tapestry.bayeux.message import Transport


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """How a client behaves; times in seconds.

    ``transports`` are what it speaks, the one it likes best first; when one cannot be used it goes
    on with the next, in the same session if there is one. The handshake goes over ``opening``, by
    default the first.

    ``hold`` asks the server to hold each connect so long, ``None`` leaves it to the server;
    ``unadvised_hold`` is how long it may hold when it says nothing; ``grace`` is what an answer
    may take beyond that. A broken connect is tried again at once, then one ``backoff`` later each
    time, up to ``backoff_limit``.

    ``ack`` asks for deliveries to be repeated until they are acknowledged, ``timesync`` measures
    the server's clock. ``follow_hosts`` tries the hosts that a server names when it sends its
    clients away. A server that answers the first handshake by advice to shake hands again is
    followed ``max_negotiation`` times. No more than ``max_queue`` messages wait to be sent, no more
    than ``max_batch`` go in one request.
    """

    transports: tuple[Transport, ...] = (Transport.LONG_POLLING,)
    opening: Transport | None = None
    hold: float | None = None
    unadvised_hold: float = 60.0
    grace: float = 10.0
    backoff: float = 1.0
    backoff_limit: float = 60.0
    ack: bool = False
    timesync: bool = False
    follow_hosts: bool = True
    max_negotiation: int = 10
    max_queue: int = 1000
    max_batch: int = 100

    def __post_init__(self) -> None:
        """Refuse settings that contradict themselves by :class:`ValueError`."""
        if not self.transports:
            raise ValueError("a client speaks at least one transport")
        if self.opening is not None and self.opening not in self.transports:
            raise ValueError(f"the client does not speak {self.opening}, which is to open sessions")
