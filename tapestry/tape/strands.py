"""Sorts a tape into strands, the way other formats see traffic, and lays strands on a tape again.

HAR and mitmproxy keep an exchange as one thing, with the messages of a WebSocket inside the
exchange that opened it; a tape keeps entries in the order of completion. So each format needs to be
told only of strands, and the order of the tape travels along as a number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tapestry.tape.model import End, Entry, Exchange, Frame


@dataclass(slots=True)
class Strand:
    """One exchange, or its end, with everything that its WebSocket carried.

    ``number`` is the place on the tape, counted from 1; frames and the ``closing`` have their own.
    """

    number: float
    first: Exchange | End
    frames: list[tuple[float, Frame]] = field(default_factory=list)
    closing: tuple[float, End] | None = None


def strands_of(entries: Iterable[Entry]) -> tuple[list[Strand], list[str]]:
    """Return the strands in ``entries``, and in words for people what belongs to none."""
    strands: list[Strand] = []
    sockets: dict[str, Strand] = {}
    losses: list[str] = []
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, Frame) and entry.request:
            strand = Strand(number, entry)
            strands.append(strand)
            if isinstance(entry, Exchange) and entry.socket:
                sockets[entry.socket] = strand
        elif isinstance(entry, Frame) and entry.socket in sockets:
            sockets[entry.socket].frames.append((number, entry))
        elif isinstance(entry, End) and entry.of in sockets and not sockets[entry.of].closing:
            sockets[entry.of].closing = (number, entry)
        else:
            losses.append(f"entry {number}: {_orphan(entry)}")
    return strands, losses


def entries_of(strands: Iterable[Strand]) -> tuple[Entry, ...]:
    """Return the entries of ``strands`` in the order of their numbers."""
    numbered: list[tuple[float, Entry]] = []
    for strand in strands:
        numbered.append((strand.number, strand.first))
        numbered += strand.frames
        numbered += [strand.closing] if strand.closing else []
    return tuple(entry for _, entry in sorted(numbered, key=lambda one: one[0]))


def completed(entry: Entry) -> float:
    """Return when ``entry`` was complete, in ms: its place on the tape, where no number tells."""
    return entry.at + (0.0 if isinstance(entry, Frame) else entry.took or 0.0)


def _orphan(entry: Entry) -> str:
    if isinstance(entry, Frame):
        return f"a WebSocket message of {entry.socket}, whose opening is not on the tape"
    return "the end of something that is not on the tape"
