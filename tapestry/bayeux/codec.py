"""HTTP bodies and WebSocket frames to Bayeux messages and back.

Clients post arrays or single objects, as JSON, as a form field or in a JSONP query, or send them in
text frames; replies are always arrays of UTF-8 JSON (Bayeux 1.0, "Transports"). What a stranger
sends is bounded in bytes, depth and number before anything is made of it, and a fault is told
without showing what the body held.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from tapestry.bayeux.message import (
    MalformedMessages,
    Message,
    OversizedMessages,
    messages_in,
)

CONTENT_TYPE = "application/json;charset=UTF-8"
JSONP_CONTENT_TYPE = "text/javascript;charset=UTF-8"
FORM = "application/x-www-form-urlencoded"
DEFAULT_CALLBACK = "jsonpcallback"
OTHER_FIELDS = 100

_CALLBACK = re.compile(r"[A-Za-z0-9._$-]{1,128}\Z")
_JSONP = re.compile(r"\s*(?:/\*\*/)?\s*[A-Za-z0-9._$-]+\s*\((?P<json>.*)\)\s*;?\s*\Z", re.DOTALL)


_TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may hold: bytes of body, levels of nesting, number of messages."""

    size: int = 1024 * 1024
    depth: int = 64
    messages: int = 1000


LIMITS = Limits()


def decode_body(body: bytes, content_type: str = "", limits: Limits = LIMITS) -> list[Message]:
    """Return the messages of a posted body. Raises :class:`MalformedMessages`.

    JSON is taken whatever it is declared as: ``text/plain`` is common, and some tools call all they
    post a form. A real form has the messages in its ``message`` fields.
    """
    text = _text(body, limits)
    is_form = content_type.partition(";")[0].strip().lower() == FORM
    if is_form and not text.lstrip().startswith(("[", "{")):
        return _decode_fields(text, "message", limits)
    return _decode_json([text], limits)


def decode_frame(text: str, limits: Limits = LIMITS) -> list[Message]:
    """Return the messages of a WebSocket text frame. Raises :class:`MalformedMessages`.

    An empty array is no fault here: faye's client sends one as a heartbeat.
    """
    if len(text) > limits.size or len(text.encode(errors="surrogatepass")) > limits.size:
        raise OversizedMessages(f"the frame is larger than {limits.size} bytes")
    messages = messages_in(_parse(text, limits))
    _check_number(messages, limits)
    return messages


def decode_query(query: str, limits: Limits = LIMITS) -> tuple[list[Message], str]:
    """Return the messages of a callback-polling request, and the name of the function to call.

    Raises :class:`MalformedMessages`, also for a name that is more than a plain identifier: it
    becomes part of a script.
    """
    text = _text(query.encode(), limits)
    named = dict(_fields(text, limits)).get("jsonp") or DEFAULT_CALLBACK
    if not _CALLBACK.match(named):
        raise MalformedMessages("the jsonp parameter is not the name of a function")
    return _decode_fields(text, "message", limits), named


def decode_jsonp(text: str, limits: Limits = LIMITS) -> list[Message]:
    """Return the messages in a callback-polling response, ``name([...])``.

    Raises :class:`MalformedMessages`.
    """
    found = _JSONP.match(text)
    if found is None:
        raise MalformedMessages("not the call of a JSONP function")
    return _decode_json([found["json"]], limits)


def encode_body(messages: Iterable[Message]) -> bytes:
    """Return the messages as the bytes of one JSON array."""
    return json.dumps(list(messages), separators=(",", ":")).encode()


def encode_jsonp(messages: Iterable[Message], callback: str) -> bytes:
    """Return the messages as a script that calls ``callback`` with them.

    The comment in front keeps a browser plug-in from taking the name for its own file format.
    """
    return b"/**/" + callback.encode() + b"(" + encode_body(messages) + b");"


def _text(body: bytes, limits: Limits) -> str:
    if len(body) > limits.size:
        raise OversizedMessages(f"the body is larger than {limits.size} bytes")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise MalformedMessages(f"the body is not UTF-8: byte {fault.start}") from None


def _decode_fields(text: str, name: str, limits: Limits) -> list[Message]:
    values = [value for field, value in _fields(text, limits) if field == name]
    if not values:
        raise MalformedMessages(f"there is no {name!r} field")
    return _decode_json(values, limits)


def _fields(text: str, limits: Limits) -> list[tuple[str, str]]:
    """Return the fields of a form; a client may send some of its own beside the messages."""
    most = limits.messages + OTHER_FIELDS
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=most)
    except ValueError:
        raise MalformedMessages(f"there are more than {most} fields in the body") from None


def _decode_json(texts: Iterable[str], limits: Limits) -> list[Message]:
    messages = [message for text in texts for message in messages_in(_parse(text, limits))]
    if not messages:
        raise MalformedMessages("there is no message in the body")
    _check_number(messages, limits)
    return messages


def _check_number(messages: list[Message], limits: Limits) -> None:
    if len(messages) > limits.messages:
        raise MalformedMessages(f"there are more than {limits.messages} messages in the body")


def _parse(text: str, limits: Limits) -> Any:
    _check_depth(text, limits.depth)
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except json.JSONDecodeError as fault:
        place = f"line {fault.lineno}, column {fault.colno}"
        raise MalformedMessages(f"the body is not JSON: {fault.msg}", why=place) from None
    except ValueError:  # an integer of more digits than Python reads
        raise MalformedMessages("the body holds a number that is too long") from None


def _check_depth(text: str, depth: int) -> None:
    """Refuse text that nests too deeply, before a parser recurses into it."""
    if text.count("[") + text.count("{") <= depth:
        return
    level = 0
    for token in _TOKENS.finditer(text):
        if token[0] in "[{":
            level += 1
            if level > depth:
                raise MalformedMessages(f"the body is nested deeper than {depth} levels")
        elif token[0] in "]}":
            level -= 1


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedMessages(f"the body is not JSON: {name} is no JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise MalformedMessages("the body holds a number that is too large")
    return number
