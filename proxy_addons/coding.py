"""Takes the content coding off a body: gzip, deflate, br and zstd (RFC 9110, section 8.4.1).

The body comes from the network and may be made to explode, or may have been cut short by us. So it
is decoded piece by piece: as much is kept as a tape may hold, the rest is counted, and what is
broken or not known stays as it is.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import brotli  # type: ignore[import-untyped]  # has no types
import zstandard

MAX_COUNTED: Final = 256 * 1024 * 1024
"""Bytes after which decoding stops even for counting."""

_PIECE: Final = 64 * 1024

Pieces = Iterator[bytes]


def decoded(content: bytes, coding: str, limit: int) -> tuple[bytes, int]:
    """Return the first ``limit`` bytes that ``content`` stands for, and how many more there are.

    ``coding`` is the value of Content-Encoding; with several they come off last one first. A body
    that is not in the coding it claims is returned as it is.
    """
    cut = 0
    for name in reversed([part.strip().lower() for part in coding.split(",")]):
        decode = _DECODERS.get(name)
        if decode is None:
            return content, cut
        content, more = _bounded(decode, content, limit)
        cut = max(cut, more)
    return content, cut


def _bounded(decode: Callable[[bytes], Pieces], content: bytes, limit: int) -> tuple[bytes, int]:
    kept, total = bytearray(), 0
    try:
        for piece in decode(content):
            total += len(piece)
            kept += piece[: max(0, limit - len(kept))]
            if total > MAX_COUNTED:
                break
    except _FAULTS:
        if not total:
            return content, 0
    return bytes(kept), total - len(kept)


def _identity(content: bytes) -> Pieces:
    yield content


def _gzip(content: bytes) -> Pieces:
    while content:
        stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
        yield from _inflate(stream, content)
        content = stream.unused_data  # members may follow one another (RFC 1952, section 2.2)


def _deflate(content: bytes) -> Pieces:
    """Decode zlib data, or the bare deflate data that some servers send instead."""
    bare = content[:1] and content[0] & 0x0F != zlib.DEFLATED
    yield from _inflate(zlib.decompressobj(-zlib.MAX_WBITS if bare else zlib.MAX_WBITS), content)


def _inflate(stream: Any, content: bytes) -> Pieces:
    while content and not stream.eof:
        yield stream.decompress(content, _PIECE)
        content = stream.unconsumed_tail


def _brotli(content: bytes) -> Pieces:
    stream = brotli.Decompressor()
    something = False
    bounded = hasattr(stream, "can_accept_more_data")  # from version 1.2 on
    for start in range(0, len(content), 1024):
        part = content[start : start + 1024]
        options = {"output_buffer_limit": _PIECE} if bounded else {}
        piece = stream.process(part, **options)
        while piece or (bounded and not stream.can_accept_more_data()):
            something = True
            yield piece
            piece = stream.process(b"", **options)
    if not something and not stream.is_finished():  # it takes much for a beginning
        raise brotli.error("no brotli data")


def _zstd(content: bytes) -> Pieces:
    reader = zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True)
    while piece := reader.read(_PIECE):
        yield piece


_FAULTS: Final = (zlib.error, brotli.error, zstandard.ZstdError)
_DECODERS: Final[dict[str, Callable[[bytes], Pieces]]] = {
    "": _identity,
    "identity": _identity,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
