"""Tells what a file is by what stands in it, whatever it is called.

People name files as they like, and standard output is kept under any name; a wrong guess would let
a file pass unchecked. So each kind is known by the members that no other kind has.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from tapestry.documents import Document, read_document, read_text
from tapestry.problems import Place, Problem

SCENARIO_SUFFIXES = (".tapestry.yaml", ".tapestry.yml")
YAML_SUFFIXES = (".yaml", ".yml")
SUFFIXES = (*YAML_SUFFIXES, ".json", ".jsonl", ".jsonl.zst", ".txt")

_CASSETTE = re.compile(r'(?:\s*#[^\n]*\n|\s)*(?:---\s*)?(?:\{\s*"tapestry"|tapestry\s*:)')
_PRINTED = re.compile(r'"[\w-]+"\s*:|(?m:^(?:HTTP\s+)?(?:GET|POST)\s+\S*api/)')
_HEAD = 4096


class Kind(StrEnum):
    """What a file is, and so how it is checked."""

    CASSETTE = "cassette"
    OWN = "own"
    SCHEMA = "schema"
    MESSAGE = "message"
    PRINTED = "printed"


@dataclass(frozen=True, slots=True)
class Recognised:
    """A file, what it is, and what was read of it.

    ``own`` names the schema of a file of our own type; ``document`` holds the value of everything
    but cassettes, which are read entry by entry, and printed samples, which are ``text``.
    """

    file: Path
    kind: Kind
    own: str | None = None
    document: Document | None = None
    text: str = ""


_OWN = (
    ("scenario", {"steps"}),
    ("target", {"base_url"}),
    ("policy", {"policy"}),
    ("operations", {"base", "operations"}),
    ("messages", {"channels"}),
    ("identifiers", {"fields", "volatile"}),
    ("requirements", {"pages", "requirements"}),
    ("anomalies", {"anomalies"}),
    ("profiles", {"profiles"}),
    ("samples", {"samples"}),
    ("verify", {"verdict", "checks"}),
    ("story", {"agents", "events"}),
    ("diff", {"equal", "findings"}),
    ("scan", {"files", "findings"}),
    ("check", {"findings"}),
)
_MESSAGE = ({"messageType"}, {"channel"}, {"statusCode"}, {"operationName"})


def recognise(file: Path) -> Recognised | None:
    """Return what ``file`` is, ``None`` when it is nothing that can be checked.

    Raises :class:`Problem` when it cannot be read at all.
    """
    if file.name.endswith((".jsonl", ".jsonl.zst")):
        return Recognised(file, Kind.CASSETTE)
    if file.suffix in YAML_SUFFIXES and _begins_as_cassette(file):
        return Recognised(file, Kind.CASSETTE)
    if file.suffix in YAML_SUFFIXES:
        return _by_members(file, read_document(file))
    if file.suffix == ".json":
        return _by_members(file, _read_json(file))
    text = read_text(file)
    return Recognised(file, Kind.PRINTED, text=text) if _PRINTED.search(text) else None


def _begins_as_cassette(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            head = opened.read(_HEAD)
    except OSError as fault:
        raise Problem(f"cannot read: {fault.strerror}", where=Place(str(file))) from None
    return (
        _CASSETTE.match(head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")) is not None
    )


def _by_members(file: Path, document: Document) -> Recognised | None:
    value = document.value
    if file.name.endswith(SCENARIO_SUFFIXES):
        return Recognised(file, Kind.OWN, "scenario", document)
    sample = value[0] if isinstance(value, list) and value else value
    if not isinstance(sample, dict):
        return None
    if "$schema" in sample:
        return Recognised(file, Kind.SCHEMA, document=document)
    for own, members in _OWN:
        if members <= sample.keys():
            return Recognised(file, Kind.OWN, own, document)
    if any(members <= sample.keys() for members in _MESSAGE):
        return Recognised(file, Kind.MESSAGE, document=document)
    return None


def _read_json(file: Path) -> Document:
    text, where = read_text(file), Place(str(file))
    try:
        value: Any = json.loads(text)
    except json.JSONDecodeError as fault:
        where = Place(str(file), fault.lineno, fault.colno)
        raise Problem(f"not JSON: {fault.msg}", where=where) from None
    except (RecursionError, ValueError) as fault:  # too deep, or a number of too many digits
        raise Problem(f"not JSON that can be read: {fault}", where=where) from None
    return Document(value, str(file), {(): Place(str(file))})
