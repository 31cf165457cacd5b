"""Cuts a long recording into parts, by size or by time, and keeps a link to the latest.

A recorder that is left on for weeks must not leave one file of weeks. Each part is a cassette of
its own with a header of its own; their times run on from the first part's beginning, so that parts
can be read one after the other as one recording.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tapestry.problems import Place, Problem
from tapestry.tape.journal import Journal
from tapestry.tape.model import Entry

RETRY_SECONDS: Final = 60.0

OpenJournal = Callable[[Path], Journal]


@dataclass(frozen=True, slots=True)
class Rotation:
    """When a part ends: after so many bytes, so many seconds, or whichever comes first."""

    bytes: int | None = None
    seconds: float | None = None

    @classmethod
    def parse(cls, text: str) -> Rotation:
        """Read ``100MB``, ``24h``, or both with a comma between. Raises :class:`Problem`."""
        size: int | None = None
        seconds: float | None = None
        for word in text.split(","):
            number, unit = _split(word)
            if unit in _BYTES:
                size = int(number * _BYTES[unit])
            elif unit in _SECONDS:
                seconds = number * _SECONDS[unit]
            else:
                raise _unreadable(text)
        return cls(size, seconds)


class Rotating:
    """A sink of numbered parts: ``day-0001.yaml``, ``day-0002.yaml``, ... for ``day.yaml``."""

    def __init__(
        self,
        path: Path,
        rotation: Rotation,
        open_journal: OpenJournal,
        now: float,
        on_failure: Callable[[str], None] = lambda message: None,
    ) -> None:
        """Open the first part. Raises :class:`Problem` when it cannot be written."""
        self.path = path
        self._rotation = rotation
        self._open_journal = open_journal
        self._on_failure = on_failure
        self._number = 1
        self._written = self._lost = self._size = 0
        self._part = open_journal(part_path(path, 1))
        self._began = now
        link_latest(path, self._part.path, on_failure)

    @property
    def written(self) -> int:
        """Return how many entries all parts hold."""
        return self._written + self._part.written

    @property
    def lost(self) -> int:
        """Return how many entries could not be written."""
        return self._lost + self._part.lost

    @property
    def size(self) -> int:
        """Return the bytes of all parts."""
        return self._size + self._part.size

    def append(self, entry: Entry) -> None:
        """Write ``entry`` to the latest part."""
        self._part.append(entry)

    def tick(self, now: float) -> None:
        """Begin the next part when this one has had enough."""
        self._part.tick(now)
        full = self._rotation.bytes is not None and self._part.size >= self._rotation.bytes
        old = self._rotation.seconds is not None and now - self._began >= self._rotation.seconds
        if (full or old) and self._part.written:
            self._next(now)

    def close(self, *, rewrite: bool = True) -> None:
        """End the recording."""
        self._part.close(rewrite=rewrite)

    def _next(self, now: float) -> None:
        try:
            part = self._open_journal(part_path(self.path, self._number + 1))
        except Problem as problem:
            self._on_failure(f"{self._part.path} goes on: {problem}")
            if self._rotation.seconds is not None:
                self._began = now - self._rotation.seconds + RETRY_SECONDS
            return
        self._number += 1
        self._written += self._part.written
        self._lost += self._part.lost
        self._size += self._part.size
        self._part.close(rewrite=False)
        self._part, self._began = part, now
        link_latest(self.path, part.path, self._on_failure)


def part_path(path: Path, number: int) -> Path:
    """Return the file of part ``number`` of the recording ``path``."""
    return path.with_name(f"{path.stem}-{number:04}{path.suffix}")


def parts_of(path: Path) -> list[Path]:
    """Return the parts of the recording ``path`` that exist, in order."""
    return sorted(
        part
        for part in path.parent.glob(f"{_quoted(path.stem)}-[0-9][0-9][0-9][0-9]*{path.suffix}")
        if part.name.removeprefix(f"{path.stem}-").removesuffix(path.suffix).isdecimal()
    )


def link_latest(path: Path, latest: Path, on_failure: Callable[[str], None]) -> None:
    """Let ``day-latest.yaml`` point to ``latest``, in one step; told when that is not possible."""
    link = path.with_name(f"{path.stem}-latest{path.suffix}")
    draft = path.with_name(f".{link.name}.{os.getpid()}")
    try:
        draft.symlink_to(latest.name)
        draft.replace(link)
    except OSError as fault:
        on_failure(f"{link}: cannot link the latest part: {fault.strerror or fault}")


_BYTES: Final = {"KB": 10**3, "MB": 10**6, "GB": 10**9}
_SECONDS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def _split(word: str) -> tuple[float, str]:
    word = word.strip()
    unit = word.lstrip("0123456789.")
    try:
        number = float(word.removesuffix(unit))
    except ValueError:
        raise _unreadable(word) from None
    if number <= 0:
        raise _unreadable(word)
    return number, unit.strip()


def _unreadable(text: str) -> Problem:
    return Problem(
        f"not a size or a time: {text!r}",
        where=Place("--rotate"),
        remedy="write for example 100MB, 24h, or 100MB,24h (KB, MB, GB; s, m, h, d)",
    )


def _quoted(text: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in text)
