"""Keeps a recording safe while it runs: every entry is on its way to disk before the next.

Entries are appended in flow style with one unbuffered write each, so a killed recorder loses at
most the entry it was writing. A clean end turns a small recording into block style for people. A
disk that fills up must not stop the traffic that is being recorded, so failures after the start are
told to a callback and counted, never raised.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tapestry.problems import Place, Problem
from tapestry.tape import codec
from tapestry.tape.model import Entry, Header

MAX_BLOCK_ENTRIES: Final = 2_000


class Journal:
    """An append-only cassette. ``written`` and ``lost`` count entries."""

    def __init__(
        self,
        path: Path,
        header: Header,
        *,
        replace: bool = False,
        on_failure: Callable[[str], None] = lambda message: None,
    ) -> None:
        """Create ``path`` and write its header.

        ``on_failure`` is told of every later failure, in words for people. Raises
        :class:`Problem` when the file exists and ``replace`` is not set, or cannot be written.
        """
        self.path = path
        self.written = 0
        self.lost = 0
        self._dump = codec.dump_jsonl if path.suffix == ".jsonl" else codec.dump_flow
        self._on_failure = on_failure
        self._file: int | None = _create(path, replace)
        try:
            self._size = 0
            self._write(self._dump(header))
        except OSError as fault:
            os.close(self._file)
            raise _unwritable(path, fault) from None

    def append(self, entry: Entry) -> None:
        """Write ``entry`` at once. A failure is told and counted, not raised."""
        if self._file is None:
            return
        try:
            self._write(self._dump(entry))
        except (OSError, ValueError) as fault:
            self.lost += 1
            self._on_failure(f"{self.path}: an entry was lost: {_reason(fault)}")
        else:
            self.written += 1

    def close(self, *, rewrite: bool = True) -> None:
        """End the recording; with ``rewrite`` a small one is put into block style in one step."""
        if self._file is None:
            return
        os.close(self._file)
        self._file = None
        block = self.path.suffix != ".jsonl" and self.written <= MAX_BLOCK_ENTRIES
        if rewrite and block:
            self._rewrite()

    def _write(self, line: str) -> None:
        assert self._file is not None
        data = line.encode("ascii")
        try:
            for_disk = memoryview(data)
            while for_disk:
                for_disk = for_disk[os.write(self._file, for_disk) :]
        except OSError:
            self._take_back()
            raise
        self._size += len(data)

    def _take_back(self) -> None:
        """Remove a line that was written in part, so that the next begins on a line of its own."""
        assert self._file is not None
        try:
            os.ftruncate(self._file, self._size)
        except OSError as fault:
            self._on_failure(f"{self.path}: a torn entry stays in it: {_reason(fault)}")

    def _rewrite(self) -> None:
        try:
            codec.save(codec.load(self.path), self.path)
        except Problem as problem:
            self._on_failure(f"{self.path}: left in flow style: {problem.what}")


def _create(path: Path, replace: bool) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if replace else os.O_EXCL)
    try:
        return os.open(path, flags, 0o666)
    except FileExistsError:
        raise Problem(
            "this file exists and would be overwritten",
            where=Place(str(path)),
            remedy="choose another name, or say that it may be replaced",
        ) from None
    except OSError as fault:
        raise _unwritable(path, fault) from None


def _unwritable(path: Path, fault: OSError) -> Problem:
    return Problem(
        f"cannot write: {_reason(fault)}",
        where=Place(str(path)),
        remedy="check that the folder exists and has room",
    )


def _reason(fault: OSError | ValueError) -> str:
    text = fault.strerror if isinstance(fault, OSError) else None
    return text or type(fault).__name__
