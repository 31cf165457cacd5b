"""One Bayeux session on the server: a clientId, whatever links and transports it uses.

A session outlives the link of any request: deliveries wait in its queue for the next response that
leaves, or end the connect that is being held for it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import StrEnum

from tapestry.bayeux.advice import Advice
from tapestry.bayeux.channel import patterns_of
from tapestry.bayeux.message import Message, Transport


class CloseReason(StrEnum):
    """Why a session ended."""

    DISCONNECTED = "disconnected"
    EXPIRED = "expired"
    REMOVED = "removed"
    OVERFLOWED = "queue overflowed"
    SERVER_CLOSED = "server closed"


@dataclass(frozen=True, slots=True)
class Held:
    """A connect that waits on its link for a delivery; ``reply`` is what will end it."""

    link: Hashable
    reply: Message


@dataclass(slots=True, eq=False)
class Session:
    """What the server keeps of one client.

    ``principal`` is who made the handshake, ``None`` when anonymous; ``browser`` the value of its
    BAYEUX_BROWSER cookie. An application reads sessions; only the server machine changes them.
    """

    id: str
    principal: Hashable | None
    browser: str | None
    transport: Transport
    advice: Advice
    subscriptions: set[str] = field(default_factory=set)
    queue: deque[Message] = field(default_factory=deque)
    held: Held | None = None
    connected: bool = False

    def matches(self, channel: str) -> bool:
        """Tell whether any subscription of this session covers ``channel``."""
        return not self.subscriptions.isdisjoint(patterns_of(channel))

    def drain(self) -> list[Message]:
        """Take the waiting deliveries, oldest first."""
        waiting = list(self.queue)
        self.queue.clear()
        return waiting
