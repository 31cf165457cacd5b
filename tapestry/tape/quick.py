"""Reads an exchange in flow style without looking at what the server answered.

Bodies of answers are most of a long tape, and a play serves few of them, late, or just as they
stand. So an exchange that is written as recordings write it is cut before the body, and the body is
parsed when somebody asks for it. Whatever is not exactly in that form, this leaves to the careful
reader, which also knows how to say what is wrong.
"""

from __future__ import annotations

import json
import math
from typing import Any, Final, NoReturn

from tapestry.documents import MAX_DEPTH
from tapestry.problems import Problem
from tapestry.tape.flow import parse_flow
from tapestry.tape.model import EMPTY, Body, BodyKind, Exchange, Headers, Request, Response, Unread
from tapestry.tape.pieces import Piece

MIN_BYTES: Final = 512
"""A smaller body is read at once: it costs less than to remember where it stands."""

_KIND = b'{"kind":"exchange",'
_RESPONSE = b',"response":{"status":'
_BODY = b'"body":{"json":'
_END = b"}}}\n"

_EXCHANGE = {"kind", "at", "took", "request", "response"}
_WHO = ("agent", "connection", "socket")
_WORDS = {kind.value: kind for kind in BodyKind}


class _Other(Exception):
    """Not the form in which recordings write an exchange."""


def exchange_from(piece: Piece) -> Exchange | None:
    """Return the exchange in ``piece``, ``None`` when the careful reader must look at it."""
    data = piece.data
    if not (piece.flow and piece.closed and data.startswith(_KIND)):
        return None
    if data.count(b"[") + data.count(b"{") > MAX_DEPTH * 10:
        return None
    try:
        cut = _body_at(data)
        if cut is None:
            return _exchange(_DECODER.decode(data.decode()), None)
        head = data[:cut].removesuffix(b",") + b"}}"
        unread = Unread(data[cut + len(_BODY) : -len(_END)], lambda source: _read(source, piece))
        return _exchange(_DECODER.decode(head.decode()), unread)
    except (_Other, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return None


def _body_at(data: bytes) -> int | None:
    """Return where the JSON body of the answer begins, when that is worth cutting off.

    Neither mark can stand within a string, where quotation marks are escaped.
    """
    response = data.find(_RESPONSE)
    cut = data.find(_BODY, response) if response > 0 else -1
    begin = cut + len(_BODY)
    if cut < 0 or len(data) - begin < MIN_BYTES or not data.endswith(_END):
        return None
    whole = data[begin : begin + 1] in b"{[" and data[-len(_END) - 1 : -len(_END)] in b"}]"
    return cut if whole else None


def _read(source: bytes, piece: Piece) -> Any:
    try:
        return parse_flow(source.decode(), piece.where).value
    except UnicodeDecodeError:
        raise Problem("not UTF-8 text: the body of an answer", where=piece.where) from None


def _exchange(plain: dict[str, Any], unread: Unread | None) -> Exchange:
    if not _EXCHANGE <= plain.keys() <= _EXCHANGE.union(_WHO):
        raise _Other
    request, response = plain["request"], plain["response"]
    if not request.keys() <= {"method", "path", "query", "headers", "body"}:
        raise _Other
    if not response.keys() <= {"status", "headers", "body"}:
        raise _Other
    status = response["status"]
    if type(status) is not int or status < 0:
        raise _Other
    body = _body(response) if unread is None else Body.unread(unread)
    return Exchange(
        _number(plain["at"]),
        _number(plain["took"]),
        Request(
            _text(request["method"]),
            _text(request["path"]),
            _query(request.get("query", {})),
            _headers(request),
            _body(request),
        ),
        Response(status, _headers(response), body),
        *(_text(plain[key]) if key in plain else None for key in _WHO),
    )


def _headers(plain: dict[str, Any]) -> Headers:
    pairs = tuple([(name, value) for name, value in plain.get("headers", ())])
    for name, value in pairs:
        if type(name) is not str or type(value) is not str:
            raise _Other
    return pairs


def _query(plain: Any) -> Any:
    for value in plain.values():
        if type(value) is not str and not (
            type(value) is list and all(type(item) is str for item in value)
        ):
            raise _Other
    return plain


def _body(plain: dict[str, Any]) -> Body:
    if "body" not in plain:
        return EMPTY
    ((word, value),) = plain["body"].items()
    kind = _WORDS[word]
    if kind is BodyKind.EMPTY or (kind is not BodyKind.JSON and type(value) is not str):
        raise _Other
    return Body(kind, value)


def _text(value: Any) -> str:
    if type(value) is not str:
        raise _Other
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not (value >= 0 and math.isfinite(value)):
        raise _Other
    return float(value)


def _refuse(word: str) -> NoReturn:
    raise _Other


_DECODER = json.JSONDecoder(parse_constant=_refuse)
