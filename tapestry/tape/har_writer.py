"""Writes a cassette as an HTTP Archive, for browsers, proxies and whoever else reads HAR 1.2.

WebSocket messages go where Chromium and Firefox put theirs (``_webSocketMessages``). What HAR has
no member for travels in ``_tapestry`` members, which the specification allows and other readers
skip, so that our own reader gives the same cassette back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from tapestry.tape.body import content_of
from tapestry.tape.model import Body, BodyKind, Cassette, End, Exchange, Frame, Header, Request
from tapestry.tape.plain import to_plain
from tapestry.tape.strands import Strand, strands_of

NOWHERE = "http://upstream.invalid"
"""The server in addresses when the cassette does not name one."""

Plain = dict[str, Any]


def har_of(cassette: Cassette) -> tuple[Plain, list[str]]:
    """Return ``cassette`` as a HAR 1.2 object, and in words for people what it cannot hold."""
    strands, losses = strands_of(cassette.entries)
    writer = _Writer(cassette.header)
    entries = sorted(map(writer.entry, strands), key=lambda entry: entry["startedDateTime"])
    version = cassette.header.tool.get("tapestry", "unknown")
    log = {
        "version": "1.2",
        "creator": {"name": "Tapestry", "version": version},
        "entries": entries,
        "_tapestry": to_plain(cassette.header),
    }
    return {"log": log}, losses


def moment_of(header: Header) -> datetime:
    """Return when the recording began; 1970 when the header does not say it as RFC 3339 does."""
    try:
        began = datetime.fromisoformat(header.recorded)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return began if began.tzinfo else began.replace(tzinfo=UTC)


def target_of(request: Request) -> str:
    """Return path and query of ``request`` as a request line has them."""
    query = urlencode(list(_pairs(request)))
    return f"{request.path}?{query}" if query else request.path


class _Writer:
    """Writes entries relative to the moment and server of one header."""

    def __init__(self, header: Header) -> None:
        self._began = moment_of(header)
        self._server = (header.upstream or NOWHERE).rstrip("/")

    def entry(self, strand: Strand) -> Plain:
        """Return the HAR entry of ``strand``."""
        first = strand.first
        took = first.took or 0.0
        assert first.request is not None
        entry: Plain = {
            "startedDateTime": self._moment(first.at).isoformat(timespec="microseconds"),
            "time": took,
            "request": self._request(first.request),
            "response": _response(first),
            "cache": {},
            "timings": {"send": 0, "wait": took, "receive": 0},
        }
        if isinstance(first, Exchange):
            entry |= {"connection": first.connection} if first.connection else {}
        if isinstance(first, Exchange) and first.socket:
            entry["_resourceType"] = "websocket"
            entry["_webSocketMessages"] = [self._message(*one) for one in strand.frames]
        return entry | {"_tapestry": _extra(strand)}

    def _moment(self, at: float) -> datetime:
        return self._began + timedelta(microseconds=round(at * 1000))

    def _request(self, request: Request) -> Plain:
        content = content_of(request.body)
        plain: Plain = {
            "method": request.method,
            "url": self._server + target_of(request),
            "httpVersion": "HTTP/1.1",
            "cookies": _cookies(request.headers, "cookie"),
            "headers": _fields(request.headers),
            "queryString": [{"name": name, "value": value} for name, value in _pairs(request)],
            "headersSize": -1,
            "bodySize": len(content),
        }
        if content:
            plain["postData"] = {"mimeType": _type_of(request.headers)} | _text(request.body)
        return plain

    def _message(self, number: float, frame: Frame) -> Plain:
        binary = frame.body.kind is BodyKind.BASE64
        return {
            "type": "send" if frame.sender == "client" else "receive",
            "time": self._moment(frame.at).timestamp(),
            "opcode": 2 if binary else 1,
            "data": frame.body.value if binary else _decoded(frame.body),
            "_tapestry": {"number": number, "at": frame.at}
            | _present(agent=frame.agent, truncated=frame.body.truncated),
        }


def _extra(strand: Strand) -> Plain:
    first = strand.first
    extra: Plain = {"number": strand.number, "at": first.at} | _present(agent=first.agent)
    if isinstance(first, End):
        extra |= {"of": first.of, "took": first.took}
    else:
        extra |= _present(socket=first.socket, truncated=first.response.body.truncated)
    assert first.request is not None
    extra |= _present(requestTruncated=first.request.body.truncated)
    if strand.closing:
        number, end = strand.closing
        extra["closed"] = {"number": number} | to_plain(end)
    return extra


def _response(first: Exchange | End) -> Plain:
    if isinstance(first, End):  # as Chromium writes a request that got no answer
        return _answer(0, (), Body()) | {"_error": first.reason}
    return _answer(first.response.status, first.response.headers, first.response.body)


def _answer(status: int, headers: tuple[tuple[str, str], ...], body: Body) -> Plain:
    location = next((value for name, value in headers if name.lower() == "location"), "")
    size = len(content_of(body))
    return {
        "status": status,
        "statusText": _phrase(status),
        "httpVersion": "HTTP/1.1",
        "cookies": _cookies(headers, "set-cookie"),
        "headers": _fields(headers),
        "content": {"size": size, "mimeType": _type_of(headers)} | (_text(body) if size else {}),
        "redirectURL": location,
        "headersSize": -1,
        "bodySize": size,
    }


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _text(body: Body) -> Plain:
    if body.kind is BodyKind.BASE64:
        return {"text": body.value, "encoding": "base64"}
    return {"text": _decoded(body)}


def _decoded(body: Body) -> str:
    return content_of(body).decode("utf-8", "surrogatepass")


def _pairs(request: Request) -> Iterator[tuple[str, str]]:
    for name, value in request.query.items():
        yield from ((name, one) for one in ([value] if isinstance(value, str) else value))


def _fields(headers: tuple[tuple[str, str], ...]) -> list[Plain]:
    return [{"name": name, "value": value} for name, value in headers]


def _cookies(headers: tuple[tuple[str, str], ...], header: str) -> list[Plain]:
    values = [value for name, value in headers if name.lower() == header]
    whole = header == "cookie"
    pairs = [pair for value in values for pair in (value.split(";") if whole else [value])]
    cut = (pair.partition(";")[0].partition("=") for pair in pairs)
    return [{"name": name.strip(), "value": value.strip()} for name, is_, value in cut if is_]


def _type_of(headers: tuple[tuple[str, str], ...]) -> str:
    return next((value for name, value in headers if name.lower() == "content-type"), "")


def _present(**members: Any) -> Plain:
    return {name: value for name, value in members.items() if value}
