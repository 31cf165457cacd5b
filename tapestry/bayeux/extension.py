"""Extensions: what a server understands under a name in the ``ext`` field of meta messages.

The protocol leaves ``ext`` to implementations (Bayeux 1.0, "ext"). Each extension is one file with
one class of this shape; the machine asks all of them at every meta message and knows none by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from tapestry.bayeux.message import Message
from tapestry.bayeux.session import Session


class Extension(Protocol):
    """One extension; ``said`` is what stands under its name in a message, ``None`` if nothing."""

    @property
    def name(self) -> str:
        """Return the name in ``ext`` under which the extension speaks."""
        ...

    def hear(self, said: Any, channel: str, session: Session) -> None:
        """Take note of a request in a session, before it is carried out."""
        ...

    def reply(
        self, said: Any, answer: Message, session: Session | None, at: float, now: float
    ) -> Any:
        """Return what to say in ``answer``, ``None`` for nothing.

        ``at`` is when the request came, ``now`` when the answer leaves. There is no session when
        the request named none that is known.
        """
        ...


class Extensions:
    """All extensions of a server, as one."""

    def __init__(self, extensions: Sequence[Extension]) -> None:
        """Ask ``extensions`` in this order."""
        self._extensions = tuple(extensions)

    def hear(self, request: Message, session: Session) -> None:
        """Let each extension take note of a request."""
        for extension in self._extensions:
            extension.hear(_said(request, extension.name), request["channel"], session)

    def complete(
        self, answer: Message, request: Message, session: Session | None, at: float, now: float
    ) -> Message:
        """Return ``answer`` with what the extensions say in it."""
        said = {
            extension.name: word
            for extension in self._extensions
            if (word := extension.reply(_said(request, extension.name), answer, session, at, now))
            is not None
        }
        return {**answer, "ext": said} if said else answer


def _said(message: Message, name: str) -> Any:
    ext = message.get("ext")
    return ext.get(name) if isinstance(ext, dict) else None
