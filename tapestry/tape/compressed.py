"""Reads and writes cassettes under zstd, for recordings of millions of entries.

A compressed cassette is a ``.jsonl`` cassette and nothing else. It is told by its first bytes, not
by its name; one that was cut off is read as far as it goes, and the torn last entry is dropped like
that of any other.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from tapestry.problems import Place, Problem

SUFFIX: Final = ".zst"
MAGIC: Final = b"\x28\xb5\x2f\xfd"


def is_compressed(file: IO[bytes]) -> bool:
    """Tell whether ``file`` begins as zstd does (RFC 8878, section 3.1.1); stays at its start."""
    start = file.read(len(MAGIC))
    file.seek(0)
    return start == MAGIC


def expanded(file: IO[bytes], name: str, chunk: int) -> Iterator[bytes]:
    """Yield the lines in ``file``, at most ``chunk`` bytes at a time. Raises :class:`Problem`."""
    import zstandard  # 20 ms, for compressed cassettes alone

    reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
    lines = io.BufferedReader(reader)
    try:
        yield from iter(lambda: lines.readline(chunk), b"")
    except zstandard.ZstdError:
        raise Problem(
            "damaged: it cannot be decompressed from here on",
            where=Place(name),
            remedy="check the file with 'zstd --test'",
        ) from None


def compressed(file: IO[bytes]) -> IO[bytes]:
    """Return a file to write to, whose bytes reach ``file`` compressed when it is closed."""
    import zstandard

    writer: Any = zstandard.ZstdCompressor(write_checksum=True).stream_writer(file, closefd=False)
    return io.BufferedWriter(writer)


def is_jsonl(path: Path) -> bool:
    """Tell by its name whether a cassette is to be written as JSON Lines, compressed or not."""
    return path.name.removesuffix(SUFFIX).endswith(".jsonl")
