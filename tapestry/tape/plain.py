"""Turns entries into plain JSON-like values and back: the one place that knows a cassette's keys.

Block and flow style are two ways to print the same plain values, so the vocabulary and order of
keys (cassette format, version 1) stand here and nowhere else. Defaults are left out on writing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from tapestry.documents import Document
from tapestry.tape.model import (
    EMPTY,
    FORMAT,
    Body,
    BodyKind,
    End,
    Entry,
    Exchange,
    Frame,
    Header,
    Headers,
    Query,
    Request,
    Response,
)
from tapestry.tape.node import Node

Plain = dict[str, Any]


def to_plain(value: Header | Entry) -> Plain:
    """Return ``value`` as a mapping of JSON values in the order in which it is written."""
    match value:
        case Header():
            return _header(value)
        case Exchange():
            return _exchange(value)
        case Frame():
            return _frame(value)
        case End():
            return _end(value)


def header_from(document: Document) -> Header:
    """Return the header that ``document`` holds. Raises :class:`~tapestry.problems.Problem`."""
    node = Node(document, document.value)
    if "tapestry" not in node.mapping():
        raise node.problem(
            "the first document is not a cassette header",
            remedy=f"begin the file with 'tapestry: {FORMAT}'",
        )
    version = Node(document, node.value["tapestry"], ("tapestry",))
    if version.whole_number() != FORMAT:
        raise version.problem(
            f"cassette format {version.value} cannot be read, only {FORMAT}",
            remedy="use the version of Tapestry that wrote it, or a newer one",
        )
    fields = node.fields(("tapestry", "recorded"), ("upstream", "tool", "redaction"))
    tool = fields["tool"].mapping() if "tool" in fields else {}
    redaction = fields["redaction"].mapping() if "redaction" in fields else None
    return Header(
        recorded=fields["recorded"].text(),
        upstream=_optional_text(fields, "upstream"),
        tool={name: version.text() for name, version in tool.items()},
        redaction=redaction and {key: value.value for key, value in redaction.items()},
    )


def entry_from(document: Document) -> Entry:
    """Return the entry that ``document`` holds. Raises :class:`~tapestry.problems.Problem`."""
    node = Node(document, document.value)
    fields = node.mapping()
    if "kind" not in fields:
        kinds = ", ".join(_READERS)
        raise node.problem(
            "not an entry: key 'kind' is missing", remedy=f"add kind: one of {kinds}"
        )
    return _READERS[fields["kind"].one_of(_READERS)](node)


def _header(header: Header) -> Plain:
    optional = {"upstream": header.upstream, "tool": dict(header.tool) or None}
    redaction = None if header.redaction is None else dict(header.redaction)
    plain: Plain = {"tapestry": header.version, "recorded": header.recorded}
    return plain | _present({**optional, "redaction": redaction})


def _exchange(exchange: Exchange) -> Plain:
    who = {
        "agent": exchange.agent,
        "connection": exchange.connection,
        "socket": exchange.socket,
    }
    return {
        "kind": "exchange",
        "at": exchange.at,
        "took": exchange.took,
        **_present(who),
        "request": _request(exchange.request),
        "response": _response(exchange.response),
    }


def _frame(frame: Frame) -> Plain:
    return {
        "kind": "frame",
        "at": frame.at,
        "socket": frame.socket,
        "from": frame.sender,
        **_present({"agent": frame.agent}),
        "body": _body(frame.body),
    }


def _end(end: End) -> Plain:
    request = _request(end.request) if end.request else None
    return {
        "kind": "end",
        "at": end.at,
        **_present({"took": end.took, "agent": end.agent}),
        "of": end.of,
        "reason": end.reason,
        **_present({"request": request}),
    }


def _request(request: Request) -> Plain:
    plain: Plain = {"method": request.method, "path": request.path}
    if request.query:
        plain["query"] = {
            name: value if isinstance(value, str) else list(value)
            for name, value in request.query.items()
        }
    return plain | _payload(request.headers, request.body)


def _response(response: Response) -> Plain:
    return {"status": response.status, **_payload(response.headers, response.body)}


def _payload(headers: Headers, body: Body) -> Plain:
    plain: Plain = {}
    if headers:
        plain["headers"] = [list(pair) for pair in headers]
    if body != EMPTY:
        plain["body"] = _body(body)
    return plain


def _body(body: Body) -> Plain:
    plain: Plain = {body.kind.value: body.value}
    return plain | ({"truncated": body.truncated} if body.truncated else {})


def _present(fields: Plain) -> Plain:
    return {key: value for key, value in fields.items() if value is not None}


def _exchange_from(node: Node) -> Exchange:
    fields = node.fields(
        ("kind", "at", "took", "request", "response"), ("agent", "connection", "socket")
    )
    return Exchange(
        at=fields["at"].number(),
        took=fields["took"].number(),
        request=_request_from(fields["request"]),
        response=_response_from(fields["response"]),
        agent=_optional_text(fields, "agent"),
        connection=_optional_text(fields, "connection"),
        socket=_optional_text(fields, "socket"),
    )


def _frame_from(node: Node) -> Frame:
    fields = node.fields(("kind", "at", "socket", "from", "body"), ("agent",))
    sender: Literal["client", "server"] = (
        "client" if fields["from"].one_of(("client", "server")) == "client" else "server"
    )
    return Frame(
        at=fields["at"].number(),
        socket=fields["socket"].text(),
        sender=sender,
        body=_body_from(fields["body"]),
        agent=_optional_text(fields, "agent"),
    )


def _end_from(node: Node) -> End:
    fields = node.fields(("kind", "at", "of", "reason"), ("took", "agent", "request"))
    return End(
        at=fields["at"].number(),
        of=fields["of"].text(),
        reason=fields["reason"].text(),
        took=fields["took"].number() if "took" in fields else None,
        agent=_optional_text(fields, "agent"),
        request=_request_from(fields["request"]) if "request" in fields else None,
    )


_READERS: dict[str, Callable[[Node], Entry]] = {
    "exchange": _exchange_from,
    "frame": _frame_from,
    "end": _end_from,
}


def _request_from(node: Node) -> Request:
    fields = node.fields(("method", "path"), ("query", "headers", "body"))
    return Request(
        method=fields["method"].text(),
        path=fields["path"].text(),
        query=_query_from(fields["query"]) if "query" in fields else {},
        headers=_headers_from(fields["headers"]) if "headers" in fields else (),
        body=_body_from(fields["body"]) if "body" in fields else EMPTY,
    )


def _response_from(node: Node) -> Response:
    fields = node.fields(("status",), ("headers", "body"))
    return Response(
        status=fields["status"].whole_number(),
        headers=_headers_from(fields["headers"]) if "headers" in fields else (),
        body=_body_from(fields["body"]) if "body" in fields else EMPTY,
    )


def _query_from(node: Node) -> Query:
    return {
        name: [item.text() for item in value.items()]
        if isinstance(value.value, list)
        else value.text()
        for name, value in node.mapping().items()
    }


def _headers_from(node: Node) -> Headers:
    return tuple(_pair_from(item) for item in node.items())


def _pair_from(node: Node) -> tuple[str, str]:
    pair = node.items()
    if len(pair) != 2:
        raise node.problem(f"a header is [name, value], not {len(pair)} items")
    return pair[0].text(), pair[1].text()


def _body_from(node: Node) -> Body:
    kinds = [kind.value for kind in BodyKind]
    fields = node.fields((), (*kinds, "truncated"))
    present = [kind for kind in BodyKind if kind in fields]
    if len(present) != 1:
        raise node.problem(f"a body has exactly one of {', '.join(kinds)}, this has {len(present)}")
    kind, value = present[0], fields[present[0]]
    if kind is BodyKind.EMPTY and value.value is not True:
        raise value.problem("an empty body is written 'empty: true'")
    if kind in (BodyKind.TEXT, BodyKind.BASE64):
        value.text()
    truncated = fields["truncated"].whole_number() if "truncated" in fields else 0
    return Body(kind, value.value, truncated)


def _optional_text(fields: dict[str, Node], key: str) -> str | None:
    return fields[key].text() if key in fields else None
