"""The values on a tape: what was recorded, and nothing of what it means.

An entry is a wire fact: an exchange, a WebSocket frame, or the end of something that got no
response. Meaning (agents' calls, deliveries, causes) is drawn from these by :mod:`tapestry.story`.
Times are milliseconds since the header's moment, on a monotonic clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from tapestry.problems import Place

FORMAT = 1

Headers = tuple[tuple[str, str], ...]
Query = Mapping[str, str | list[str]]


class BodyKind(StrEnum):
    """How the bytes of a body are written down."""

    JSON = "json"
    TEXT = "text"
    BASE64 = "base64"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Unread:
    """A JSON text on a tape that is parsed when its value is first asked for, by ``read``."""

    text: bytes
    read: Callable[[bytes], Any]


@dataclass(frozen=True, slots=True)
class Body:
    """The payload of a request, a response or a frame.

    ``value`` is the JSON value, the text, the base64 text, or ``True`` for an empty body.
    ``truncated`` counts the bytes that were left out, 0 when the body is whole. Of a body that was
    not read yet ``source`` is the text; asking for its value then raises
    :class:`~tapestry.problems.Problem` when that is not JSON.
    """

    kind: BodyKind = BodyKind.EMPTY
    value: Any = True
    truncated: int = 0
    source: Unread | None = field(default=None, repr=False, compare=False)

    @classmethod
    def unread(cls, source: Unread) -> Body:
        """Return a JSON body whose value is read on demand."""
        body = cls(BodyKind.JSON, None, 0, source)
        object.__delattr__(body, "value")  # an empty slot: then __getattr__ is asked
        return body

    def __getattr__(self, name: str) -> Any:
        """Read the value now; it is not kept, for most are asked for once."""
        if name != "value" or self.source is None:
            raise AttributeError(name)
        return self.source.read(self.source.text)

    def mentions(self, name: str) -> bool:
        """Tell whether a member called ``name`` may be in the JSON value; no is certain."""
        if self.source is None:
            return True
        text = self.source.text
        return f'"{name}"'.encode() in text or b"\\u00" in text

    @property
    def json(self) -> Any:
        """Return the JSON value, or ``None`` when the body is not JSON."""
        return self.value if self.kind is BodyKind.JSON else None


EMPTY = Body()


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request; ``path`` is percent-encoded as on the wire, without the query."""

    method: str
    path: str
    query: Query = field(default_factory=dict)
    headers: Headers = ()
    body: Body = EMPTY


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response."""

    status: int
    headers: Headers = ()
    body: Body = EMPTY


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and its response.

    ``at`` is when the request was complete and ``took`` how long the response then needed to be
    complete, both in ms. ``socket`` names the WebSocket that a 101 response opened.
    """

    at: float
    took: float
    request: Request
    response: Response
    agent: str | None = None
    connection: str | None = None
    socket: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One WebSocket message."""

    at: float
    socket: str
    sender: Literal["client", "server"]
    body: Body
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class End:
    """How an exchange or a socket ended without a response: aborted, reset, timeout, refused.

    ``of`` is the connection or socket; ``request`` is kept when an exchange was cut short, with
    ``at`` the moment its request was complete and ``took`` how long it then lived.
    """

    at: float
    of: str
    reason: str
    took: float | None = None
    agent: str | None = None
    request: Request | None = None


Entry = Exchange | Frame | End


@dataclass(frozen=True, slots=True)
class Header:
    """The first document of a cassette."""

    recorded: str
    upstream: str | None = None
    tool: Mapping[str, str] = field(default_factory=dict)
    redaction: Mapping[str, Any] | None = None
    version: int = FORMAT


@dataclass(frozen=True, slots=True)
class Edge:
    """What a person says about a delivery: which call caused it, or that none did.

    ``entry`` and ``cause`` are numbers of entries, from 1; ``message`` counts the deliveries within
    the entry, from 1. ``where`` is the place at which it was written.
    """

    entry: int
    cause: int | None
    message: int = 1
    where: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Cassette:
    """A whole recording: its header and its entries in order of completion.

    ``warnings`` tells what the reader had to leave out (a torn last entry), in words for people;
    ``edges`` are the causes that a person has set.
    """

    header: Header
    entries: tuple[Entry, ...]
    warnings: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()
