"""Turns the bytes of a payload into the form in which a tape keeps them, and back.

JSON is kept as a structure so that people, schemas and comparisons can use it; other text as text,
the rest as base64. What looks like JSON but could not be written as JSON again (NaN, numbers beyond
range, absurd nesting) stays text, for a tape never changes what was said.
"""

from __future__ import annotations

import base64
import json
import math
from dataclasses import replace
from typing import Any, NoReturn

from tapestry.tape.flow import depth
from tapestry.tape.model import EMPTY, Body, BodyKind

MAX_BODY_DEPTH = 90
MAX_BODY_BYTES = 8 * 1024 * 1024


def body_of(content: bytes, content_type: str = "") -> Body:
    """Return the body that holds ``content``, already freed of any content coding (gzip).

    What exceeds ``MAX_BODY_BYTES`` is cut off and counted in ``truncated``.
    """
    if not content:
        return EMPTY
    kept = _kept(content)
    return replace(_body(content[:kept], content_type), truncated=len(content) - kept)


def content_of(body: Body) -> bytes:
    """Return the bytes that ``body`` stands for; JSON is written compactly, in UTF-8."""
    match body.kind:
        case BodyKind.EMPTY:
            return b""
        case BodyKind.BASE64:
            return base64.b64decode(body.value)
        case BodyKind.TEXT:
            return str(body.value).encode("utf-8", "surrogatepass")
        case BodyKind.JSON:
            return _json_bytes(body.value)


def _kept(content: bytes) -> int:
    """Return how many bytes are kept; no UTF-8 sequence is cut in two."""
    end = min(len(content), MAX_BODY_BYTES)
    while 0 < end < len(content) and content[end] & 0xC0 == 0x80:
        end -= 1
    return end


def _body(content: bytes, content_type: str) -> Body:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return Body(BodyKind.BASE64, base64.b64encode(content).decode("ascii"))
    if "json" in content_type.lower() or text.lstrip()[:1] in ("{", "["):
        try:
            return Body(BodyKind.JSON, _structure(text))
        except (ValueError, RecursionError):
            pass
    return Body(BodyKind.TEXT, text)


def _structure(text: str) -> Any:
    value = json.loads(text, parse_float=_finite, parse_constant=_refuse)
    if text.count("[") + text.count("{") > MAX_BODY_DEPTH and depth(value) > MAX_BODY_DEPTH:
        raise ValueError("nested too deeply")
    return value


def _json_bytes(value: Any) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate: only an escape can say it
        return json.dumps(value, separators=(",", ":")).encode("ascii")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is out of range")
    return number


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")
