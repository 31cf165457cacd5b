"""One Bayeux session on the server: a clientId, whatever links and transports it uses.

A session outlives the link of any request: deliveries wait in its queue for the next response that
leaves, end the connect that is being held for it, or go out on its stream at once.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tapestry.bayeux.advice import Advice
from tapestry.bayeux.channel import patterns_of
from tapestry.bayeux.deliveries import DeliveryQueue
from tapestry.bayeux.message import Message, Transport


class CloseReason(StrEnum):
    """Why a session ended."""

    DISCONNECTED = "disconnected"
    EXPIRED = "expired"
    REMOVED = "removed"
    OVERFLOWED = "queue overflowed"
    UNACKNOWLEDGED = "deliveries not acknowledged"
    SERVER_CLOSED = "server closed"


@dataclass(frozen=True, slots=True)
class Held:
    """A connect that waits on its link for a delivery.

    ``reply`` is what will end it; ``at`` is when the request came and ``said`` what the extensions
    understood of it: all that is kept of what a stranger sent is small. Over a stream the link is
    not used up by the reply.
    """

    link: Hashable
    reply: Message
    said: Mapping[str, Any]
    at: float
    streaming: bool


@dataclass(slots=True, eq=False)
class Session:
    """What the server keeps of one client.

    ``principal`` is who made the handshake, ``None`` when anonymous; ``browser`` the value of its
    BAYEUX_BROWSER cookie; ``advice`` what it was told last; ``stream`` the WebSocket on which
    deliveries go out in frames of their own. An application reads sessions; only the server machine
    changes them.
    """

    id: str
    principal: Hashable | None
    browser: str | None
    transport: Transport
    advice: Advice
    subscriptions: set[str] = field(default_factory=set)
    queue: DeliveryQueue = field(default_factory=DeliveryQueue)
    held: Held | None = None
    stream: Hashable | None = None
    connected: bool = False

    def matches(self, channel: str) -> bool:
        """Tell whether any subscription of this session covers ``channel``."""
        return not self.subscriptions.isdisjoint(patterns_of(channel))

    @property
    def patience(self) -> float:
        """Return how long (s) the session lives after a connect reply without another connect."""
        told = self.advice.over(self.transport)
        return max(0.0, told.interval or 0.0) + (told.max_interval or 0.0)
