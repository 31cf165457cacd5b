"""The deliveries that wait for one session, and those it has not acknowledged yet.

What waits leaves with the next response. Under the ack extension what has left is kept besides, in
numbered batches, until the client says which batch it saw last; whatever came after that one waits
again. Both count as held for the session, so a client that never acknowledges is as bounded as one
that never polls.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from tapestry.bayeux.message import Message


class _Sent(NamedTuple):
    batch: int
    event: Message
    size: int


class DeliveryQueue:
    """Waiting deliveries, oldest first; ``keeps`` says that those sent must be acknowledged.

    ``batch`` is the number of the last batch taken; ``size`` the bytes of all that is held;
    ``stalled`` how often in a row the client acknowledged nothing new of what it was sent.
    """

    __slots__ = ("_sent", "_waiting", "batch", "keeps", "size", "stalled")

    def __init__(self) -> None:
        """Begin empty, with nothing to be acknowledged."""
        self._waiting: deque[tuple[Message, int]] = deque()
        self._sent: deque[_Sent] = deque()
        self.keeps = False
        self.batch = 0
        self.size = 0
        self.stalled = 0

    def __len__(self) -> int:
        """Return how many deliveries wait to be sent."""
        return len(self._waiting)

    @property
    def held(self) -> int:
        """Return how many deliveries are held: waiting, or sent and not acknowledged."""
        return len(self._waiting) + len(self._sent)

    def put(self, event: Message, size: int) -> None:
        """Let a delivery of ``size`` bytes wait."""
        self._waiting.append((event, size))
        self.size += size

    def take(self) -> list[Message]:
        """Return what waits, as the next batch."""
        events = [event for event, _ in self._waiting]
        if self.keeps:
            self.batch += 1
            self._sent += [_Sent(self.batch, event, size) for event, size in self._waiting]
        else:
            self.size = 0
        self._waiting.clear()
        return events

    def acknowledge(self, batch: float) -> None:
        """Forget what was sent up to ``batch``; what was sent after it waits again, in order."""
        unseen = len(self._sent)
        while self._sent and self._sent[0].batch <= batch:
            self.size -= self._sent.popleft().size
        self.stalled = self.stalled + 1 if 0 < unseen == len(self._sent) else 0
        self._waiting.extendleft((event, size) for _, event, size in reversed(self._sent))
        self._sent.clear()

    def clear(self) -> None:
        """Forget everything that is held."""
        self._waiting.clear()
        self._sent.clear()
        self.size = 0
