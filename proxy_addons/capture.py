"""Translates mitmproxy's flows into the values of a tape.

Bodies are taken decoded (gzip and the like), so header lines that describe the bytes on this one
connection are left out: they would contradict what the tape holds.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from mitmproxy import http

from tapestry.tape.body import body_of
from tapestry.tape.model import Headers, Query, Request, Response

FRAMING: Final = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "content-md5",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
    }
)


def request_of(flow: http.HTTPFlow) -> Request:
    """Return the request of ``flow``."""
    message = flow.request
    path, _, query = message.path.partition("?")
    return Request(
        method=message.method,
        path=path,
        query=query_of(query),
        headers=headers_of(message.headers),
        body=body_of(content_of(message), message.headers.get("content-type", "")),
    )


def response_of(flow: http.HTTPFlow) -> Response:
    """Return the response of ``flow``, which must have one."""
    message = flow.response
    assert message is not None
    return Response(
        status=message.status_code,
        headers=headers_of(message.headers),
        body=body_of(content_of(message), message.headers.get("content-type", "")),
    )


def query_of(text: str) -> Query:
    """Return the parameters in the query part of a URL; one that repeats becomes a list."""
    query: dict[str, str | list[str]] = {}
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


def headers_of(headers: http.Headers) -> Headers:
    """Return the header lines as sent, but for those about framing (RFC 9110, section 7.6.1)."""
    lines = ((_text(name), _text(value)) for name, value in headers.fields)
    return tuple(line for line in lines if line[0].lower() not in FRAMING)


def content_of(message: http.Message) -> bytes:
    """Return the bytes of a message without its content coding, as they are when it is broken."""
    return message.get_content(strict=False) or b""


def _text(raw: bytes) -> str:
    """Decode a header as mitmproxy does: what is no UTF-8 survives as lone surrogates."""
    return raw.decode("utf-8", "surrogateescape")
