"""Shows Bayeux in mitmproxy's console and web interface as messages, not as a heap of JSON.

    mitmweb -s proxy_addons/record.py      (or on its own: -s proxy_addons/bayeux_view.py)

A line a message: what it is, whose session, what it answers, and the data of a delivery below it
with the number of the call that caused it, where it carries one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

from mitmproxy import contentviews, http

from tapestry.bayeux.codec import decode_jsonp
from tapestry.bayeux.message import (
    MalformedMessages,
    Message,
    is_bayeux,
    is_delivery,
    is_meta,
    messages_in,
)


class BayeuxContentview(contentviews.Contentview):
    """Bayeux messages in a body, a form, a JSONP call, a query or a frame."""

    name = "Bayeux"
    syntax_highlight = "yaml"

    def prettify(self, data: bytes, metadata: contentviews.Metadata) -> str:
        """Return the messages in ``data`` for people. Raises ``ValueError`` when there are none."""
        found = found_in(data, metadata.http_message)
        if not found:
            raise ValueError("these are no Bayeux messages")
        return "\n".join(line for message in found for line in lines_of(message))

    def render_priority(self, data: bytes, metadata: contentviews.Metadata) -> float:
        """Come first where there are Bayeux messages."""
        return 2 if found_in(data, metadata.http_message) else -1


def found_in(data: bytes, message: http.Message | None = None) -> list[Message]:
    """Return the Bayeux messages in ``data``, or in the query of the request it belongs to."""
    texts = [data.decode("utf-8", "replace")]
    if isinstance(message, http.Request) and not data:
        texts = [value for name, value in message.query.items(multi=True) if name == "message"]
    return [found for text in texts for found in _messages(text)]


def lines_of(message: Message) -> Iterator[str]:
    """Yield a message as a line, with the data of a delivery indented below it."""
    channel = str(message["channel"])
    if is_delivery(message) and not is_meta(channel):
        yield f"delivery {channel}{_cause(message['data'])}{_session(message)}"
        text = json.dumps(message["data"], indent=2, ensure_ascii=False)
        yield from (f"  {line}" for line in text.splitlines())
    else:
        yield f"{_kind(message)} {channel}{_details(message)}{_session(message)}"


def _messages(text: str) -> list[Message]:
    if text.startswith("message="):
        texts = parse_qs(text).get("message", [])
        return [found for part in texts for found in _messages(part)]
    try:
        value = json.loads(text)
    except ValueError:
        return _unwrapped(text)
    return messages_in(value) if is_bayeux(value) else []


def _unwrapped(text: str) -> list[Message]:
    try:
        found = decode_jsonp(text)
    except MalformedMessages:
        return []
    return found if is_bayeux(found) else []


def _kind(message: Message) -> str:
    if "successful" not in message:
        return "request "
    return "reply   " if message["successful"] else "REFUSED "


def _details(message: Message) -> str:
    names = ("id", "connectionType", "subscription", "error", "advice", "ext")
    shown = [f"{name}={_compact(message[name])}" for name in names if name in message]
    return f" {' '.join(shown)}" if shown else ""


def _session(message: Message) -> str:
    return f" session={message['clientId']}" if "clientId" in message else ""


def _cause(data: Any) -> str:
    reference = data.get("referenceId") if isinstance(data, dict) else None
    return "" if reference is None else f" caused by referenceId={reference}"


def _compact(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def load(loader: object) -> None:
    """Make the view known to mitmproxy, when this file is used as a script."""
    contentviews.add(BayeuxContentview())
