"""Keeps a recording safe while it runs: every entry is on its way to disk before the next.

Entries are appended in flow style with one unbuffered write each, so a killed recorder loses at
most the entry it was writing; how soon the disk itself has them is the :class:`Sync` policy. A
clean end turns a small recording into block style for people. A disk that fills up must not stop
the traffic that is being recorded, so failures after the start are told to a callback and counted,
never raised.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final

from tapestry.problems import Place, Problem
from tapestry.tape import codec
from tapestry.tape.model import Entry, Header

MAX_BLOCK_ENTRIES: Final = 2_000
MAX_BLOCK_BYTES: Final = 32 * 1024 * 1024
SYNC_SECONDS: Final = 1.0


class Sync(StrEnum):
    """When what was written must have reached the disk, should the machine lose its power.

    A killed process loses nothing under any of them: the operating system has every entry.
    """

    ENTRY = "entry"
    SECOND = "second"
    NEVER = "never"


class Journal:
    """An append-only cassette. ``written`` and ``lost`` count entries, ``size`` bytes."""

    def __init__(
        self,
        path: Path,
        header: Header | None,
        *,
        replace: bool = False,
        sync: Sync = Sync.NEVER,
        on_failure: Callable[[str], None] = lambda message: None,
    ) -> None:
        """Create ``path`` and write its header; without one, go on with the cassette at ``path``.

        ``on_failure`` is told of every later failure, in words for people. Raises
        :class:`Problem` when the file exists and ``replace`` is not set, or cannot be written.
        """
        self.path = path
        self.written = 0
        self.lost = 0
        self._dump = codec.dump_jsonl if path.suffix == ".jsonl" else codec.dump_flow
        self._on_failure = on_failure
        self._sync = sync
        self._dirty_since: float | None = None
        self._failing = 0
        self._file: int | None = _open(path, replace) if header else _reopen(path)
        self.size = os.fstat(self._file).st_size
        try:
            if header:
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
            self._count(fault)
        else:
            self.written += 1
            self._recovered()
            if self._sync is Sync.ENTRY:
                self._flush()

    def tick(self, now: float) -> None:
        """Under :attr:`Sync.SECOND`, see to it that nothing stays unsynced for longer than that."""
        if self._sync is not Sync.SECOND or self._dirty_since is None:
            return
        if self._dirty_since < 0:
            self._dirty_since = now
        elif now - self._dirty_since >= SYNC_SECONDS:
            self._flush()

    def close(self, *, rewrite: bool = True) -> None:
        """End the recording; with ``rewrite`` a small one is put into block style in one step."""
        if self._file is None:
            return
        if self._sync is not Sync.NEVER:
            self._flush()
        os.close(self._file)
        self._file = None
        small = self.written <= MAX_BLOCK_ENTRIES and self.size <= MAX_BLOCK_BYTES
        if rewrite and small and self.path.suffix != ".jsonl":
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
        self.size += len(data)
        if self._dirty_since is None:
            self._dirty_since = -1.0  # the next tick tells the time

    def _take_back(self) -> None:
        """Remove a line that was written in part, so that the next begins on a line of its own."""
        assert self._file is not None
        try:
            os.ftruncate(self._file, self.size)
        except OSError as fault:
            self._on_failure(f"{self.path}: a torn entry stays in it: {_reason(fault)}")

    def _count(self, fault: OSError | ValueError) -> None:
        """Tell the first loss, and then each tenfold: a full disk must not fill the log as well."""
        self.lost += 1
        self._failing += 1
        if self._failing in (1, 10, 100) or self._failing % 1000 == 0:
            lost = "an entry was" if self._failing == 1 else f"{self._failing} entries were"
            self._on_failure(f"{self.path}: {lost} lost: {_reason(fault)}")

    def _recovered(self) -> None:
        if self._failing:
            missing = "1 entry is" if self._failing == 1 else f"{self._failing} entries are"
            self._on_failure(f"{self.path}: recording goes on; {missing} missing")
            self._failing = 0

    def _flush(self) -> None:
        assert self._file is not None
        self._dirty_since = None
        try:
            os.fdatasync(self._file)
        except OSError as fault:
            self._on_failure(f"{self.path}: not yet safe on disk: {_reason(fault)}")

    def _rewrite(self) -> None:
        try:
            codec.save(codec.load(self.path), self.path)
        except Problem as problem:
            self._on_failure(f"{self.path}: left in flow style: {problem.what}")


def _open(path: Path, replace: bool) -> int:
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


def _reopen(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_APPEND)
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
