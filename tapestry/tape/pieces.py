"""Cuts a cassette file into its documents, without parsing them, and knows a torn one.

Both styles may stand in one file, and a recording that was killed ends in the middle of a document.
So the file is cut at lines first: each piece is then parsed by the parser of its own style, memory
is bounded by one entry, and the last piece tells whether it is whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tapestry.problems import Place, Problem

MAX_ENTRY_BYTES = 64 * 1024 * 1024

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Piece:
    """The bytes of one document and where they begin.

    ``closed`` is false for a last document that lacks its ``...`` (block) or line feed (flow).
    """

    data: bytes
    where: Place
    flow: bool
    closed: bool


def split(lines: Iterable[bytes], file: str) -> Iterator[Piece]:
    """Yield the documents in ``lines`` (each with its line feed).

    Raises :class:`Problem` when one is larger than ``MAX_ENTRY_BYTES``.
    """
    open_piece = _OpenPiece(file)
    for number, raw in enumerate(lines, start=1):
        line = raw.removeprefix(_BOM) if number == 1 else raw
        yield from open_piece.take(line, number)
    yield from open_piece.finish(closed=False)


class _OpenPiece:
    """The block document that is being collected, if any."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: list[bytes] = []
        self.first = 0
        self.size = 0

    def take(self, line: bytes, number: int) -> Iterator[Piece]:
        if _is_mark(line, b"---"):
            yield from self.finish(closed=True)
            start = _flow_start(line)
            if start:
                yield self._flow(line, number, start)
            else:
                self._begin(line, number)
        elif self._expects_flow() and line.startswith(b"{"):
            self.lines = []
            yield self._flow(line, number, 0)
        elif _is_mark(line, b"..."):
            yield from self.finish(closed=True)
        elif self.lines:
            self._add(line)
        elif line.strip() and not line.lstrip().startswith(b"#"):
            self._begin(line, number)

    def finish(self, *, closed: bool) -> Iterator[Piece]:
        if self.lines:
            data, self.lines = b"".join(self.lines), []
            yield Piece(data, Place(self.file, self.first), flow=False, closed=closed)

    def _expects_flow(self) -> bool:
        return not self.lines or (len(self.lines) == 1 and self.lines[0].strip() == b"---")

    def _begin(self, line: bytes, number: int) -> None:
        self.first = number
        self.size = 0
        self._add(line)

    def _add(self, line: bytes) -> None:
        self.size += len(line)
        if self.size > MAX_ENTRY_BYTES:
            raise _too_large(Place(self.file, self.first))
        self.lines.append(line)

    def _flow(self, line: bytes, number: int, start: int) -> Piece:
        where = Place(self.file, number, start + 1)
        if len(line) > MAX_ENTRY_BYTES:
            raise _too_large(where)
        return Piece(line[start:], where, flow=True, closed=line.endswith(b"\n"))


def _is_mark(line: bytes, mark: bytes) -> bool:
    return line.startswith(mark) and line[3:4] in (b"", b" ", b"\t", b"\r", b"\n")


def _flow_start(line: bytes) -> int:
    """Return where JSON begins in a ``--- {...}`` line, 0 when it is no such line."""
    rest = line[3:].lstrip()
    return len(line) - len(rest) if rest.startswith(b"{") else 0


def _too_large(where: Place) -> Problem:
    return Problem(f"an entry is larger than {MAX_ENTRY_BYTES} bytes", where=where)
