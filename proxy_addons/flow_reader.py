"""Reads mitmproxy's own flow files, so that a dump made years ago becomes a cassette.

What our writer has put into the metadata of the flows is taken back as it was; any other file is
read as what mitmproxy saw of one server.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl

from mitmproxy import flow, http, io, websocket
from mitmproxy.exceptions import FlowReadException

from proxy_addons.flow_writer import KEY
from tapestry.documents import Document
from tapestry.problems import Place, Problem
from tapestry.tape.body import body_of
from tapestry.tape.framing import query_from, without_framing
from tapestry.tape.har_writer import moment_of
from tapestry.tape.model import (
    Body,
    Cassette,
    End,
    Entry,
    Exchange,
    Frame,
    Header,
    Headers,
    Request,
    Response,
)
from tapestry.tape.plain import entry_from, header_from
from tapestry.tape.strands import Strand, completed, entries_of

Plain = dict[str, Any]


def load_flows(path: Path, upstream: str | None = None) -> tuple[Cassette, list[str]]:
    """Return the exchanges with one server in the flow file ``path``, and what was left out.

    The server is ``upstream`` (``http://host:port``), by default the one that was asked most.
    Raises :class:`Problem` for a file that mitmproxy cannot read.
    """
    read, losses = _flows(path)
    flows = [one for one in read if isinstance(one, http.HTTPFlow)]
    losses += _strangers(len(read) - len(flows))
    ours = next((one.metadata[KEY]["header"] for one in flows if KEY in one.metadata), None)
    if ours is not None:
        header = header_from(Document(ours, str(path), {}))
    else:
        servers = Counter(map(_server, flows))
        upstream = upstream or max(servers, key=servers.__getitem__, default=None)
        flows = [one for one in flows if _server(one) == upstream]
        others = [(n, server) for server, n in servers.items() if server != upstream]
        losses += [f"{n} exchanges with {server}, another server" for n, server in others]
        header = Header(_recorded(flows), upstream, {"mitmproxy flows": path.name})
    reader = _Reader(header)
    return Cassette(header, entries_of(map(reader.strand, flows))), losses


class _Reader:
    """Reads flows relative to the moment of one header."""

    def __init__(self, header: Header) -> None:
        self._began = moment_of(header).timestamp()
        self._connections: dict[str, str] = {}
        self._sockets = 0

    def strand(self, read: http.HTTPFlow) -> Strand:
        """Return the strand of a flow."""
        extra = read.metadata.get(KEY, {})
        at = extra.get("at", self._at(read.request.timestamp_end or read.request.timestamp_start))
        request = _request(read.request, extra.get("requestTruncated", 0))
        who = self._connections.setdefault(read.client_conn.id, f"c{len(self._connections) + 1}")
        if read.response is None:
            first: Entry = self._end(read, extra, at, request, who)
            assert isinstance(first, End)
            return Strand(extra.get("number", completed(first)), first)
        done = read.response.timestamp_end or read.response.timestamp_start
        took = extra.get("took", max(round(self._at(done) - at, 3), 0.0))
        answer = _response(read.response, extra.get("truncated", 0))
        who = extra.get("connection") if extra else who
        socket = self._socket(read, extra)
        exchange = Exchange(at, took, request, answer, extra.get("agent"), who, socket)
        strand = Strand(extra.get("number", completed(exchange)), exchange)
        if read.websocket and socket:
            self._fill(strand, read.websocket, extra, socket)
        return strand

    def _end(self, read: http.HTTPFlow, extra: Plain, at: float, request: Request, who: str) -> End:
        reason = read.error.msg if read.error else "no response"
        took = round(self._at(read.error.timestamp) - at, 3) if read.error else None
        return End(
            at,
            extra.get("of", who),
            reason,
            extra["took"] if extra else took,
            extra.get("agent"),
            request,
        )

    def _socket(self, read: http.HTTPFlow, extra: Plain) -> str | None:
        if read.websocket is None:
            return None
        self._sockets += 1
        return str(extra.get("socket", f"w{self._sockets}"))

    def _fill(
        self, strand: Strand, data: websocket.WebSocketData, extra: Plain, socket: str
    ) -> None:
        told = extra.get("frames") or [{}] * len(data.messages)
        for message, more in zip(data.messages, told, strict=False):
            frame = self._frame(message, more, socket)
            strand.frames.append((more.get("number", frame.at), frame))
        if extra.get("closed"):
            closed = dict(extra["closed"])
            number = closed.pop("number")
            end = entry_from(Document(closed, socket, {}))
            assert isinstance(end, End)
            strand.closing = (number, end)
        elif data.timestamp_end and not extra:
            side = "client" if data.closed_by_client else "server"
            at = self._at(data.timestamp_end)
            reason = f"closed by {side}, code {data.close_code}"
            strand.closing = (at, End(at, socket, reason))

    def _frame(self, message: websocket.WebSocketMessage, more: Plain, socket: str) -> Frame:
        at = more.get("at", self._at(message.timestamp))
        sender: Literal["client", "server"] = "client" if message.from_client else "server"
        body = _body(message.content, "", more.get("truncated", 0))
        return Frame(at, socket, sender, body, more.get("agent"))

    def _at(self, moment: float) -> float:
        return max(round((moment - self._began) * 1000, 3), 0.0)


def _flows(path: Path) -> tuple[list[flow.Flow], list[str]]:
    read: list[flow.Flow] = []
    try:
        with path.open("rb") as file:
            for one in io.FlowReader(file).stream():
                read.append(one)  # noqa: PERF402 - what was read before a fault counts
    except FlowReadException as fault:
        if not read:
            raise Problem(f"not a flow file: {fault}", where=Place(str(path))) from None
        return read, [f"what follows flow {len(read)}: the file is damaged or was cut off there"]
    except OSError as fault:
        raise Problem(f"cannot read: {fault.strerror or fault}", where=Place(str(path))) from None
    return read, []


def _strangers(count: int) -> list[str]:
    return [f"{count} flows that are no HTTP"] if count else []


def _request(read: http.Request, truncated: int) -> Request:
    path, _, query = read.path.partition("?")
    headers = _headers(read.headers)
    content = read.get_content(strict=False) or b""
    return Request(
        read.method,
        path,
        query_from(parse_qsl(query, keep_blank_values=True)),
        headers,
        _body(content, read.headers.get("content-type", ""), truncated),
    )


def _response(read: http.Response, truncated: int) -> Response:
    content = read.get_content(strict=False) or b""
    body = _body(content, read.headers.get("content-type", ""), truncated)
    return Response(read.status_code, _headers(read.headers), body)


def _body(content: bytes, content_type: str, truncated: int) -> Body:
    body = body_of(content, content_type)
    return Body(body.kind, body.value, body.truncated + truncated)


def _headers(headers: http.Headers) -> Headers:
    return without_framing(
        (name.decode("utf-8", "surrogateescape"), value.decode("utf-8", "surrogateescape"))
        for name, value in headers.fields
    )


def _server(read: http.HTTPFlow) -> str:
    request = read.request
    usual = {"http": 80, "https": 443}.get(request.scheme)
    port = "" if request.port == usual else f":{request.port}"
    return f"{request.scheme}://{request.host}{port}"


def _recorded(flows: list[http.HTTPFlow]) -> str:
    began = min((one.request.timestamp_start for one in flows), default=0.0)
    moment = datetime.fromtimestamp(began, UTC)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
