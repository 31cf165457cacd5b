"""Goes through a structured document: to each value its path and the names that it stands under."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from conformance.scan.letters import is_little, reads_like_language
from conformance.scan.look import fields_in, look
from conformance.scan.names import signs_by_name
from conformance.scan.readable import Telling, telling
from conformance.scan.sign import Finding, Level, Sign, masked
from tapestry.documents import Document, Path_
from tapestry.problems import Place

_USER = re.compile(r"/users/([^\s/?#;&\"'<>,)\]}]+)")
_OPAQUE = re.compile(r"(?=.*\d)[0-9A-Za-z-]+|me")


def finding_of(sign: Sign, where: Place, path: str, entry: int | None) -> Finding:
    """Return ``sign`` as a finding, its value masked."""
    return Finding(sign.kind, sign.level, where, path, entry, masked(sign.value))


@dataclass(slots=True)
class Walk:
    """Goes through documents, and keeps what only makes sense when all of it is known."""

    texts: dict[tuple[Telling, str], list[str]] = field(default_factory=dict)
    firsts: dict[tuple[Telling, str], Finding] = field(default_factory=dict)

    def findings(self, document: Document, entry: int | None) -> Iterator[Finding]:
        """Yield what is found in one document."""
        for path, names, value in leaves(document.value):
            where = document.place(*path)
            for sign in signs_of(names, value):
                yield finding_of(sign, where, _json_path(path), entry or None)
            for kind, key, text in told_in(names, value):
                self.texts.setdefault((kind, key), []).append(text)
                sign = Sign(f"readable-{kind}", Level.PERSONAL, text)
                first = finding_of(sign, where, _json_path(path), entry or None)
                self.firsts.setdefault((kind, key), first)

    def readable(self) -> Iterator[Finding]:
        """Yield the first place of each key under which texts are still language."""
        return (self.firsts[key] for key in readable_keys(self.texts))


def readable_keys(texts: dict[tuple[Telling, str], list[str]]) -> list[tuple[Telling, str]]:
    """Return the keys whose texts are language; those with few letters are taken together."""
    distinct = {key: list(dict.fromkeys(some)) for key, some in texts.items()}
    found = [key for key, some in distinct.items() if reads_like_language(some)]
    for kind in Telling:
        few = [key for key, some in distinct.items() if key[0] is kind and is_little(some)]
        if reads_like_language([text for key in few for text in distinct[key]]):
            found += few
    return found


def told_in(names: tuple[str, str], value: Any) -> Iterator[tuple[Telling, str, str]]:
    """Yield the texts about people in a scalar: itself, fields in it, users in its addresses."""
    if not isinstance(value, str) or not value:
        return
    kind = telling(*names)
    if kind is not None:
        yield kind, names[0], value
        return
    for name, text in fields_in(value):
        inner = telling(name, "text")
        if inner is not None:
            yield inner, name, text
    for user in _USER.findall(value):
        if not _OPAQUE.fullmatch(user):
            yield Telling.NAME, "users/", user


def signs_of(names: tuple[str, str], value: Any) -> Iterator[Sign]:
    """Yield every sign in a scalar that stands under ``names``, its own and the one around."""
    name = names[0]
    if name == "base64" and isinstance(value, str):
        try:
            yield from look(base64.b64decode(value).decode("latin-1"))
        except binascii.Error:
            yield from look(value)
    elif isinstance(value, str):
        for_keys = telling(*names) is not Telling.MAIL
        yield from look(value, name, for_keys=for_keys)
        yield from signs_by_name(names[1], value)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield from signs_by_name(name, str(value))


def leaves(
    value: Any, path: Path_ = (), names: tuple[str, str] = ("", "")
) -> Iterator[tuple[Path_, tuple[str, str], Any]]:
    """Yield every scalar with its path, its name and the name around it; keys are texts too."""
    if isinstance(value, dict):
        told = next((value[key] for key in ("name", "key") if isinstance(value.get(key), str)), "")
        for key, inner in value.items():
            under = told if key == "value" and told else key
            yield (*path, key), ("", ""), key
            yield from leaves(inner, (*path, key), (under, names[0]))
    elif isinstance(value, list):
        pair = len(value) == 2 and names[0] == "headers" and isinstance(value[0], str)
        if pair:  # a header line of a cassette
            yield from leaves(value[1], (*path, 1), (value[0], "headers"))
            return
        for n, inner in enumerate(value):
            yield from leaves(inner, (*path, n), names)
    else:
        yield path, names, value


def _json_path(path: Path_) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
