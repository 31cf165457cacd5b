"""Extensions: what a server understands under a name in the ``ext`` field of meta messages.

The protocol leaves ``ext`` to implementations (Bayeux 1.0, "ext"). Each extension is one file with
one class of this shape; the machine asks all of them at every meta message and knows none by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tapestry.bayeux.message import Message
from tapestry.bayeux.session import Session


class Extension(Protocol):
    """One extension; ``said`` is what :meth:`read` made of a request, ``None`` for nothing."""

    @property
    def name(self) -> str:
        """Return the name in ``ext`` under which the extension speaks."""
        ...

    def read(self, value: Any) -> Any:
        """Return what a client says, checked and small: it is kept for as long as a connect.

        ``None`` when it makes no sense.
        """
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

    def read(self, message: Message) -> Mapping[str, Any]:
        """Return what each extension understands of a request, by name."""
        ext = message.get("ext")
        if not isinstance(ext, dict):
            return {}
        named = (extension for extension in self._extensions if extension.name in ext)
        said = ((extension.name, extension.read(ext[extension.name])) for extension in named)
        return {name: word for name, word in said if word is not None}

    def hear(self, said: Mapping[str, Any], channel: str, session: Session) -> None:
        """Let each extension take note of a request."""
        for extension in self._extensions:
            extension.hear(said.get(extension.name), channel, session)

    def complete(
        self,
        answer: Message,
        said: Mapping[str, Any],
        session: Session | None,
        at: float,
        now: float,
    ) -> Message:
        """Return ``answer`` with what the extensions say in it."""
        words = (
            (extension.name, extension.reply(said.get(extension.name), answer, session, at, now))
            for extension in self._extensions
        )
        ext = {name: word for name, word in words if word is not None}
        return {**answer, "ext": ext} if ext else answer
