"""Reads an HTTP Archive as a cassette: what a browser's developer tools or a proxy have saved.

Chromium and Firefox keep the messages of a WebSocket in ``_webSocketMessages``. An archive holds
all that a page has loaded; a cassette is about one server, so the rest is left out and told. What
our own writer put into ``_tapestry`` members is taken back as it was.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tapestry.documents import Document
from tapestry.tape.body import body_of
from tapestry.tape.framing import query_from, without_framing
from tapestry.tape.model import (
    EMPTY,
    Body,
    Cassette,
    End,
    Exchange,
    Frame,
    Header,
    Headers,
    Request,
    Response,
)
from tapestry.tape.node import Node
from tapestry.tape.plain import entry_from, header_from
from tapestry.tape.strands import Strand, completed, entries_of

_SCHEMES = {"ws": "http", "wss": "https"}


def cassette_from_har(
    document: Document, upstream: str | None = None
) -> tuple[Cassette, list[str]]:
    """Return the exchanges with one server, and in words for people what was left out.

    The server is ``upstream`` (``http://host:port``), by default the one that was asked most.
    Raises :class:`~tapestry.problems.Problem` at the place of whatever is no HAR.
    """
    log = Node(document, document.value).mapping().get("log")
    if log is None:
        raise Node(document, document.value).problem("not a HAR: key 'log' is missing")
    members = log.mapping()
    nodes = members["entries"].items() if "entries" in members else []
    servers = Counter(_server(node) for node in nodes)
    ours = members.get("_tapestry")
    header = header_from(Document(ours.value, document.file, {})) if ours else None
    if header is None:
        upstream = upstream or max(servers, key=servers.__getitem__, default=None)
        nodes = [node for node in nodes if _server(node) == upstream]
        header = Header(_began(nodes), upstream, {"har": _creator(members)})
    reader = _Reader(header)
    strands = [strand for n, node in enumerate(nodes) for strand in reader.strands(node, n)]
    if not ours:
        strands = _numbered(strands)
    others = [] if ours else _others(servers, upstream)
    return Cassette(header, entries_of(strands)), [*others, *reader.losses()]


class _Reader:
    """Reads entries relative to the moment of one header."""

    def __init__(self, header: Header) -> None:
        self._began = _moment(header.recorded) or datetime.fromtimestamp(0, UTC)
        self._connections: dict[str, str] = {}
        self._sockets = 0
        self._bodiless = 0

    def losses(self) -> Iterator[str]:
        if self._bodiless:
            yield f"{self._bodiless} bodies, which the HAR has not kept (recorded as truncated)"

    def strands(self, node: Node, number: int) -> Iterator[Strand]:
        """Yield the strand of one entry; nothing for what never reached a server."""
        fields = node.mapping()
        request, extra = _request(_member(fields, node, "request")), _extra(fields)
        started = _moment(_text(fields, "startedDateTime"))
        if started is None:
            raise node.problem("startedDateTime is no moment of ISO 8601")
        at = extra.get("at", round((started - self._began).total_seconds() * 1000, 3))
        took = max(round(float(fields["time"].value or 0), 3), 0.0) if "time" in fields else 0.0
        answer = _member(fields, node, "response").mapping()
        request = replace(request, body=_cut(request.body, extra.get("requestTruncated", 0)))
        if not answer["status"].value if "status" in answer else True:
            end = self._end(fields, extra, at, took, request, answer)
            yield Strand(extra.get("number", number), end)
            return
        socket = self._socket(fields, extra)
        first = Exchange(
            at,
            took,
            request,
            self._response(answer, extra),
            extra.get("agent"),
            self._connection(fields, extra),
            socket,
        )
        yield self._strand(Strand(extra.get("number", number), first), fields, extra, socket)

    def _end(
        self,
        fields: dict[str, Node],
        extra: dict[str, Any],
        at: float,
        took: float,
        request: Request,
        answer: dict[str, Node],
    ) -> End:
        reason = str(answer["_error"].value) if "_error" in answer else "no response"
        of = extra.get("of") or self._connection(fields, extra) or "unknown"
        return End(
            at, of, reason, extra.get("took", took) if extra else took, extra.get("agent"), request
        )

    def _strand(
        self, strand: Strand, fields: dict[str, Node], extra: dict[str, Any], socket: str | None
    ) -> Strand:
        if socket is None:
            return strand
        messages = fields.get("_webSocketMessages")
        for message in messages.items() if messages else []:
            strand.frames.append(self._frame(message, socket, strand.number))
        closed = extra.get("closed")
        if closed:
            number = closed.pop("number")
            end = entry_from(Document(closed, fields["request"].document.file, {}))
            assert isinstance(end, End)
            strand.closing = (number, end)
        return strand

    def _frame(self, node: Node, socket: str, after: float) -> tuple[float, Frame]:
        fields, extra = node.mapping(), _extra(node.mapping())
        moment = datetime.fromtimestamp(_member(fields, node, "time").number(), UTC)
        at = extra.get("at", round((moment - self._began).total_seconds() * 1000, 3))
        data = _text(fields, "data")
        binary = "opcode" in fields and fields["opcode"].value == 2
        content = _binary(node, data) if binary else data.encode("utf-8", "surrogatepass")
        body = _cut(body_of(content), extra.get("truncated", 0))
        sender = "client" if _text(fields, "type") == "send" else "server"
        frame = Frame(at, socket, sender, body, extra.get("agent"))  # type: ignore[arg-type]  # one of two
        return extra.get("number", after), frame

    def _response(self, answer: dict[str, Node], extra: dict[str, Any]) -> Response:
        content = answer["content"].mapping() if "content" in answer else {}
        headers = without_framing(_pairs(answer, "headers"))
        body = _cut(_content(content, headers), extra.get("truncated", 0))
        size = content["size"].value if "size" in content else 0
        if body == EMPTY and isinstance(size, int) and size > 0:
            self._bodiless += 1
            body = replace(body, truncated=size)
        return Response(answer["status"].whole_number(), headers, body)

    def _connection(self, fields: dict[str, Node], extra: dict[str, Any]) -> str | None:
        told = fields.get("connection") or fields.get("_connectionId")
        if told is None or extra:
            return str(told.value) if told else None
        return self._connections.setdefault(str(told.value), f"c{len(self._connections) + 1}")

    def _socket(self, fields: dict[str, Node], extra: dict[str, Any]) -> str | None:
        if "_webSocketMessages" not in fields:
            return None
        self._sockets += 1
        return str(extra.get("socket", f"w{self._sockets}"))


def _request(node: Node) -> Request:
    fields = node.mapping()
    headers = without_framing(_pairs(fields, "headers"))
    url = urlsplit(_text(fields, "url"))
    data = fields["postData"].mapping() if "postData" in fields else {}
    if "text" not in data and "params" in data:  # what some writers keep of a form instead
        form = urlencode(_pairs(data, "params"))
        body = body_of(form.encode(), _type_of(headers))
    else:
        body = _content(data, headers)
    query = query_from(parse_qsl(url.query, keep_blank_values=True))
    return Request(_text(fields, "method"), url.path or "/", query, headers, body)


def _content(fields: dict[str, Node], headers: Headers) -> Body:
    if "text" not in fields:
        return EMPTY
    text = _text(fields, "text")
    coded = "encoding" in fields and fields["encoding"].value == "base64"
    content = _binary(fields["text"], text) if coded else text.encode("utf-8", "surrogatepass")
    return body_of(content, _type_of(headers) or _told(fields, "mimeType"))


def _binary(node: Node, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise node.problem("expected base64, as the encoding says") from None


def _cut(body: Body, truncated: int) -> Body:
    return replace(body, truncated=body.truncated + truncated) if truncated else body


def _server(node: Node) -> str:
    fields = node.mapping()
    url = urlsplit(_text(_member(fields, node, "request").mapping(), "url"))
    return f"{_SCHEMES.get(url.scheme, url.scheme)}://{url.netloc}"


def _others(servers: Counter[str], upstream: str | None) -> list[str]:
    others = [(count, server) for server, count in servers.items() if server != upstream]
    return [f"{count} exchanges with {server}, another server" for count, server in sorted(others)]


def _began(nodes: list[Node]) -> str:
    moments = [_moment(_text(node.mapping(), "startedDateTime")) for node in nodes]
    began = min((moment for moment in moments if moment), default=datetime.fromtimestamp(0, UTC))
    return began.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _creator(log: dict[str, Node]) -> str:
    creator = log["creator"].mapping() if "creator" in log else {}
    return " ".join(filter(None, (_told(creator, "name"), _told(creator, "version")))) or "unknown"


def _numbered(strands: list[Strand]) -> list[Strand]:
    """Number everything by the moment of its completion, for no number was told."""
    for strand in strands:
        strand.number = completed(strand.first)
        if isinstance(strand.first, Exchange) and strand.first.socket:
            strand.number = strand.first.at  # complete with its 101, not with its socket
            strand.first = replace(strand.first, took=0.0)
        strand.frames = [(max(frame.at, strand.number), frame) for _, frame in strand.frames]
    return strands


def _extra(fields: dict[str, Node]) -> dict[str, Any]:
    return dict(fields["_tapestry"].value) if "_tapestry" in fields else {}


def _member(fields: dict[str, Node], node: Node, name: str) -> Node:
    if name not in fields:
        raise node.problem(f"not a HAR entry: key {name!r} is missing")
    return fields[name]


def _text(fields: dict[str, Node], name: str) -> str:
    return fields[name].text() if name in fields else ""


def _told(fields: dict[str, Node], name: str) -> str:
    return str(fields[name].value) if name in fields else ""


def _pairs(fields: dict[str, Node], name: str) -> list[tuple[str, str]]:
    nodes = [node.mapping() for node in fields[name].items()] if name in fields else []
    return [(_text(pair, "name"), _text(pair, "value")) for pair in nodes]


def _type_of(headers: Headers) -> str:
    return next((value for name, value in headers if name.lower() == "content-type"), "")
