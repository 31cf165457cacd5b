"""What the proxy saw, as it saw it: bytes and moments, before anything is decoded or understood.

Whoever sits in the path of the traffic must be quick, so it only notes these and hands them to the
process that writes (:mod:`proxy_addons.writer`). They are named tuples because MessagePack takes
a tuple as it is: packing one costs a few microseconds. Moments are seconds on the machine's
monotonic clock, which all its processes share and which no change of the date moves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgpack  # type: ignore[import-untyped]  # has no types

HeaderLines = tuple[tuple[bytes, bytes], ...]

MAX_SIGHTING: Final = 256 * 1024 * 1024
"""Bytes that one sighting may take on its way between the processes."""


class Payload(NamedTuple):
    """Header lines and body as on the wire; ``cut`` counts the bytes of the body left out."""

    headers: HeaderLines
    content: bytes = b""
    cut: int = 0


class Asked(NamedTuple):
    """A request is complete. ``agent`` is who made it, where a replay has found that out."""

    key: str
    at: float
    connection: str
    method: bytes
    target: bytes
    payload: Payload
    agent: str | None = None


class Answered(NamedTuple):
    """The response to request ``key`` is complete; with status 101 a WebSocket begins."""

    key: str
    at: float
    status: int
    payload: Payload


class Broken(NamedTuple):
    """Request ``key`` ended without a response."""

    key: str
    at: float
    reason: str


class Said(NamedTuple):
    """One message on the WebSocket that request ``key`` opened."""

    key: str
    at: float
    by_client: bool
    content: bytes
    cut: int = 0


class Closed(NamedTuple):
    """The WebSocket that request ``key`` opened has ended."""

    key: str
    at: float
    reason: str


class Dropped(NamedTuple):
    """Something about ``key`` was seen and could not be handed over."""

    key: str


class Finished(NamedTuple):
    """The recording ends here, as it should. Without it, the proxy was killed."""

    at: float


Sighting = Asked | Answered | Broken | Said | Closed | Dropped | Finished

_TYPES: Final = (Asked, Answered, Broken, Said, Closed, Dropped, Finished)
_TAGS: Final = {kind: tag for tag, kind in enumerate(_TYPES)}
_PAYLOAD: Final = {Asked: 5, Answered: 3}


def pack(sighting: Sighting) -> bytes:
    """Return ``sighting`` as bytes that tell where they end."""
    packed: bytes = msgpack.packb((_TAGS[type(sighting)], sighting), unicode_errors="surrogatepass")
    return packed


class Unpacker:
    """Finds the sightings in a stream of bytes that comes in pieces."""

    def __init__(self) -> None:
        """Begin with nothing received."""
        self._unpacker = msgpack.Unpacker(
            use_list=False, max_buffer_size=MAX_SIGHTING, unicode_errors="surrogatepass"
        )

    def feed(self, data: bytes) -> Iterator[Sighting]:
        """Take in ``data`` and yield what is complete now."""
        self._unpacker.feed(data)
        for tag, fields in self._unpacker:
            yield _sighting(_TYPES[tag], fields)


def _sighting(kind: Any, fields: tuple[Any, ...]) -> Sighting:
    place = _PAYLOAD.get(kind)
    if place is not None:
        fields = (*fields[:place], Payload(*fields[place]), *fields[place + 1 :])
    found: Sighting = kind(*fields)
    return found
