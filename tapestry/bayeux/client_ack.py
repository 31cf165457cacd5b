"""The client's half of the ack extension: what has come, so that the rest comes again.

Deliveries then ride in numbered connect replies, and the number of the last one that came goes
with the next connect (CometD documentation, "Message Acknowledgment Extension"). A reply that was
given up and comes after all, or comes twice, is not taken: its deliveries will be repeated, or have
been.
"""

from __future__ import annotations

from typing import Any

from tapestry.bayeux.message import Message


class Acknowledging:
    """Whether the server agreed to the extension, and the last batch seen."""

    def __init__(self, wanted: bool) -> None:
        """Ask for the extension if it is ``wanted``."""
        self.wanted = wanted
        self._agreed = False
        self._seen = 0

    @property
    def word(self) -> int | None:
        """Return what a connect says, ``None`` when the extension is not in use."""
        return self._seen if self._agreed else None

    def agree(self, said: Any) -> None:
        """Take the server's word in a handshake reply; batches are numbered anew."""
        if isinstance(said, dict):
            said = said.get("enabled")
        self._agreed = self.wanted and said is True
        self._seen = 0

    def takes(self, reply: Message, *, expected: bool) -> bool:
        """Tell whether the deliveries beside a connect ``reply`` count, and note its batch.

        ``expected`` says that the reply answers a connect that is still open.
        """
        ext = reply.get("ext")
        batch = ext.get("ack") if isinstance(ext, dict) else None
        if not self._agreed or isinstance(batch, bool) or not isinstance(batch, int):
            return True
        if not expected or batch <= self._seen:
            return False
        self._seen = batch
        return True
