"""Mutants of the binding: headers, content types, callbacks, frames, requests in a queue."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from conformance.bayeux.mutants.fault import Fault, Mutant
from tapestry.serving import App, Receive, Scope, Send

Event = dict[str, Any]
Change = Callable[[Event, Scope], Event]


def sending(change: Change) -> Fault:
    """Return a server whose ASGI events are changed on their way out."""

    def wrap(app: App) -> App:
        async def changed(scope: Scope, receive: Receive, send: Send) -> None:
            await app(scope, receive, lambda event: send(change(dict(event), scope)))

        return changed

    return Fault(serves=wrap)


def wire(name: str, summary: str, killed_by: str, change: Change) -> Mutant:
    """Return the mutant that changes what goes out."""
    return Mutant(name, summary, killed_by, lambda: sending(change))


def _body(change: Callable[[bytes], bytes]) -> Change:
    """Change bodies; responses end with the connection, so that lengths may differ."""

    def altered(event: Event, scope: Scope) -> Event:
        if event["type"] == "http.response.start":
            fields = [(k, v) for k, v in event["headers"] if k.lower() != b"content-length"]
            return {**event, "headers": fields}
        if event["type"] == "http.response.body":
            return {**event, "body": change(event.get("body", b""))}
        return event

    return altered


def _header(name: bytes, value: bytes | None) -> Change:
    def altered(event: Event, scope: Scope) -> Event:
        if event["type"] != "http.response.start":
            return event
        fields = [(k, v) for k, v in event["headers"] if k.lower() != name]
        return {**event, "headers": fields + ([(name, value)] if value else [])}

    return altered


def _bare(body: bytes) -> bytes:
    """Take a single message out of its array."""
    messages = json.loads(body or b"null")
    alone = isinstance(messages, list) and len(messages) == 1
    return json.dumps(messages[0]).encode() if alone else body


def _frame(change: Callable[[str], str]) -> Change:
    def altered(event: Event, scope: Scope) -> Event:
        if event["type"] != "websocket.send":
            return event
        return {**event, "text": change(event["text"])}

    return altered


def _frame_without(channel: str) -> Change:
    return _frame(
        lambda text: json.dumps([m for m in json.loads(text) if m.get("channel") != channel])
    )


def _one_at_a_time() -> Fault:
    """Answer requests strictly one after the other."""

    def wrap(app: App) -> App:
        turn = asyncio.Lock()

        async def queued(scope: Scope, receive: Receive, send: Send) -> None:
            async with turn:
                await app(scope, receive, send)

        return queued

    return Fault(serves=wrap)


def _refusing(when: Callable[[Scope], bool]) -> Fault:
    """Answer HTTP 415 to some requests."""

    def wrap(app: App) -> App:
        async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or not when(scope):
                await app(scope, receive, send)
                return
            await send({"type": "http.response.start", "status": 415, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        return refusing

    return Fault(serves=wrap)


def _plain_json(scope: Scope) -> bool:
    return (b"content-type", b"application/json") in list(scope["headers"])


def _said_by_get(channel: str) -> Callable[[Scope], bool]:
    def when(scope: Scope) -> bool:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        return any(channel in message for message in query.get("message", ()))

    return when


def _callback(name: str, *, only: bytes = b"") -> Change:
    """Call a function of another name, where the query has ``only`` in it."""

    def altered(event: Event, scope: Scope) -> Event:
        if scope["type"] != "http" or only not in scope["query_string"]:
            return event
        return _body(lambda body: _renamed(body, name))(event, scope)

    return altered


def _no_jsonp(event: Event, scope: Scope) -> Event:
    if scope["type"] != "http" or b"jsonp=" in scope["query_string"]:
        return event
    return _body(lambda body: body if scope["method"] != "GET" else _unwrapped(body))(event, scope)


def _renamed(body: bytes, name: str) -> bytes:
    _, opened, rest = body.partition(b"(")
    return name.encode() + opened + rest if body.startswith(b"/**/") else body


def _unwrapped(body: bytes) -> bytes:
    return body.partition(b"(")[2].rpartition(b")")[0]


def _no_events(body: bytes) -> bytes:
    """Leave events out of scripts."""
    if not body.startswith(b"/**/"):
        return body
    name, _, rest = body.partition(b"(")
    messages = json.loads(rest.rpartition(b")")[0])
    replies = [message for message in messages if "data" not in message]
    return name + b"(" + json.dumps(replies).encode() + b");"


MUTANTS = (
    wire("bare-replies", "a single reply is not in an array", "BAYEUX-MESSAGE-02", _body(_bare)),
    wire(
        "no-browser-cookie",
        "sets no BAYEUX_BROWSER cookie",
        "BAYEUX-HANDSHAKE-13",
        _header(b"set-cookie", None),
    ),
    wire(
        "html-replies",
        "calls its replies text/html",
        "BAYEUX-LONGPOLLING-02",
        _header(b"content-type", b"text/html"),
    ),
    Mutant(
        "charset-demanded",
        "refuses application/json without a charset",
        "BAYEUX-LONGPOLLING-01",
        lambda: _refusing(_plain_json),
    ),
    Mutant(
        "one-at-a-time", "answers requests one after the other", "BAYEUX-HOLDING-06", _one_at_a_time
    ),
    Mutant(
        "no-connect-by-get",
        "takes no connect over callback-polling",
        "BAYEUX-LONGPOLLING-05",
        lambda: _refusing(_said_by_get("/meta/connect")),
    ),
    Mutant(
        "no-messages-by-get",
        "takes no connect as a parameter",
        "BAYEUX-CALLBACK-04",
        lambda: _refusing(_said_by_get("advice")),
    ),
    wire(
        "one-callback",
        "calls one function whatever was asked for",
        "BAYEUX-CALLBACK-01",
        _callback("callback"),
    ),
    wire(
        "callback-cut",
        "calls a function by the last part of its name",
        "BAYEUX-CALLBACK-02",
        _callback("on_message_7", only=b"on_message_7"),
    ),
    wire(
        "no-default-callback",
        "calls no function when none was named",
        "BAYEUX-CALLBACK-03",
        _no_jsonp,
    ),
    wire(
        "no-events-in-scripts",
        "delivers nothing over callback-polling",
        "BAYEUX-CALLBACK-05",
        _body(_no_events),
    ),
    Mutant(
        "no-disconnect-by-get",
        "takes no disconnect over callback-polling",
        "BAYEUX-CALLBACK-06",
        lambda: _refusing(_said_by_get("/meta/disconnect")),
    ),
    wire(
        "socket-handshake-lost",
        "does not answer a handshake over WebSocket",
        "BAYEUX-WEBSOCKET-01",
        _frame_without("/meta/handshake"),
    ),
    wire(
        "socket-connect-lost",
        "does not answer a connect over WebSocket",
        "BAYEUX-WEBSOCKET-02",
        _frame_without("/meta/connect"),
    ),
    wire(
        "socket-event-lost",
        "delivers nothing over WebSocket",
        "BAYEUX-WEBSOCKET-04",
        _frame(lambda text: json.dumps([m for m in json.loads(text) if "data" not in m])),
    ),
    wire(
        "socket-first-only",
        "answers the first message of a frame",
        "BAYEUX-WEBSOCKET-05",
        _frame(lambda text: json.dumps(json.loads(text)[:1])),
    ),
    wire(
        "socket-stranger",
        "does not know the sessions of other transports over WebSocket",
        "BAYEUX-WEBSOCKET-06",
        _frame_without("/meta/connect"),
    ),
    wire(
        "socket-disconnect-lost",
        "does not answer a disconnect over WebSocket",
        "BAYEUX-WEBSOCKET-08",
        _frame_without("/meta/disconnect"),
    ),
)
