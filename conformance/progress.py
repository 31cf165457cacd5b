"""Shows on a terminal how far a run has come: one line that rewrites itself, on standard error.

Where standard error is no terminal nothing is shown, so logs stay readable.
"""

from __future__ import annotations

from typing import TextIO

from conformance.model import Outcome
from conformance.runner.events import (
    Emit,
    Event,
    RunStarted,
    ScenarioEnded,
    ScenarioStarted,
    ignore,
)

WIDTH = 78
_CLEAR = "\r\x1b[K"


def progress(stream: TextIO) -> Emit:
    """Return a listener that shows progress on ``stream``, or one that ignores everything."""
    return Progress(stream) if stream.isatty() else ignore


class Progress:
    """Counts scenarios and names the one that began last."""

    def __init__(self, stream: TextIO) -> None:
        """Write to ``stream``."""
        self._stream = stream
        self._total = 0
        self._done = 0
        self._failed = 0

    def __call__(self, event: Event) -> None:
        """Take note of an event."""
        match event:
            case RunStarted(scenarios=scenarios):
                self._total = scenarios
            case ScenarioStarted(scenario=scenario):
                self._show(scenario)
            case ScenarioEnded(checks=checks):
                self._done += 1
                self._failed += sum(check.outcome is Outcome.FAIL for check in checks)
                self._show("")
        if self._total and self._done == self._total:
            self._stream.write(_CLEAR)
            self._stream.flush()

    def _show(self, scenario: str) -> None:
        failed = f", {self._failed} checks failed" if self._failed else ""
        line = f"{self._done}/{self._total} scenarios{failed}  {scenario}"
        self._stream.write(_CLEAR + line[:WIDTH])
        self._stream.flush()
