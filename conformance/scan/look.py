"""Looks at one text: as it stands, at the fields in it, and at whatever is encoded in it.

The same secret may be written plainly, in a query, in a form, in an XML element, percent-encoded or
in base64, or in JSON within JSON. Each layer that opens to readable text is looked at like the
first.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote_plus

from conformance.scan.formats import STAND_IN, signs_by_format
from conformance.scan.letters import keys_in
from conformance.scan.names import signs_by_name
from conformance.scan.sign import Level, Sign

MAX_DEPTH: Final = 4

_FIELD = re.compile(
    r'\bname="?(?P<part>[\w.-]+)"?[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n(?P<part_value>[^\r\n]*)'
    r"|<input\b(?=[^<>]*\bname=[\"']?(?P<input>[\w.-]+))[^<>]*\bvalue=[\"']?"
    r"(?P<input_value>[^\"'<>]+)"
    r"|<(?P<element>[\w.-]+)(?:\s[^<>]*)?>(?P<element_value>[^<>]+)</"
    r"|(?m:^)(?P<line>[A-Za-z][\w-]{1,40}):[ \t]+(?P<line_value>[^\r\n]+)"
    r"|[\"']?(?P<set>[A-Za-z][\w.-]{1,40})[\"']?\s{0,2}(?:=|:(?!//))\s{0,2}"
    r"(?P<set_value>\"[^\"]*\"|'[^']*'"
    r"|(?:(?i:basic|bearer|digest)\s+)?[^\s\"'&;,<>()\[\]{}]+)"
)
_COOKIE_LINE = re.compile(r"(?im)^(?P<name>set-cookie|cookie):[ \t]*(?P<value>[^\r\n]+)")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_BASE64 = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/_-]{8,}={0,2}(?![\w+/=-])")
_FORMATTED = re.compile(
    r"(?:header_|dkim|arc_|received|message_?id|boundary"
    r"|sec-websocket|etag|if-none-match|references|in-reply-to|user-agent|content-type)",
    re.IGNORECASE,
)
"""Names of what keeps its format on a cassette: a key in it would look random either way."""


def look(text: str, name: str = "", depth: int = 0, *, for_keys: bool = True) -> Iterator[Sign]:
    """Yield every sign in ``text``, which stands under ``name``.

    ``for_keys`` is false where any text would look like one.
    """
    yield from signs_by_name(name, text)
    yield from signs_by_format(text)
    for field, value in fields_in(text):
        yield from signs_by_name(field, value)
    if for_keys and not _FORMATTED.match(name):
        yield from _keys(text)
    if depth < MAX_DEPTH:
        for inner in _opened(text):
            yield from look(inner, "", depth + 1)
        yield from _structured(text, depth)


def look_into(value: Any, name: str = "", depth: int = 0) -> Iterator[Sign]:
    """Yield every sign in a JSON value, keys included."""
    match value:
        case dict():
            told = value.get("name", value.get("key"))
            for key, inner in value.items():
                yield from look(key, "", depth)
                under = told if key == "value" and isinstance(told, str) else key
                yield from look_into(inner, under, depth)
        case list():
            for inner in value:
                yield from look_into(inner, name, depth)
        case str():
            yield from look(value, name, depth)
        case int() if not isinstance(value, bool):
            yield from signs_by_name(name, str(value))


def fields_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield every name in ``text`` with the value beside it, in whatever notation."""
    at = 0
    while found := _FIELD.search(text, at):
        form = (found.lastgroup or "").removesuffix("_value")
        value = found[f"{form}_value"].strip("\"'")
        yield found[form], value
        # There may be fields within the value, and in the tag before it.
        at = found.end(form) if form == "element" else found.start(f"{form}_value")
    for found in _COOKIE_LINE.finditer(text):
        yield found["name"], found["value"]


def _keys(text: str) -> Iterator[Sign]:
    for piece in keys_in(text):
        if _readable(piece) is None and not STAND_IN.search(piece):
            yield Sign("high-entropy", Level.SECRET, piece)


def _opened(text: str) -> Iterator[str]:
    """Yield what ``text`` says when it is decoded, in every way in which that says something."""
    if _PERCENT.search(text):
        yield unquote_plus(text)
    if "&" in text and html.unescape(text) != text:
        yield html.unescape(text)
    for found in _BASE64.finditer(text):
        clear = _readable(found.group())
        if clear is not None:
            yield clear


def _readable(piece: str) -> str | None:
    bare = piece.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        clear = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return clear if all(char.isprintable() or char in "\t\r\n" for char in clear) else None


def _structured(text: str, depth: int) -> Iterator[Sign]:
    """Look into JSON that is written in a text, perhaps with a callback or a prefix around it."""
    start = min((at for at in (text.find("{"), text.find("[")) if at >= 0), default=-1)
    end = max(text.rfind("}"), text.rfind("]"))
    if 0 <= start < end:
        try:
            value = json.loads(text[start : end + 1])
        except (ValueError, RecursionError):
            return
        yield from look_into(value, "", depth + 1)
