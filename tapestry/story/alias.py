"""Typed aliases: symbols for values that differ between runs but must agree within one.

An email's id is another one in every run, yet all messages about it must carry the same. So ids
become ``email#1``, ``user#2``, ``reference#4`` in order of first appearance per kind, wherever they
stand: in a declared field, a path, a uri, a sentence. Renaming every id then changes nothing, and
mixing two of them up shows. Pure; used to compare stories, to match a live call with a taped one,
and to drive a tape against a live server.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, unquote

from tapestry.story.model import Call, Delivery, Story

Path = tuple[str | int, ...]
Scalar = str | int

_ALIAS = re.compile(r"\b([a-z][a-z-]*)#(\d+)")
_ALIAS_LIKE = re.compile(r"\b([a-z][a-z-]*)(#+)(\d+)")
_ALIAS_LIKE_OR_WORD = re.compile(rf"{_ALIAS_LIKE.pattern}|(?P<word>[\w.~%-]+)")
_URI = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://|/)\S*$")
_LAST_SEGMENT = re.compile(r"(?P<before>[^?#]*/)(?P<id>[^/?#]+)(?P<after>/*(?:[?#].*)?)$")
_HOST = re.compile(r"https?://[^/?#\s]+(?=[/?#]|$)", re.IGNORECASE)

MIN_SEGMENT = 3
MIN_TOKEN = 8


class InUri(Protocol):
    """An identifier that stands in a uri."""

    @property
    def kind(self) -> str:
        """Return its kind."""

    @property
    def value(self) -> str:
        """Return the bare id."""


class Fields(Protocol):
    """Which values are identifiers; the catalogue's table of identifiers is one that knows."""

    def kind(self, path: Path, /) -> str | None:
        """Return the kind of identifier that the field at ``path`` holds, ``None`` for others."""

    def in_uri(self, text: str, /) -> InUri | None:
        """Return the identifier that a uri or path ends with, ``None`` when it has none."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """One identifier in a JSON value: its kind, the bare id, and the path where it stands.

    Of a uri only the last segment is the id: ``/api/v2/users/alice`` names ``alice``.
    """

    kind: str
    value: Scalar
    path: Path


def identifiers(value: Any, fields: Fields, path: Path = ()) -> Iterator[Identifier]:
    """Yield every identifier in ``value``, in document order."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from identifiers(member, fields, (*path, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from identifiers(member, fields, (*path, index))
    else:
        kind, bare = fields.kind(path) if path else None, bare_id(value)
        if kind is not None and bare is not None:
            yield Identifier(kind, bare, path)
        elif isinstance(value, str) and _URI.match(value):
            found = fields.in_uri(value)
            if found is not None:
                yield Identifier(found.kind, found.value, path)


