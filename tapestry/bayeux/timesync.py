"""The timesync extension: lets a client learn how far its clock is from the server's.

A client puts its time, and what it believes of lag and offset, into any meta message; the reply
says when that came and how long it was kept, so that a held connect does not pass for a slow
network (CometD documentation, "Time Synchronization Extension").
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from tapestry.bayeux.message import Message
from tapestry.bayeux.session import Session

MOST = 1e15


class Sample(NamedTuple):
    """The client's time when it sent, and what it believes of lag and offset; milliseconds."""

    sent: float
    lag: float
    offset: float


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

    def read(self, value: Any) -> Sample | None:
        """Return the client's side of a sample; a lag or offset that is none counts as 0."""
        if not isinstance(value, dict) or not _is_number(value.get("tc")):
            return None
        lag, offset = (value[key] if _is_number(value.get(key)) else 0 for key in ("l", "o"))
        return Sample(value["tc"], lag, offset)

    def hear(self, said: Sample | None, channel: str, session: Session) -> None:
        """Take no note of anything: all is in the reply."""

    def reply(
        self,
        said: Sample | None,
        answer: Message,
        session: Session | None,
        at: float,
        now: float,
    ) -> Any:
        """Return the server's side of the sample, when the client gave one."""
        if said is None:
            return None
        came = round((self._epoch + at) * 1000)
        accuracy = round(said.sent + said.offset + said.lag - came)
        return {"tc": said.sent, "ts": came, "p": round((now - at) * 1000), "a": accuracy}


def _is_number(value: Any) -> bool:
    """Tell a number that a clock may show from booleans, and from what would overflow."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MOST
