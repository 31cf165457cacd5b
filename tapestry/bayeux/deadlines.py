"""Deadlines: which of many things is due next, one deadline each.

A held poll moves its session's deadline twice, thousands of times a second. Moving one later costs
a dictionary write; the heap is put right only when an entry comes up.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator


class Deadlines:
    """A moment (seconds) for each name, and the next one due."""

    def __init__(self) -> None:
        """Begin with nothing due."""
        self._at: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []
        self._queued: dict[str, float] = {}

    def set(self, name: str, at: float) -> None:
        """Make ``name`` due at ``at``, whatever was set for it before."""
        self._at[name] = at
        if at < self._queued.get(name, float("inf")):
            self._queue(name, at)

    def discard(self, name: str) -> None:
        """Forget ``name``; nothing happens when it has no deadline."""
        self._at.pop(name, None)

    def next(self) -> float | None:
        """Return the earliest deadline, ``None`` when there is none."""
        while self._heap:
            at, name = self._heap[0]
            if self._at.get(name) == at:
                return at
            self._put_right()
        return None

    def due(self, now: float) -> Iterator[str]:
        """Yield and forget each name whose moment has come, in order of their moments."""
        while (at := self.next()) is not None and at <= now:
            _, name = heapq.heappop(self._heap)
            del self._at[name], self._queued[name]
            yield name

    def _put_right(self) -> None:
        """Replace the first entry, which is stale, by what holds for its name now."""
        at, name = heapq.heappop(self._heap)
        if self._queued.get(name) != at:
            return
        del self._queued[name]
        if name in self._at:
            self._queue(name, self._at[name])

    def _queue(self, name: str, at: float) -> None:
        self._queued[name] = at
        heapq.heappush(self._heap, (at, name))