def bare_id(value: Any) -> Scalar | None:
    """Return the id that a field's value holds: itself, or a uri's last segment; else ``None``."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return None
    if isinstance(value, str) and _URI.match(value):
        found = _LAST_SEGMENT.match(value)
        return unquote(found["id"]) if found else None
    return value


def host_neutral(text: str) -> str:
    """Drop scheme and host of an absolute http uri: a server's address is no part of its meaning.

    ``http://gws:8090/api/v2/users/7`` becomes ``/api/v2/users/7``; other text is left alone.
    """
    found = _HOST.match(text)
    return (text[found.end() :] or "/") if found else text


class Aliases:
    """The aliases of one story or one run; numbered from 1 per kind as values are learned."""

    def __init__(self, fields: Fields) -> None:
        """Start with none; ``fields`` is the catalogue's table of identifiers."""
        self._fields = fields
        self._names: dict[tuple[str, Scalar], str] = {}
        self._values: dict[str, Scalar] = {}
        self._text_names: dict[str, str] = {}
        self._highest: Counter[str] = Counter()

    @classmethod
    def of_story(cls, story: Story, fields: Fields) -> Aliases:
        """Return the aliases of all identifiers in ``story``, in order of first appearance."""
        aliases = cls(fields)
        for event in story.events:
            if isinstance(event, Call):
                for part in (event.path, event.query, event.request, event.body):
                    aliases.learn(part)
            elif isinstance(event, Delivery):
                aliases.learn(event.data)
        return aliases

    def learn(self, value: Any, path: Path = ()) -> None:
        """Name every identifier of a JSON value, or of a uri, that has no name yet."""
        for found in identifiers(value, self._fields, path):
            self.name(found.kind, found.value)

    def name(self, kind: str, value: Scalar) -> str:
        """Return the alias of ``value``, giving it the next of its kind when it has none."""
        known = self._names.get((kind, value))
        if known is None:
            known = f"{kind}#{self._highest[kind] + 1}"
            self.assign(kind, value, known)
        return known

    def assign(self, kind: str, value: Scalar, alias: str) -> None:
        """Name ``value`` by an alias that was decided elsewhere (its counterpart in another run).

        Raises :class:`ValueError` when the alias is another value's or not of this kind.
        """
        number = _ALIAS.fullmatch(alias)
        if number is None or number[1] != kind or self._values.get(alias, value) != value:
            raise ValueError(f"{alias} cannot name this value of kind {kind}")
        self._names[kind, value] = alias
        self._values[alias] = value
        self._highest[kind] = max(self._highest[kind], int(number[2]))
        if isinstance(value, str):
            self._text_names.setdefault(value, alias)

    def alias_of(self, kind: str, value: Scalar) -> str | None:
        """Return the alias of a value, ``None`` when it was never learned."""
        return self._names.get((kind, value))

    def all(self) -> tuple[str, ...]:
        """Return every alias, in the order in which they were given."""
        return tuple(self._values)

    def highest(self) -> Counter[str]:
        """Return the highest number that is taken, per kind."""
        return Counter(self._highest)

    def named(self, bare: str) -> str:
        """Return the alias of a bare id, whatever its kind, or the id itself when it has none."""
        return self._text_names.get(bare, bare)

    def value_of(self, alias: str) -> Scalar | None:
        """Return the value that an alias stands for, ``None`` when there is no such alias."""
        return self._values.get(alias)

    def substitute(self, value: Any, path: Path = ()) -> Any:
        """Return a JSON value with every known identifier replaced by its alias."""
        if isinstance(value, dict):
            return {self.text(k): self.substitute(v, (*path, k)) for k, v in value.items()}
        if isinstance(value, list):
            return [self.substitute(v, (*path, i)) for i, v in enumerate(value)]
        if isinstance(value, str | int) and not isinstance(value, bool):
            return self._substitute_field(value, path)
        return value

    def _substitute_field(self, value: Scalar, path: Path) -> Scalar:
        kind = self._fields.kind(path) if path else None
        bare = bare_id(value)
        alias = self._names.get((kind, bare)) if kind and bare is not None else None
        if alias is None:
            return self.text(value) if isinstance(value, str) else value
        found = _LAST_SEGMENT.match(str(value)) if bare != value else None
        if found is None:
            return alias
        return self.text(found["before"]) + alias + self.text(found["after"])

    def text(self, text: str) -> str:
        """Return ``text`` with the ids that stand in it replaced.

        A whole value and a segment of a uri need three characters to be taken for an id, a word in
        a sentence eight with a digit among them: short numbers stand everywhere by chance. Text
        that looks like an alias by itself is escaped (``email##1``), so that nothing is lost.
        """
        if text in self._text_names and _distinctive(text):
            return self._text_names[text]
        in_uri = bool(_URI.match(text))
        if len(text) < MIN_TOKEN and not in_uri and "#" not in text:
            return text  # too short for a word that could be an id
        return _ALIAS_LIKE_OR_WORD.sub(lambda found: self._word(found, in_uri), text)

    def _word(self, found: re.Match[str], in_uri: bool) -> str:
        word = found["word"]
        if word is None:
            return f"{found[1]}#{found[2]}{found[3]}"
        value = unquote(word) if in_uri else word
        alias = self._text_names.get(value)
        if alias is None:
            return word
        return alias if (_distinctive(value) if in_uri else _unmistakable(value)) else word


def fill(value: Any, value_of: Callable[[str], Any]) -> Any:
    """Replace the aliases in a JSON value by the values they stand for now.

    ``value_of`` gives the value of an alias, ``None`` when it has none yet: then the alias stays.
    A text that is an alias and nothing else takes the value with its JSON type. The inverse of
    :meth:`Aliases.substitute`.
    """
    if isinstance(value, dict):
        return {_fill_text(k, value_of): fill(v, value_of) for k, v in value.items()}
    if isinstance(value, list):
        return [fill(member, value_of) for member in value]
    if not isinstance(value, str):
        return value
    if _ALIAS.fullmatch(value):
        found = value_of(value)
        return value if found is None else found
    return _fill_text(value, value_of)


def rename(value: Any, names: Mapping[str, str]) -> Any:
    """Replace the aliases in a substituted JSON value by other aliases, where ``names`` has one."""
    if isinstance(value, dict):
        return {rename(k, names): rename(v, names) for k, v in value.items()}
    if isinstance(value, list):
        return [rename(member, names) for member in value]
    if isinstance(value, str) and "#" in value:
        return _ALIAS.sub(lambda found: names.get(found[0], found[0]), value)
    return value


def aliases_in(value: Any) -> Iterator[str]:
    """Yield every alias that stands in a substituted JSON value, repeats included."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from aliases_in(key)
            yield from aliases_in(member)
    elif isinstance(value, list):
        for member in value:
            yield from aliases_in(member)
    elif isinstance(value, str):
        yield from (found[0] for found in _ALIAS.finditer(value))


def _fill_text(text: str, value_of: Callable[[str], Any]) -> str:
    in_uri = bool(_URI.match(text))

    def one(found: re.Match[str]) -> str:
        if len(found[2]) > 1:
            return f"{found[1]}{found[2][1:]}{found[3]}"
        value = value_of(found[0])
        if value is None:
            return found[0]
        return quote(str(value), safe="") if in_uri else str(value)

    return _ALIAS_LIKE.sub(one, text)


def _distinctive(value: str) -> bool:
    return len(value) >= MIN_SEGMENT and (not value.isdigit() or len(value) >= MIN_TOKEN)


def _unmistakable(value: str) -> bool:
    return len(value) >= MIN_TOKEN and any(character.isdigit() for character in value)
