"""What one agent was told: its notifications in order of arrival, and which were expected.

A notification is claimed by the one expectation that it meets, so a duplicate cannot meet two, and
what nobody claimed can be listed at the end.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Arrival:
    """One notification; ``n`` counts from 0, ``at`` is when its response was complete."""

    n: int
    at: float
    channel: str
    data: Any
    claimed: str | None = None


class Inbox:
    """The notifications of one agent; :meth:`wait` wakes when something is new."""

    def __init__(self) -> None:
        """Start empty."""
        self.arrivals: list[Arrival] = []
        self._cursors: dict[str, int] = defaultdict(int)
        self._changed = asyncio.Event()

    def add(self, at: float, channel: str, data: Any) -> Arrival:
        """Put a notification in."""
        arrival = Arrival(len(self.arrivals), at, channel, data)
        self.arrivals.append(arrival)
        self._changed.set()
        return arrival

    def open_to(self, lane: str, since: float) -> list[Arrival]:
        """Return what an expectation in ``lane`` may claim: later than the last, and free."""
        first = self._cursors[lane]
        return [
            arrival
            for arrival in self.arrivals[first:]
            if arrival.claimed is None and arrival.at >= since
        ]

    def claim(self, arrival: Arrival, step: str, lane: str) -> None:
        """Let ``step`` have a notification; the next of its lane must come after it."""
        arrival.claimed = step
        self._cursors[lane] = arrival.n + 1

    def since(self, moment: float) -> list[Arrival]:
        """Return everything that arrived at or after ``moment``."""
        return [arrival for arrival in self.arrivals if arrival.at >= moment]

    async def wait(self, seconds: float) -> None:
        """Return when something is new, or after ``seconds``."""
        self._changed.clear()
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._changed.wait()
        except TimeoutError:
            return
