"""Scans files: cassettes entry by entry with a path to each value, everything else as it comes.

JSON and YAML are walked with the place of each value; HTML, XML, logs and binary dumps are read
line by line. Nothing is skipped because of its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.scan.look import look
from conformance.scan.sign import Finding, Level
from conformance.scan.walk import Walk, finding_of
from tapestry.documents import Document, parse_documents
from tapestry.problems import Place, Problem
from tapestry.tape.compressed import expanded, is_compressed
from tapestry.tape.flow import parse_flow
from tapestry.tape.pieces import MAX_ENTRY_BYTES, Piece, split

STRUCTURED = (".yaml", ".yml", ".json", ".jsonl", ".har")


@dataclass(frozen=True, slots=True)
class Scanned:
    """What was scanned and what was found."""

    files: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """Return 1 when something gates, 5 when nothing was scanned, else 0."""
        if any(finding.level is not Level.INFO for finding in self.findings):
            return 1
        return 0 if self.files else 5


def scan_paths(paths: Iterable[Path]) -> Scanned:
    """Scan every file in ``paths`` and below the folders among them.

    Raises :class:`Problem` for a path that cannot be read.
    """
    files = [file for path in paths for file in _files(path)]
    findings = [finding for file in files for finding in scan_file(file)]
    return Scanned(tuple(map(str, files)), tuple(findings))


def scan_file(file: Path) -> list[Finding]:
    """Return what ``file`` holds, each sign once a place. Raises :class:`Problem`."""
    try:
        with file.open("rb") as opened:
            compressed = is_compressed(opened)
            whole = not compressed and file.suffix not in STRUCTURED
            lines = expanded(opened, str(file), MAX_ENTRY_BYTES) if compressed else iter(opened)
            found = _by_lines(lines, file) if whole else _by_documents(lines, file)
            return list(dict.fromkeys(found))
    except OSError as fault:
        raise Problem(f"cannot read: {fault.strerror or fault}", where=Place(str(file))) from None


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            inside = file.relative_to(path).parts
            if file.is_file() and not any(part.startswith(".") for part in inside):
                yield file
    elif path.exists():
        yield path
    else:
        raise Problem("no such file or folder", where=Place(str(path)))


def _by_documents(lines: Iterable[bytes], file: Path) -> Iterator[Finding]:
    """Walk the documents of a structured file; one that cannot be parsed is read by lines."""
    walk = Walk()
    entry = None
    for piece in split(lines, str(file)):
        try:
            documents = _parsed(piece)
        except Problem:
            yield from _by_lines(piece.data.splitlines(), file, piece.where.line or 1)
            continue
        for document in documents:
            entry = _next_entry(entry, document.value)
            yield from walk.findings(document, entry)
    yield from walk.readable()


def _parsed(piece: Piece) -> list[Document]:
    try:
        text = piece.data.decode("utf-8")
    except UnicodeDecodeError:
        raise Problem("not UTF-8", where=piece.where) from None
    if piece.flow and piece.data.endswith(b"}\n"):
        return [parse_flow(text, piece.where)]
    return list(parse_documents(text, piece.where.file, piece.where.line or 1))


def _next_entry(entry: int | None, value: Any) -> int | None:
    if entry is None:
        return 0 if isinstance(value, dict) and "tapestry" in value else None
    return entry + 1


def _by_lines(lines: Iterable[bytes], file: Path, first: int = 1) -> Iterator[Finding]:
    for number, line in enumerate(lines, start=first):
        text = line.decode("utf-8", "replace")
        for sign in look(text):
            yield finding_of(sign, Place(str(file), number), "$", None)
