"""What of an HTTP message is only about its way over one connection, and so is not on a tape.

Bodies are kept decoded (gzip and the like), so header lines that describe the bytes as they were
sent would contradict what the tape holds (RFC 9110, section 7.6.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tapestry.tape.model import Headers, Query

FRAMING: Final = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "content-md5",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
    }
)


def without_framing(headers: Iterable[tuple[str, str]]) -> Headers:
    """Return the header lines that a tape keeps; HTTP/2's pseudo-headers are none of them."""
    return tuple(
        (name, value)
        for name, value in headers
        if name.lower() not in FRAMING and not name.startswith(":")
    )


def query_from(pairs: Iterable[tuple[str, str]]) -> Query:
    """Return parameters by name; one that repeats becomes a list."""
    query: dict[str, str | list[str]] = {}
    for name, value in pairs:
        before = query.get(name)
        if before is None:
            query[name] = value
        elif isinstance(before, str):
            query[name] = [before, value]
        else:
            before.append(value)
    return query
