"""Reads and writes cassettes: the front door to the file format.

A cassette is a YAML stream whose entries stand in block style for people or in flow style for
speed, mixed as they come; ``.jsonl`` is the same without marks, ``.jsonl.zst`` that compressed. A
torn last entry is left out with a warning, because a recording may be killed at any moment;
anything else that is wrong is told at its place, because then somebody's edit went astray.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import IO, Literal

from tapestry.bulk import loading
from tapestry.documents import Document, parse_documents
from tapestry.problems import Place, Problem
from tapestry.tape import block, flow
from tapestry.tape.compressed import SUFFIX, compressed, expanded, is_compressed
from tapestry.tape.edges import edges_beside
from tapestry.tape.model import Cassette, Entry, Header
from tapestry.tape.pieces import MAX_ENTRY_BYTES, Piece, split
from tapestry.tape.plain import entry_from, header_from, to_plain
from tapestry.tape.quick import exchange_from

Style = Literal["block", "flow", "jsonl"]


class Reading:
    """A cassette while it is being read: its header at once, its entries one by one.

    ``warnings`` is complete when the entries have been read to the end.
    """

    def __init__(self, lines: Iterable[bytes], file: str) -> None:
        """Read the header. Raises :class:`Problem` when there is none."""
        self.warnings: list[str] = []
        self._pieces = split(lines, file)
        first = next(filter(None, map(self._parse, self._pieces)), None)
        if first is None:
            why = self.warnings[0] if self.warnings else "the file is empty"
            raise Problem("not a cassette: it has no whole header", where=Place(file), why=why)
        self.header: Header = header_from(first)

    def __iter__(self) -> Iterator[Entry]:
        """Yield the entries that are left. Raises :class:`Problem` at the first faulty one."""
        for piece in self._pieces:
            exchange = exchange_from(piece)
            if exchange is not None:
                yield exchange
            elif document := self._parse(piece):
                yield entry_from(document)

    def _parse(self, piece: Piece) -> Document | None:
        document = _document(piece)
        if document is None:
            self.warnings.append(
                f"{piece.where}: the last entry is torn: it does not end as an entry must, so"
                " the recording was cut off here; left it out"
            )
        return document


@contextmanager
def reading(path: Path) -> Iterator[Reading]:
    """Open ``path`` for reading entry by entry, with memory for one. Raises :class:`Problem`."""
    try:
        file = path.open("rb")
    except OSError as fault:
        raise Problem(f"cannot read: {fault.strerror or fault}", where=Place(str(path))) from None
    with file:
        yield Reading(_lines(file, str(path)), str(path))


def load(path: Path) -> Cassette:
    """Read the whole cassette at ``path``, and the edges beside it. Raises :class:`Problem`."""
    with reading(path) as tape:
        return replace(_whole(tape), edges=edges_beside(path))


def parse(text: str, name: str) -> Cassette:
    """Read a cassette from ``text``; ``name`` stands for the file in problems and warnings."""
    return _whole(Reading(BytesIO(text.encode("utf-8", "surrogatepass")), name))


def dump_flow(value: Header | Entry) -> str:
    """Return ``value`` in flow style: the ``---`` mark and one line of JSON, in ASCII."""
    return flow.MARK + flow.dump_flow(to_plain(value))


def dump_jsonl(value: Header | Entry) -> str:
    """Return ``value`` as a line of a ``.jsonl`` cassette."""
    return flow.dump_flow(to_plain(value))


def dump_block(value: Header | Entry) -> str:
    """Return ``value`` in block style, closed by ``...``; an entry begins with its ``---`` mark.

    What YAML cannot carry (a lone surrogate) comes in flow style, which may stand beside it.
    """
    text = block.dump_block(to_plain(value))
    if text is None:
        return dump_flow(value)
    return text if isinstance(value, Header) else f"---\n{text}"


def save(cassette: Cassette, path: Path, style: Style = "block") -> None:
    """Write ``cassette`` to ``path``, replacing it in one step. Raises :class:`Problem`."""
    write(path, cassette.header, cassette.entries, style)


def write(path: Path, header: Header, entries: Iterable[Entry], style: Style = "block") -> None:
    """Write a cassette entry by entry and put it at ``path`` when it is whole.

    Until then an older file stays as it was. Raises :class:`Problem` when it cannot be written.
    """
    dump = {"block": dump_block, "flow": dump_flow, "jsonl": dump_jsonl}[style]
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        with draft.open("wb") as disk:
            with _opened(disk, path) as file:
                file.write(dump(header).encode())
                file.writelines(dump(entry).encode() for entry in entries)
            disk.flush()
            os.fsync(disk.fileno())
        draft.replace(path)
    except OSError as fault:
        raise Problem(f"cannot write: {fault.strerror or fault}", where=Place(str(path))) from None
    finally:
        draft.unlink(missing_ok=True)


def _opened(disk: IO[bytes], path: Path) -> AbstractContextManager[IO[bytes]]:
    """Return what to write into; ``disk`` stays open behind it."""
    return compressed(disk) if path.suffix == SUFFIX else nullcontext(disk)


def _whole(tape: Reading) -> Cassette:
    with loading():
        entries = tuple(tape)
    return Cassette(tape.header, entries, tuple(tape.warnings))


def _lines(file: IO[bytes], name: str) -> Iterator[bytes]:
    if is_compressed(file):
        return expanded(file, name, MAX_ENTRY_BYTES + 1)
    return iter(lambda: file.readline(MAX_ENTRY_BYTES + 1), b"")


def _document(piece: Piece) -> Document | None:
    """Parse one piece; ``None`` when it is torn."""
    if not piece.flow and not piece.closed:
        return None
    try:
        text = piece.data.decode("utf-8")
        return flow.parse_flow(text, piece.where) if piece.flow else _block(text, piece.where)
    except UnicodeDecodeError as fault:
        problem = Problem(f"not UTF-8 text: byte {fault.start} of the entry", where=piece.where)
    except Problem as fault:
        problem = fault
    if piece.closed:
        raise problem
    return None


def _block(text: str, where: Place) -> Document:
    documents = list(parse_documents(text, where.file, where.line or 1))
    if len(documents) != 1:
        raise Problem(f"expected one entry here, found {len(documents)}", where=where)
    return documents[0]
