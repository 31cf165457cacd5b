"""The one exception of the live clients: what was asked of a server did not come about."""

from __future__ import annotations

from tapestry.bayeux.message import Message


class BayeuxFailure(Exception):
    """What was asked of the server did not come about.

    ``reply`` is the server's refusal, ``status`` that of an HTTP answer that was no success; both
    are ``None`` when no answer came at all.
    """

    def __init__(
        self, what: str, *, reply: Message | None = None, status: int | None = None
    ) -> None:
        """Say in words what failed and why."""
        super().__init__(what)
        self.reply = reply
        self.status = status
