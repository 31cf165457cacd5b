"""Shows violations of the documented API as they pass: a line each, and a mark in mitmproxy's list.

The checking is done by the process that writes, on what it is about to write down; this only brings
the word to a person. The same words are told once: a server that errs, errs all day.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from mitmproxy import ctx

MAX_TOLD = 1_000
MARK = ":warning:"


class ValidateAddon:
    """Hears of violations by the key of their flow, from any thread."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        """Tell violations to ``tell``."""
        self._tell = tell
        self._told: set[str] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def running(self) -> None:
        """Note which loop the flows belong to."""
        self._loop = asyncio.get_running_loop()

    def flag(self, key: str, message: str) -> None:
        """Tell ``message`` and mark the flow ``key``."""
        if message not in self._told and len(self._told) < MAX_TOLD:
            self._told.add(message)
            self._tell(f"violation: {message}")
            if len(self._told) == MAX_TOLD:
                self._tell("violation: too many different ones to tell; still counted")
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(mark, key, message)


def mark(key: str, message: str) -> None:
    """Mark the flow ``key`` where mitmproxy shows flows (console, mitmweb)."""
    addons: Any = ctx.master.addons
    view = addons.get("view")
    flow = view.get_by_id(key) if view is not None else None
    if flow is None:
        return
    flow.marked = MARK
    known = flow.comment.splitlines()
    if message not in known:
        flow.comment = "\n".join([*known, message])
    view.update([flow])
