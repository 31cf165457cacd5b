"""What goes into the server machine and what comes out of it.

A batch is the messages of one request or frame. An effect is either something for the binding to
carry out on a link, or a fact for the application; both come in one list because their order
matters. A link is whatever the binding can answer on: an HTTP response, which takes one answer, or
a WebSocket, which takes any number at any time.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tapestry.bayeux.message import Message, Transport
from tapestry.bayeux.session import CloseReason, Session


@dataclass(frozen=True, slots=True)
class Batch:
    """The messages that came together over ``link``, and who sent them as far as it is known."""

    link: Hashable
    messages: Sequence[Message]
    transport: Transport = Transport.LONG_POLLING
    principal: Hashable | None = None
    browser: str | None = None

    @property
    def streaming(self) -> bool:
        """Tell whether the link takes more than one answer."""
        return self.transport is Transport.WEBSOCKET


@dataclass(frozen=True, slots=True)
class Request:
    """One meta message of a batch that came ``at`` a moment (s).

    ``said`` is what the extensions understood of it, by their names.
    """

    message: Message
    batch: Batch
    said: Mapping[str, Any]
    at: float


@dataclass(frozen=True, slots=True)
class Reply:
    """Send ``messages`` over ``link``, as one array. To carry out."""

    link: Hashable
    messages: list[Message]


@dataclass(frozen=True, slots=True)
class Refuse:
    """End the request on ``link`` with a bare HTTP ``status``; close a WebSocket. To carry out."""

    link: Hashable
    status: int


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """A handshake made a session."""

    session: Session


@dataclass(frozen=True, slots=True)
class SessionClosed:
    """A session ended; its clientId is unknown from now on."""

    session: Session
    reason: CloseReason


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A session subscribed to ``channel``."""

    session: Session
    channel: str


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """A session gave up its subscription to ``channel``."""

    session: Session
    channel: str


@dataclass(frozen=True, slots=True)
class Published:
    """A client published ``data``: to be broadcast, or for the application on ``/service/``.

    ``session`` is ``None`` when no clientId was sent. ``message`` is the whole request.
    """

    session: Session | None
    channel: str
    data: Any
    message: Message


Effect = Reply | Refuse | SessionOpened | SessionClosed | Subscribed | Unsubscribed | Published
