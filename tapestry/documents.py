"""Reads and writes YAML documents safely, remembering where every node stands.

A scenario or a target with a fault must be reported at file:line:col, and PyYAML's constructors
forget positions. So values are built here straight from the parser's events, which also lets us
refuse aliases and tags and bound the depth before anything is built. Scalars follow the core schema
of YAML 1.2 (specification section 10.3.2): ``off`` and ``12:30`` are text, not a boolean and a
number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import yaml

from tapestry.problems import Place, Problem

Path_ = tuple[str | int, ...]

MAX_BYTES = 256 * 1024 * 1024
MAX_DEPTH = 100

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

_NULL = re.compile(r"(?:~|null|Null|NULL|)$")
_BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)$")
_INT = re.compile(r"[-+]?[0-9]+$")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$")
_JSON_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str")} | {"!"}


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its JSON-like ``value`` and the place of every node in it."""

    value: Any
    file: str
    places: dict[Path_, Place] = field(repr=False)

    def place(self, *path: str | int) -> Place:
        """Return where the node at ``path`` stands, or its nearest ancestor when it is absent."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return Place(self.file)


def read_document(file: Path) -> Document:
    """Read the only document of ``file``. Raises :class:`Problem` for anything unreadable."""
    documents = list(parse_documents(read_text(file), str(file)))
    if len(documents) != 1:
        raise Problem(
            f"expected one YAML document, found {len(documents)}",
            where=Place(str(file)),
            remedy="keep one document a file; remove extra '---' lines",
        )
    return documents[0]


def read_text(file: Path) -> str:
    """Read ``file`` as UTF-8. Raises :class:`Problem` when missing, too large or not UTF-8."""
    where = Place(str(file))
    try:
        if file.stat().st_size > MAX_BYTES:
            raise Problem(f"file is larger than {MAX_BYTES} bytes", where=where)
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as fault:
        raise Problem(
            f"not UTF-8 text: byte {fault.start} cannot be decoded", where=where
        ) from None
    except OSError as fault:
        raise Problem(f"cannot read: {fault.strerror or fault}", where=where) from None


def parse_documents(text: str, file: str, first_line: int = 1) -> Iterator[Document]:
    """Yield every document in ``text``; ``first_line`` is where ``text`` begins within ``file``."""
    builder = _Builder(file, first_line)
    try:
        for event in yaml.parse(text, Loader=_Loader):
            document = builder.feed(event)
            if document is not None:
                yield document
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        where = builder.place_of(mark) if mark else Place(file)
        raise Problem(f"not YAML: {fault.problem or fault.context}", where=where) from None
    except yaml.YAMLError as fault:
        raise Problem(f"not YAML: {fault}", where=Place(file)) from None


def dump_document(value: Any) -> str:
    """Return ``value`` as one block-style YAML document: stable key order, no aliases."""
    text: str = yaml.dump(
        value, Dumper=_BlockDumper, allow_unicode=True, sort_keys=False, width=10_000
    )
    return text


def resolve_scalar(text: str) -> Any:
    """Return the value that a plain scalar stands for under the YAML 1.2 core schema.

    Raises ``ValueError`` for an integer of more digits than Python reads.
    """
    if _NULL.match(text):
        return None
    if _BOOL.match(text):
        return text[0] in "tT"
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return text


class _Builder:
    """Builds values from parser events with an explicit stack, so depth cannot overflow ours."""

    def __init__(self, file: str, first_line: int) -> None:
        self.file = file
        self.offset = first_line
        self._reset()

    def _reset(self) -> None:
        self.stack: list[_Open] = []
        self.places: dict[Path_, Place] = {}
        self.root: Any = None

    def place_of(self, mark: Any) -> Place:
        return Place(self.file, mark.line + self.offset, mark.column + 1)

    def feed(self, event: Any) -> Document | None:
        match event:
            case yaml.DocumentStartEvent():
                self._reset()
            case yaml.DocumentEndEvent():
                return Document(self.root, self.file, self.places)
            case yaml.AliasEvent():
                self._refuse(event, "aliases are not allowed", "write the value out in full")
            case yaml.ScalarEvent():
                self._check_tag(event)
                self._add(self._scalar(event), event)
            case yaml.MappingStartEvent():
                self._open({}, event)
            case yaml.SequenceStartEvent():
                self._open([], event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.stack.pop()
        return None

    def _scalar(self, event: Any) -> Any:
        if not event.implicit[0]:  # quoted
            return event.value
        try:
            return resolve_scalar(event.value)
        except ValueError:  # more digits than Python reads into an integer
            return self._refuse(event, "the number is too long", "quote it to make it text")

    def _open(self, value: Any, event: Any) -> None:
        self._check_tag(event)
        if len(self.stack) >= MAX_DEPTH:
            self._refuse(event, f"nested deeper than {MAX_DEPTH} levels", "flatten the document")
        path = self._add(value, event)
        self.stack.append(_Open(value, path))

    def _add(self, value: Any, event: Any) -> Path_:
        if not self.stack:
            self.root = value
            path: Path_ = ()
        else:
            parent = self.stack[-1]
            if parent.takes_key():
                self._take_key(parent, value, event)
                return parent.path
            path = (*parent.path, parent.add(value))
        self.places.setdefault(path, self.place_of(event.start_mark))
        return path

    def _take_key(self, parent: _Open, key: Any, event: Any) -> None:
        if isinstance(key, (dict, list)):
            self._refuse(event, "a key must be a scalar", "use text as the key")
        key = event.value
        if key in parent.value:
            self._refuse(event, f"duplicate key {key!r}", "keep one of the two")
        parent.key = key
        self.places[(*parent.path, key)] = self.place_of(event.start_mark)

    def _check_tag(self, event: Any) -> None:
        if event.tag and event.tag not in _JSON_TAGS:
            self._refuse(event, f"tag {event.tag!r} is not allowed", "remove the tag")

    def _refuse(self, event: Any, what: str, remedy: str) -> NoReturn:
        raise Problem(what, where=self.place_of(event.start_mark), remedy=remedy)


@dataclass(slots=True)
class _Open:
    """A mapping or sequence that is still being filled."""

    NO_KEY: ClassVar[object] = object()
    value: Any
    path: Path_
    key: Any = NO_KEY

    def takes_key(self) -> bool:
        return isinstance(self.value, dict) and self.key is _Open.NO_KEY

    def add(self, value: Any) -> str | int:
        if isinstance(self.value, dict):
            step, self.key = self.key, _Open.NO_KEY
            self.value[step] = value
            return str(step)
        self.value.append(value)
        return len(self.value) - 1


class _BlockDumper(_Dumper):  # type: ignore[misc]
    """Quotes what either YAML 1.1 or 1.2 would not read as text; long text becomes a literal."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: Any, text: str) -> Any:
    style = None
    if "\n" in text and all(line == line.rstrip() for line in text.split("\n")):
        style = "|"
    elif text and not isinstance(resolve_scalar(text), str):
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_BlockDumper.add_representer(str, _represent_text)
