"""The client's half of the timesync extension: how far the server's clock is from this one.

Every meta message carries the client's time and what it believes so far; the reply says when that
came and how long it was kept (CometD documentation, "Time Synchronization Extension").
"""

from __future__ import annotations

import time
from collections import deque
from statistics import fmean
from typing import Any

SAMPLES = 10


class ClockOffset:
    """Lag of the network and offset of the server's clock: means of the last samples, in ms."""

    def __init__(self, epoch: float | None = None) -> None:
        """Take ``epoch`` (s) as the wall-clock time at which the machine's clock was at 0.

        By default the machine's clock is :func:`time.monotonic`.
        """
        self._epoch = time.time() - time.monotonic() if epoch is None else epoch
        self._lags: deque[float] = deque(maxlen=SAMPLES)
        self._offsets: deque[float] = deque(maxlen=SAMPLES)

    @property
    def lag(self) -> float:
        """Return how long (ms) a message takes one way."""
        return fmean(self._lags) if self._lags else 0.0

    @property
    def offset(self) -> float:
        """Return what to add (ms) to this clock to have the server's."""
        return fmean(self._offsets) if self._offsets else 0.0

    def word(self, now: float) -> dict[str, int]:
        """Return what a request says."""
        return {"tc": self._wall(now), "l": round(self.lag), "o": round(self.offset)}

    def hear(self, said: Any, now: float) -> None:
        """Take a sample from a reply that came at ``now``; an unusable one is passed over."""
        if not isinstance(said, dict):
            return
        sample = [said.get(key) for key in ("tc", "ts", "p")]
        if all(_is_time(value) for value in sample):
            sent, came, kept = (float(value or 0) for value in sample)
            lag = max(0.0, (self._wall(now) - sent - kept) / 2)
            self._lags.append(lag)
            self._offsets.append(came - sent - lag)

    def _wall(self, now: float) -> int:
        return round((self._epoch + now) * 1000)


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
