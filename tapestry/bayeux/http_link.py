"""One HTTP request, as the link on which the server machine answers it once.

The answer is written in the call that decides it: an eager task hands the bytes to the server
before the caller goes on, so what is published first leaves first. How messages are wrapped is up
to the transport: an array for long-polling, a script for callback-polling.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from tapestry.bayeux.codec import (
    CONTENT_TYPE,
    JSONP_CONTENT_TYPE,
    encode_body,
    encode_jsonp,
)
from tapestry.bayeux.message import Message
from tapestry.serving import Scope, Send

BROWSER_COOKIE = "BAYEUX_BROWSER"

Headers = list[tuple[bytes, bytes]]

_JSON: Headers = [(b"content-type", CONTENT_TYPE.encode())]
_TEXT: Headers = [(b"content-type", b"text/plain;charset=UTF-8")]
_SCRIPT: Headers = [
    (b"content-type", JSONP_CONTENT_TYPE.encode()),
    (b"content-disposition", b"attachment; filename=f.txt"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
]


class HttpLink:
    """A request that waits for its response; ``callback`` names the function for JSONP."""

    def __init__(self, send: Send) -> None:
        """Answer through ``send``."""
        self.callback: str | None = None
        self.answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._send = send
        self._headers: Headers = []
        self._sending: asyncio.Task[None] | None = None

    def set_browser(self) -> str:
        """Give the client a BAYEUX_BROWSER cookie with the response, and return its value."""
        browser = secrets.token_hex(16)
        cookie = f"{BROWSER_COOKIE}={browser}; Path=/; HttpOnly"
        self._headers.append((b"set-cookie", cookie.encode()))
        return browser

    def reply(self, messages: list[Message]) -> None:
        """Answer with messages, as an array or as the call of the function."""
        if self.callback is None:
            self._answer(200, encode_body(messages), _JSON)
        else:
            self._answer(200, encode_jsonp(messages, self.callback), _SCRIPT)

    def refuse(self, status: int, why: str = "", headers: Headers | None = None) -> None:
        """Answer with a bare status, or with one and the reason in words."""
        self._answer(status, why.encode(), [*(_TEXT if why else []), *(headers or [])])

    def abandon(self) -> None:
        """Note that nobody waits for the response any more."""
        self.answered.cancel()

    async def complete(self) -> None:
        """Wait until the response is written; a fault in writing it is raised here."""
        if self._sending is not None:
            await self._sending

    def _answer(self, status: int, body: bytes, headers: Headers) -> None:
        fields = [*headers, (b"content-length", b"%d" % len(body)), *self._headers]
        start = {"type": "http.response.start", "status": status, "headers": fields}
        loop = asyncio.get_running_loop()
        self._sending = asyncio.Task(self._write(start, body), loop=loop, eager_start=True)
        self.answered.set_result(None)

    async def _write(self, start: dict[str, Any], body: bytes) -> None:
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def header(scope: Scope, name: bytes) -> str:
    """Return the values of a request header as one."""
    values = [value for key, value in scope["headers"] if key == name]
    return b"; ".join(values).decode("latin-1")


def browser_of(scope: Scope) -> str | None:
    """Return the BAYEUX_BROWSER cookie. Those of other applications may have any form."""
    for pair in header(scope, b"cookie").split(";"):
        key, _, value = pair.strip().partition("=")
        if key == BROWSER_COOKIE and value:
            return value
    return None
