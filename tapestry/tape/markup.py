"""Tells, within a message body, what is prose from what only holds it: tags, entities, addresses.

A body is pseudonymised letter by letter, but an HTML mail must still be an HTML mail afterwards, so
element and attribute names, entities and harmless attribute values are left as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_ELEMENTS = (
    "a abbr address area article aside b base blockquote body br button caption center cite code"
    " col colgroup dd del details dfn dir div dl dt em embed fieldset figcaption figure font footer"
    " form frame h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd label legend li"
    " link main map mark meta nav noscript object ol option p param pre q s samp script section"
    " select small span strike strong style sub summary sup table tbody td textarea tfoot th thead"
    " title tr tt u ul var"
)
_HARMLESS = (
    "align bgcolor border cellpadding cellspacing charset class color cols colspan dir face height"
    " http-equiv lang rel rows rowspan size style target type valign width"
)
ELEMENTS: Final = frozenset(_ELEMENTS.split())
HARMLESS_ATTRIBUTES: Final = frozenset(_HARMLESS.split())

_ADDRESS = r"(?<![\w.+'~-])[\w.+'~-]*[\w+~-](?:@|%40)[\w-]+(?:\.[\w-]+)*"
_ADDRESS_PATTERN = re.compile(_ADDRESS)
_REST = (
    r"(?P<kept>(?:https?|ftp|mailto|tel|cid|data):|&(?:[a-zA-Z]{2,8}|\#\d{1,7}|\#x[0-9a-fA-F]{1,6});)"
    r"|(?P<tag></?(?P<element>[a-zA-Z][a-zA-Z0-9]*)(?P<attributes>(?:\s[^<>]*)?)/?>)"
)
_PIECE = re.compile(rf"(?P<address>{_ADDRESS})|{_REST}")
_PIECE_OF_NO_ADDRESS = re.compile(_REST)
_PLAIN = re.compile(r"[^<&:@%]*")
_ATTRIBUTE = re.compile(r"(?P<name>[\w:-]+)(?P<is>\s*=\s*)(?P<value>\"[^\"]*\"|'[^']*'|[^\s\"'>]+)")

Replace = Callable[[str], str]


def replace_addresses(text: str, other: Replace, address: Replace) -> str:
    """Return ``text`` with ``address`` applied to the mail addresses in it, ``other`` between."""
    if not _may_hold_address(text):
        return other(text)
    parts: list[str] = []
    end = 0
    for found in _ADDRESS_PATTERN.finditer(text):
        parts += [other(text[end : found.start()]), address(found.group())]
        end = found.end()
    return "".join([*parts, other(text[end:])])


def replace_prose(text: str, prose: Replace, address: Replace) -> str:
    """Return ``text`` with ``prose`` applied between its tags and ``address`` to its addresses."""
    if _PLAIN.fullmatch(text):
        return prose(text)
    pieces = _PIECE if _may_hold_address(text) else _PIECE_OF_NO_ADDRESS
    parts: list[str] = []
    end = 0
    for piece in pieces.finditer(text):
        parts += [prose(text[end : piece.start()]), _piece(piece, prose, address)]
        end = piece.end()
    return "".join([*parts, prose(text[end:])])


def _may_hold_address(text: str) -> bool:
    return "@" in text or "%40" in text


def _piece(piece: re.Match[str], prose: Replace, address: Replace) -> str:
    whole = piece.group()
    if piece.lastgroup == "address":
        return address(whole)
    if piece.lastgroup == "kept":
        before = piece.string[max(piece.start() - 1, 0) : piece.start()]
        ends_a_word = whole[0] != "&" and before.isalnum()  # "hotel:" ends in "tel:"
        return prose(whole) if ends_a_word else whole
    if piece["element"].lower() not in ELEMENTS:
        return prose(whole)
    start = piece.start("attributes") - piece.start()
    attributes = _attributes(piece["attributes"], prose, address)
    return whole[:start] + attributes + whole[start + len(piece["attributes"]) :]


def _attributes(text: str, prose: Replace, address: Replace) -> str:
    parts: list[str] = []
    end = 0
    for found in _ATTRIBUTE.finditer(text):
        value = found["value"]
        if found["name"].lower() not in HARMLESS_ATTRIBUTES:
            value = replace_prose(value, prose, address)
        parts += [prose(text[end : found.start()]), found["name"], found["is"], value]
        end = found.end()
    return "".join([*parts, prose(text[end:])])
