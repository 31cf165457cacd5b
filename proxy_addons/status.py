"""A line every few seconds that tells whoever watches the terminal that the recording is alive."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import TextIO

from proxy_addons.mode import Mode
from proxy_addons.report import State

SECONDS = 3.0


class StatusAddon:
    """Keeps one line up to date at the bottom of a terminal."""

    def __init__(
        self, look: Callable[[], tuple[Mode, State]], terminal: TextIO = sys.stderr
    ) -> None:
        """Show what ``look`` returns on ``terminal``."""
        self._look = look
        self._terminal = terminal
        self._task: asyncio.Task[None] | None = None
        self._shown = ""

    def running(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    def done(self) -> None:
        """Leave the terminal clean."""
        if self._task is not None:
            self._task.cancel()
        if self._shown:
            self._terminal.write("\r\x1b[K")
            self._terminal.flush()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(SECONDS)
            line = status_line(*self._look())
            if line != self._shown:
                self._shown = line
                self._terminal.write(f"\r\x1b[K{line}")
                self._terminal.flush()


def status_line(mode: Mode, state: State) -> str:
    """Return ``state`` on one line."""
    return (
        f"{mode}: {state.agents} agents, {state.calls} calls, {state.deliveries} deliveries,"
        f" {state.violations} violations, {size_text(state.bytes)},"
        f" {state.open} open, {state.lost} dropped"
    )


def size_text(count: float) -> str:
    """Return a number of bytes as people read it."""
    for unit in ("B", "KB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"
