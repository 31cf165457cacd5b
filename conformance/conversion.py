"""Takes a recording from one format to another: picks the codec, redacts what comes from outside.

The format of a file is told by its name when it is to be written and by its content when it is to
be read, for people call things as they like. Only flow files need mitmproxy.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tapestry.documents import Document, read_text
from tapestry.problems import Place, Problem
from tapestry.tape import codec
from tapestry.tape.admission import admitted
from tapestry.tape.compressed import is_jsonl
from tapestry.tape.har_reader import cassette_from_har
from tapestry.tape.har_writer import har_of
from tapestry.tape.model import Cassette
from tapestry.tape.policy import DEFAULT_POLICY
from tapestry.tape.policy_file import load_policy
from tapestry.tape.redact import Redactor

_HEAD = 4096


class Format(StrEnum):
    """The file formats of recordings."""

    YAML = "yaml"
    JSONL = "jsonl"
    HAR = "har"
    FLOWS = "flows"


_SUFFIXES = {
    ".yaml": Format.YAML,
    ".yml": Format.YAML,
    ".har": Format.HAR,
    ".mitm": Format.FLOWS,
    ".flow": Format.FLOWS,
    ".flows": Format.FLOWS,
}


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a conversion: entries written, what was lost, what else is worth knowing."""

    entries: int
    lost: tuple[str, ...]
    notes: tuple[str, ...]


def convert(
    source: Path,
    target: Path,
    *,
    style: codec.Style = "block",
    upstream: str | None = None,
    policy: Path | None = None,
) -> Report:
    """Write the recording in ``source`` to ``target``, replacing it in one step.

    A HAR or flow file that our writer has not made is redacted first, under the default policy and
    the additions in the file ``policy``. Raises :class:`Problem` for input that cannot be used.
    """
    to = format_to_write(target)
    redactor = Redactor(policy=load_policy(policy) if policy else DEFAULT_POLICY)
    origin = format_of(source)
    cassette, lost = _read(source, origin, upstream)
    notes = list(cassette.warnings)
    if origin in (Format.HAR, Format.FLOWS) and cassette.header.redaction is None:
        cassette = admitted(cassette, redactor)
        hits, name = len(redactor.hits), redactor.policy.name
        notes.append(f"redacted: {hits} rules of policy {name!r} applied")
        notes += [f"policy: nothing came under {addition!r}" for addition in redactor.unused]
    lost += _write(cassette, target, to, style)
    return Report(len(cassette.entries), tuple(lost), tuple(notes))


def format_to_write(path: Path) -> Format:
    """Return the format that the name of ``path`` asks for. Raises :class:`Problem`."""
    if is_jsonl(path):
        return Format.JSONL
    found = _SUFFIXES.get(path.suffix)
    if found is None:
        raise Problem(
            f"no format is known by the name {path.name!r}",
            remedy="end OUT in .yaml, .jsonl, .jsonl.zst, .har, .mitm or .flow",
        )
    return found


def format_of(path: Path) -> Format:
    """Return the format of the file at ``path``, by how it begins. Raises :class:`Problem`."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as fault:
        raise Problem(f"cannot read: {fault.strerror or fault}", where=Place(str(path))) from None
    if head[:1].isdigit() and b":" in head[:16]:  # a tnetstring: its length, a colon
        return Format.FLOWS
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"{") and not start.startswith((b'{"tapestry"', b'{ "tapestry"')):
        return Format.HAR
    return Format.YAML


def _read(source: Path, origin: Format, upstream: str | None) -> tuple[Cassette, list[str]]:
    match origin:
        case Format.HAR:
            return cassette_from_har(_json(source), upstream)
        case Format.FLOWS:
            from proxy_addons.flow_reader import load_flows  # mitmproxy: 0.3 s, for flows alone

            return load_flows(source, upstream)
    return codec.load(source), []


def _write(cassette: Cassette, target: Path, to: Format, style: codec.Style) -> list[str]:
    match to:
        case Format.HAR:
            har, lost = har_of(cassette)
            with _replacing(target) as draft:
                draft.write_text(json.dumps(har, indent=2), encoding="ascii")
            return lost
        case Format.FLOWS:
            from proxy_addons.flow_writer import save_flows

            with _replacing(target) as draft:
                return save_flows(cassette, draft)
        case Format.JSONL:
            codec.save(cassette, target, "jsonl")
        case Format.YAML:
            codec.save(cassette, target, style)
    return []


def _json(path: Path) -> Document:
    text = read_text(path).removeprefix("\ufeff")
    try:
        return Document(json.loads(text), str(path), {(): Place(str(path))})
    except json.JSONDecodeError as fault:
        where = Place(str(path), fault.lineno, fault.colno)
        raise Problem(f"not JSON: {fault.msg}", where=where) from None
    except (RecursionError, ValueError) as fault:
        raise Problem(f"not JSON that can be read: {fault}", where=Place(str(path))) from None


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Yield where to write what takes the place of ``path`` when it is whole."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        yield draft
        draft.replace(path)
    except OSError as fault:
        raise Problem(f"cannot write: {fault.strerror or fault}", where=Place(str(path))) from None
    finally:
        draft.unlink(missing_ok=True)
