"""The ack extension: a client says what it has seen, and gets the rest again.

Agreed on at the handshake, after CometD's documentation of its message acknowledgement extension.
Deliveries then ride in connect replies only, each of them with the number of its batch; a connect
carries the number of the last batch that came through. So a reply that was lost on the way costs a
repetition and not a notification.
"""

from __future__ import annotations

from typing import Any

from tapestry.bayeux.message import META_CONNECT, META_HANDSHAKE, Message
from tapestry.bayeux.session import Session

MOST = 1e15


class Acknowledgement:
    """Extension ``ack``: ``true`` or ``{"enabled": true}`` at the handshake, then numbers."""

    name = "ack"

    def read(self, value: Any) -> Any:
        """Return the wish for acknowledgement, in its form, or the number of a batch."""
        if isinstance(value, dict):
            return {"enabled": True} if value.get("enabled") is True else None
        if isinstance(value, bool):
            return value or None
        return value if isinstance(value, int | float) and abs(value) < MOST else None

    def hear(self, said: Any, channel: str, session: Session) -> None:
        """Take what a connect acknowledges; one without a number acknowledges nothing."""
        if channel == META_CONNECT and session.queue.keeps:
            is_number = isinstance(said, int | float) and said is not True
            session.queue.acknowledge(said if is_number else 0)

    def reply(
        self, said: Any, answer: Message, session: Session | None, at: float, now: float
    ) -> Any:
        """Agree at the handshake, in the form that was asked; number each connect reply."""
        if session is None or not answer["successful"]:
            return None
        if answer["channel"] == META_HANDSHAKE and (said is True or isinstance(said, dict)):
            session.queue.keeps = True
            return said
        if answer["channel"] == META_CONNECT and session.queue.keeps:
            return session.queue.batch
        return None
