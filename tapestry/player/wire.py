"""The little of HTTP over ASGI that a player needs: who asks what, and sending an answer.

A framework would bring routes, middleware and a client library along; a player has one route, which
is the tape, and must not be able to reach the network.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tapestry.player.answers import JSON_TYPE, Answer
from tapestry.player.likeness import LiveCall
from tapestry.player.visitors import COOKIE, Visitor
from tapestry.serving import Receive, Scope, Send
from tapestry.tape.body import body_of
from tapestry.tape.framing import query_from
from tapestry.tape.model import BodyKind

NORMAL_CLOSURE = 1000
MAX_BODY = 64 * 1024 * 1024
WITHOUT_BODY = frozenset({204, 304})


class TooLarge(Exception):
    """A request body of more than ``MAX_BODY`` bytes."""


class Gone(Exception):
    """The client went away before its request was complete."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The head of a request. Credentials and cookies are not part of what is shown of it."""

    method: str
    path: str
    query: str
    base_url: str
    content_type: str
    local: bool
    cookie: str | None = field(repr=False)
    authorization: str | None = field(repr=False)


def read_head(scope: Scope) -> Asked:
    """Return the head of the request (or WebSocket handshake) that ``scope`` describes."""
    headers = {name.decode("latin-1"): v.decode("latin-1") for name, v in scope["headers"]}
    raw = scope.get("raw_path") or scope["path"].encode()
    secure = scope.get("scheme") in ("https", "wss")
    return Asked(
        scope.get("method", "GET"),
        raw.decode("latin-1").partition("?")[0],
        scope.get("query_string", b"").decode("latin-1"),
        f"{'https' if secure else 'http'}://{headers.get('host', 'localhost')}",
        headers.get("content-type", ""),
        _is_local(scope.get("client")),
        _cookie(headers.get("cookie", "")),
        headers.get("authorization"),
    )


async def refuse_socket(send: Send) -> None:
    """Refuse a WebSocket before it opens."""
    await send({"type": "websocket.close", "code": NORMAL_CLOSURE})


async def read_call(asked: Asked, receive: Receive) -> LiveCall:
    """Read the body and return the whole call. Raises :class:`TooLarge` and :class:`Gone`."""
    body = body_of(await _read(receive), asked.content_type)
    value = None if body.kind is BodyKind.EMPTY else body.value
    query = query_from(parse_qsl(asked.query, keep_blank_values=True))
    return LiveCall(asked.method, asked.path, query, value)


async def send_answer(answer: Answer, send: Send) -> None:
    """Send ``answer`` with its length."""
    for message in answer_messages(answer):
        await send(message)


def answer_messages(
    answer: Answer,
) -> tuple[MutableMapping[str, Any], MutableMapping[str, Any]]:
    """Return ``answer``, with its length, as the two messages of ASGI."""
    headers = [(name.encode("latin-1"), v.encode("latin-1")) for name, v in answer.headers]
    body = b"" if answer.status in WITHOUT_BODY else answer.body
    if answer.status not in WITHOUT_BODY:
        headers.append((b"content-length", b"%d" % len(body)))
    start = {"type": "http.response.start", "status": answer.status, "headers": headers}
    return start, {"type": "http.response.body", "body": body}


def json_answer(status: int, value: Any) -> Answer:
    """Return an answer of the player's own."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status, (("Content-Type", JSON_TYPE),), body)


def giving_cookie(send: Send, visitor: Visitor) -> Send:
    """Return ``send`` so that the response gives ``visitor`` its session cookie."""
    cookie = f"{COOKIE}={visitor.cookie}; Path=/; HttpOnly".encode()

    async def send_with_cookie(message: MutableMapping[str, Any]) -> None:
        if message["type"] in ("http.response.start", "websocket.accept"):
            headers = [*message.get("headers", ()), (b"set-cookie", cookie)]
            message = {**message, "headers": headers}
        await send(message)

    return send_with_cookie


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        part = await receive()
        if part["type"] == "http.disconnect":
            raise Gone
        body += part.get("body", b"")
        if len(body) > MAX_BODY:
            raise TooLarge
        if not part.get("more_body", False):
            return bytes(body)


def _cookie(header: str) -> str | None:
    """Return our own cookie, whatever others stand beside it."""
    for pair in header.split(";"):
        name, _, value = pair.strip().partition("=")
        if name == COOKIE:
            return value
    return None


def _is_local(client: tuple[str, int] | None) -> bool:
    try:
        return client is not None and ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False
