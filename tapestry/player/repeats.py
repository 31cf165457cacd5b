"""Keeps answers that would be given again just so, ready to be sent.

A desktop reads the same resources again and again, and a load test does nothing else. As long as
nothing has happened that others depend on, a repeated read gets the answer that it got before: so
it is known by the bytes that it is made of, and needs no second look at the tape.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from tapestry.player.performance import Play
from tapestry.player.visitors import Visitor
from tapestry.serving import Scope, Send

MAX_BYTES = 64 * 1024 * 1024

Key = tuple[bytes, ...]
Message = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ready:
    """An answer as ASGI messages, who gets it at ``base_url``, and at which version of a play."""

    play: Play
    version: int
    visitor: Visitor
    base_url: str
    start: Message
    body: Message

    async def send(self, send: Send) -> None:
        """Send it."""
        self.visitor.base_url = self.base_url
        await send(self.start)
        await send(self.body)


class Repeats:
    """The answers that were given last."""

    def __init__(self) -> None:
        """Begin with none."""
        self._ready: dict[Key, Ready] = {}
        self._bytes = 0

    def find(self, key: Key | None) -> Ready | None:
        """Return the answer to a request, ``None`` when it has to be looked up on the tape."""
        ready = self._ready.get(key) if key is not None else None
        return ready if ready is not None and ready.version == ready.play.version else None

    def keep(self, key: Key, ready: Ready) -> None:
        """Keep an answer; it holds until its play has another version."""
        if key in self._ready:
            self._bytes -= len(self._ready.pop(key).body["body"])
        self._bytes += len(ready.body["body"])
        self._ready[key] = ready
        while self._bytes > MAX_BYTES:
            self._bytes -= len(self._ready.pop(next(iter(self._ready))).body["body"])


def key_of(scope: Scope) -> Key | None:
    """Return the bytes that decide about the answer to a read, ``None`` for any other request.

    Clients whom no cookie names are not known again, so there is nothing to keep for them.
    """
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    host = cookie = authorization = b""
    for name, value in scope["headers"]:
        if name == b"cookie":
            cookie = value
        elif name == b"host":
            host = value
        elif name == b"authorization":
            authorization = value
        elif name in (b"content-length", b"transfer-encoding"):
            return None
    if not cookie or "raw_path" not in scope:
        return None
    return scope["raw_path"], scope["query_string"], host, cookie, authorization
