"""What a Bayeux client learns, one type for each thing that happens.

The client machine returns these and its binding hands them on, so that a runner or a test can
follow a session without knowing how the messages travelled. Times are seconds on the caller's
clock, taken when the response that carried the message was complete.
"""

from __future__ import annotations

from dataclasses import dataclass

from tapestry.bayeux.advice import Advice
from tapestry.bayeux.message import Message, Transport


@dataclass(frozen=True, slots=True)
class Handshaken:
    """The server opened a session, for the first time or again after it was lost."""

    client_id: str


@dataclass(frozen=True, slots=True)
class HandshakeFailed:
    """No session: the server's refusal in ``reply``, or none came (``status``: of the HTTP)."""

    reply: Message | None
    reason: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Connected:
    """One connect came back at ``at`` that was sent at ``since``: the session lives."""

    at: float
    since: float


@dataclass(frozen=True, slots=True)
class ConnectFailed:
    """A connect was refused or broke; what follows is by advice (retry, handshake or none)."""

    reply: Message | None
    reason: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The server confirmed a subscription; it comes again after every new handshake."""

    channel: str


@dataclass(frozen=True, slots=True)
class SubscribeFailed:
    """The server refused ``channel``, or gave no answer."""

    reply: Message | None
    channel: str
    reason: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """The server confirmed that ``channel`` is no longer subscribed."""

    channel: str


@dataclass(frozen=True, slots=True)
class UnsubscribeFailed:
    """The server refused to end the subscription, or gave no answer."""

    reply: Message | None
    channel: str
    reason: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """The message that was sent with ``id`` was accepted; a server MAY leave the reply out."""

    id: str


@dataclass(frozen=True, slots=True)
class PublishFailed:
    """The message that was sent with ``id`` was refused, or got no answer."""

    reply: Message | None
    id: str
    reason: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message with data arrived at ``at``, in whatever response it rode."""

    message: Message
    at: float


@dataclass(frozen=True, slots=True)
class Advised:
    """The server sent advice, which supersedes all it gave before (Bayeux 1.0, "advice")."""

    advice: Advice


@dataclass(frozen=True, slots=True)
class FellBack:
    """A transport could not be used, and the client goes on with another."""

    given_up: Transport
    transport: Transport
    reason: str


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The session is over and nothing more will be sent; ``reason`` in words for people."""

    reason: str


ClientEvent = (
    Handshaken
    | HandshakeFailed
    | Connected
    | ConnectFailed
    | Subscribed
    | SubscribeFailed
    | Unsubscribed
    | UnsubscribeFailed
    | Published
    | PublishFailed
    | Delivered
    | Advised
    | FellBack
    | Disconnected
)
