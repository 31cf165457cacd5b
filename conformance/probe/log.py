"""What a client sent to one situation, and what it was answered: all that a check may look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tapestry.bayeux.message import META_CONNECT, META_HANDSHAKE, Message

EVENTS = "/probe/events"
ECHO = "/service/probe/echo"
STOP = "stop"


@dataclass(slots=True, eq=False)
class Arrival:
    """One request; times in seconds on the probe's clock.

    ``ended`` is when its answer was written or its connection gone, ``None`` while it is held;
    ``answer`` what it was answered, empty when by no messages. ``lost`` says that the answer was
    cut off on the way.
    """

    n: int
    at: float
    messages: list[Message]
    array: bool = True
    content_type: str = ""
    host: str = ""
    cookies: str = ""
    ended: float | None = None
    answer: list[Message] = field(default_factory=list)
    lost: bool = False

    def has(self, channel: str) -> bool:
        """Tell whether a message on ``channel`` is in the request."""
        return any(message.get("channel") == channel for message in self.messages)


@dataclass(slots=True)
class Log:
    """Everything that happened in one situation.

    ``marks`` are the moments of its script by name, ``echoes`` the data of events that came back
    from the client's application, ``upgrades`` when it tried to open a WebSocket.
    """

    arrivals: list[Arrival] = field(default_factory=list)
    marks: dict[str, float] = field(default_factory=dict)
    echoes: list[Any] = field(default_factory=list)
    upgrades: list[float] = field(default_factory=list)

    def having(self, channel: str, after: str | None = None) -> list[Arrival]:
        """Return the requests with a message on ``channel``, of those that came after a mark."""
        since = float("-inf") if after is None else self.marks.get(after, float("inf"))
        return [a for a in self.arrivals if a.at >= since and a.has(channel)]

    def after(self, mark: str) -> list[Arrival]:
        """Return the requests that came after a mark."""
        return [arrival for arrival in self.arrivals if arrival.at >= self.marks[mark]]

    def messages(self, channel: str | None = None) -> Iterator[Message]:
        """Return every message sent, or those on ``channel``, in order of arrival."""
        for arrival in self.arrivals:
            for message in arrival.messages:
                if channel in (None, message.get("channel")):
                    yield message

    def connects_after(self, arrival: Arrival) -> list[Arrival]:
        """Return the requests with a connect that came after ``arrival``."""
        return [other for other in self.having(META_CONNECT) if other.n > arrival.n]

    def given_ids(self) -> set[str]:
        """Return every clientId that a handshake reply gave."""
        return {
            str(reply["clientId"])
            for arrival in self.arrivals
            for reply in arrival.answer
            if reply.get("channel") == META_HANDSHAKE and "clientId" in reply
        }

    def echoed(self, n: int) -> int:
        """Return how often the application echoed event ``n``."""
        return sum(isinstance(data, dict) and data.get("n") == n for data in self.echoes)
