"""The timesync extension: lets a client learn how far its clock is from the server's.

A client puts its time, and what it believes of lag and offset, into any meta message; the reply
says when that came and how long it was kept, so that a held connect does not pass for a slow
network (CometD documentation, "Time Synchronization Extension").
"""

from __future__ import annotations

import time
from typing import Any

from tapestry.bayeux.message import Message
from tapestry.bayeux.session import Session


class TimeSync:
    """Extension ``timesync``: ``{tc, l, o}`` is answered by ``{tc, ts, p, a}``, milliseconds all.

    ``ts`` is when the request came, by the server's wall clock; ``p`` how long it took to answer;
    ``a`` by how much the client's lag and offset were wrong.
    """

    name = "timesync"

    def __init__(self, epoch: float | None = None) -> None:
        """Take ``epoch`` (s) as the wall-clock time at which the machine's clock was at 0.

        By default the machine's clock is :func:`time.monotonic`.
        """
        self._epoch = time.time() - time.monotonic() if epoch is None else epoch

    def hear(self, said: Any, channel: str, session: Session) -> None:
        """Take no note of anything: all is in the reply."""

    def reply(
        self, said: Any, answer: Message, session: Session | None, at: float, now: float
    ) -> Any:
        """Return the server's side of the sample, when the client gave a usable one."""
        if not isinstance(said, dict) or not _is_number(said.get("tc")):
            return None
        came = round((self._epoch + at) * 1000)
        lag, offset = (said[key] if _is_number(said.get(key)) else 0 for key in ("l", "o"))
        accuracy = round(said["tc"] + offset + lag - came)
        return {"tc": said["tc"], "ts": came, "p": round((now - at) * 1000), "a": accuracy}


def _is_number(value: Any) -> bool:
    """Tell a number that a clock may show from booleans, and from what would overflow."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
