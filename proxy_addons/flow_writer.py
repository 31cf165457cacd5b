"""Writes a cassette as mitmproxy's own flow file, for mitmproxy's console, web page and addons.

What mitmproxy has no place for travels in the metadata of each flow, which mitmproxy keeps and
shows; our reader takes it back as it was. WebSocket messages stay inside the flow that opened the
socket.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mitmproxy import connection, flow, http, io, websocket

from tapestry.problems import Place, Problem
from tapestry.tape.body import content_of
from tapestry.tape.har_writer import NOWHERE, moment_of, target_of
from tapestry.tape.model import (
    BodyKind,
    Cassette,
    End,
    Exchange,
    Header,
    Headers,
    Request,
)
from tapestry.tape.plain import to_plain
from tapestry.tape.strands import Strand, completed, strands_of

KEY = "tapestry"
"""Under which our own members stand in a flow's metadata."""

Plain = dict[str, Any]

_TEXT, _BINARY = 1, 2  # RFC 6455, section 5.2
_FLOW_WRITER: Any = io.FlowWriter  # mitmproxy has not typed it


def save_flows(cassette: Cassette, path: Path) -> list[str]:
    """Write ``cassette`` to ``path`` for mitmproxy; returns in words what it cannot hold.

    Raises :class:`Problem` when the file cannot be written.
    """
    strands, losses = strands_of(cassette.entries)
    writer = _Writer(cassette.header)
    try:
        with path.open("wb") as file:
            out: Any = _FLOW_WRITER(file)
            for strand in strands:
                out.add(writer.flow(strand))
    except OSError as fault:
        raise Problem(f"cannot write: {fault.strerror or fault}", where=Place(str(path))) from None
    return losses


class _Writer:
    """Writes flows relative to the moment and server of one header."""

    def __init__(self, header: Header) -> None:
        self._began = moment_of(header).timestamp()
        self._server = header.upstream or NOWHERE
        self._header = to_plain(header)

    def flow(self, strand: Strand) -> http.HTTPFlow:
        """Return the flow of ``strand``."""
        first = strand.first
        assert first.request is not None
        made = http.HTTPFlow(*_connections(self._server))
        made.request = self._request(first.request, first.at)
        if isinstance(first, Exchange):
            made.response = self._response(first)
        else:
            made.error = flow.Error(first.reason, self._moment(completed(first)))
        if isinstance(first, Exchange) and first.socket:
            made.websocket = self._websocket(strand)
        made.metadata[KEY] = _extra(strand) | {"header": self._header}
        return made

    def _request(self, request: Request, at: float) -> http.Request:
        made = http.Request.make(request.method, self._server, content_of(request.body))
        made.headers = http.Headers(_raw(request.headers))  # as they were, Host included
        made.path = target_of(request)
        made.timestamp_start = made.timestamp_end = self._moment(at)
        return made

    def _response(self, exchange: Exchange) -> http.Response:
        answer = exchange.response
        made = http.Response.make(answer.status, content_of(answer.body))
        made.headers = http.Headers(_raw(answer.headers))
        made.timestamp_start = made.timestamp_end = self._moment(completed(exchange))
        return made

    def _websocket(self, strand: Strand) -> websocket.WebSocketData:
        messages = [
            websocket.WebSocketMessage(
                _BINARY if frame.body.kind is BodyKind.BASE64 else _TEXT,
                frame.sender == "client",
                content_of(frame.body),
                self._moment(frame.at),
            )
            for _, frame in strand.frames
        ]
        return websocket.WebSocketData(messages)

    def _moment(self, at: float) -> float:
        return self._began + at / 1000


def _extra(strand: Strand) -> Plain:
    first = strand.first
    extra: Plain = {"number": strand.number, "at": first.at, "took": first.took}
    extra |= _present(agent=first.agent)
    if isinstance(first, End):
        extra["of"] = first.of
    else:
        extra |= _present(
            connection=first.connection,
            socket=first.socket,
            truncated=first.response.body.truncated,
        )
    assert first.request is not None
    extra |= _present(requestTruncated=first.request.body.truncated)
    extra["frames"] = [
        {"number": number, "at": frame.at}
        | _present(agent=frame.agent, truncated=frame.body.truncated)
        for number, frame in strand.frames
    ]
    if strand.closing:
        number, end = strand.closing
        extra["closed"] = {"number": number} | to_plain(end)
    return extra


def _connections(server: str) -> tuple[connection.Client, connection.Server]:
    url = urlsplit(server)
    address = (url.hostname or "", url.port or (443 if url.scheme == "https" else 80))
    client = connection.Client(peername=("127.0.0.1", 0), sockname=("127.0.0.1", 0))
    return client, connection.Server(address=address)


def _raw(headers: Headers) -> tuple[tuple[bytes, bytes], ...]:
    return tuple(
        (name.encode("utf-8", "surrogateescape"), value.encode("utf-8", "surrogateescape"))
        for name, value in headers
    )


def _present(**members: Any) -> Plain:
    return {name: value for name, value in members.items() if value}
