"""What became of a request of a client, as the event that its caller hears.

A refusal, a missing reply and a broken connection differ in what is known about them and not in
what they mean to whoever asked.
"""

from __future__ import annotations

from dataclasses import dataclass

from tapestry.bayeux import message as wire
from tapestry.bayeux.client_events import (
    ClientEvent,
    ConnectFailed,
    HandshakeFailed,
    Published,
    PublishFailed,
    Subscribed,
    SubscribeFailed,
    Unsubscribed,
    UnsubscribeFailed,
)
from tapestry.bayeux.errors import BayeuxError
from tapestry.bayeux.message import Message

UNKNOWN_SESSION = (401, 402)
"""The codes by which faye and CometD refuse a clientId that they do not know."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a message failed: the reply that says so, or what became of its request."""

    reason: str
    reply: Message | None = None
    status: int | None = None

    @property
    def denies(self) -> bool:
        """Tell whether the server refused what was asked, and not the session it was asked in."""
        if self.reply is None:
            return False
        error = BayeuxError.parse(self.reply.get("error"))
        return error is None or error.code not in UNKNOWN_SESSION


def confirmed(request: Message) -> ClientEvent:
    """Return the event of a subscribe, unsubscribe or publish that succeeded."""
    match request["channel"]:
        case wire.META_SUBSCRIBE:
            return Subscribed(request["subscription"])
        case wire.META_UNSUBSCRIBE:
            return Unsubscribed(request["subscription"])
    return Published(request["id"])


def failed(request: Message, fault: Fault) -> ClientEvent:
    """Return the event of a request, other than a disconnect, that did not succeed."""
    reply, reason, status = fault.reply, fault.reason, fault.status
    match request["channel"]:
        case wire.META_HANDSHAKE:
            return HandshakeFailed(reply, reason, status)
        case wire.META_CONNECT:
            return ConnectFailed(reply, reason, status)
        case wire.META_SUBSCRIBE:
            return SubscribeFailed(reply, request["subscription"], reason, status)
        case wire.META_UNSUBSCRIBE:
            return UnsubscribeFailed(reply, request["subscription"], reason, status)
    return PublishFailed(reply, request["id"], reason, status)
