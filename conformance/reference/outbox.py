"""Notifications on their way: each leaves at its moment, and no agent's overtake one another.

Two agents are told independently, but what one agent is told keeps its order, as on a real server
whose events pass through one queue for each user. Pure: time is a parameter, in seconds.
"""

from __future__ import annotations

import heapq
from itertools import count

from conformance.reference.outcome import Notification


class Outbox:
    """A queue of notifications by the moment at which they are due."""

    def __init__(self) -> None:
        """Begin empty."""
        self._heap: list[tuple[float, int, Notification]] = []
        self._last_due: dict[str, float] = {}
        self._numbers = count()

    def put(self, notification: Notification, due: float) -> None:
        """Keep a notification until ``due``, or until its agent's earlier ones have left."""
        due = max(due + notification.late, self._last_due.get(notification.agent, due))
        self._last_due[notification.agent] = due
        heapq.heappush(self._heap, (due, next(self._numbers), notification))

    def take(self, now: float) -> list[Notification]:
        """Return what is due, in order, and forget it."""
        taken = []
        while self._heap and self._heap[0][0] <= now:
            taken.append(heapq.heappop(self._heap)[2])
        return taken

    def next_due(self) -> float | None:
        """Return when something is due next."""
        return self._heap[0][0] if self._heap else None

    def clear(self) -> None:
        """Forget everything."""
        self._heap.clear()
        self._last_due.clear()
