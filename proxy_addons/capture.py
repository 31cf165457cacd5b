"""Translates what the proxy saw into the values of a tape.

Bodies are taken decoded (gzip and the like), so header lines that describe the bytes on this one
connection are left out: they would contradict what the tape holds.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

from proxy_addons.coding import decoded
from proxy_addons.sighting import Answered, Asked, HeaderLines, Payload, Said
from tapestry.tape.body import MAX_BODY_BYTES, body_of
from tapestry.tape.framing import FRAMING
from tapestry.tape.model import Body, Headers, Query, Request, Response


def request_of(asked: Asked) -> Request:
    """Return the request that was seen."""
    path, _, query = _text(asked.target).partition("?")
    return Request(
        method=_text(asked.method),
        path=path,
        query=query_of(query),
        headers=headers_of(asked.payload.headers),
        body=payload_body(asked.payload),
    )


def response_of(answered: Answered) -> Response:
    """Return the response that was seen."""
    return Response(
        status=answered.status,
        headers=headers_of(answered.payload.headers),
        body=payload_body(answered.payload),
    )


def frame_body(said: Said) -> Body:
    """Return the body of a WebSocket message."""
    return _whole(body_of(said.content), said.cut)


def payload_body(payload: Payload) -> Body:
    """Return the body of a message without its content coding, as it is when that is broken."""
    content, cut = payload.content, payload.cut
    coding = _header(payload.headers, b"content-encoding")
    if coding and content:
        content, more = decoded(content, coding, MAX_BODY_BYTES)
        cut += more
    return _whole(body_of(content, _header(payload.headers, b"content-type")), cut)


def query_of(text: str) -> Query:
    """Return the parameters in the query part of a URL; one that repeats becomes a list."""
    query: dict[str, str | list[str]] = {}
    if not text:
        return query
    for name, value in parse_qsl(text, keep_blank_values=True):
        before = query.get(name)
        match before:
            case None:
                query[name] = value
            case str():
                query[name] = [before, value]
            case list():
                before.append(value)
    return query


def headers_of(lines: HeaderLines) -> Headers:
    """Return the header lines as sent, but for those about framing (RFC 9110, section 7.6.1)."""
    headers = ((_text(name), _text(value)) for name, value in lines)
    return tuple(line for line in headers if line[0].lower() not in FRAMING)


def _whole(body: Body, cut: int) -> Body:
    return replace(body, truncated=body.truncated + cut) if cut else body


def _header(lines: HeaderLines, name: bytes) -> str:
    return ",".join(_text(value) for line, value in lines if line.lower() == name)


def _text(raw: bytes) -> str:
    """Decode a header as mitmproxy does: what is no UTF-8 survives as lone surrogates."""
    return raw.decode("utf-8", "surrogateescape")
