"""The Bayeux message: what counts as one, and which way it goes.

Recorder, story, player and both protocol machines must agree on what a Bayeux body is, what is a
reply and what is a delivery, whatever URL or transport it came by; those rules stand here and
nowhere else (Bayeux 1.0, "Messages", "Event Message Field Definitions").
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tapestry.problems import Problem

Message = dict[str, Any]

META_HANDSHAKE = "/meta/handshake"
META_CONNECT = "/meta/connect"
META_DISCONNECT = "/meta/disconnect"
META_SUBSCRIBE = "/meta/subscribe"
META_UNSUBSCRIBE = "/meta/unsubscribe"


class Transport(StrEnum):
    """A connection type, spelt as it is negotiated in a handshake ("supportedConnectionTypes")."""

    LONG_POLLING = "long-polling"
    CALLBACK_POLLING = "callback-polling"
    WEBSOCKET = "websocket"


class MalformedMessages(Problem):
    """A body or frame that does not hold Bayeux messages; the text says what is wrong with it."""


class OversizedMessages(MalformedMessages):
    """A body or frame of more bytes than is taken, whatever it holds."""


def is_meta(channel: str) -> bool:
    """Tell whether ``channel`` belongs to the protocol itself (Bayeux 1.0, "Meta Channels")."""
    return channel.startswith("/meta/")


def is_service(channel: str) -> bool:
    """Tell whether ``channel`` carries requests and responses only ("Service Channels")."""
    return channel.startswith("/service/")


def is_bayeux(value: Any) -> bool:
    """Tell whether a JSON value is a message or a non-empty array of messages.

    Bayeux traffic is recognised so, by body and not by path: clients append different suffixes to
    the endpoint's URL, and servers mount it where they like.
    """
    messages = value if isinstance(value, list) else [value]
    return bool(messages) and all(_looks_like_message(message) for message in messages)


def messages_in(value: Any) -> list[Message]:
    """Return the messages of a body: an array of them, or a single one ("Messages", MAY).

    The messages need not have a channel yet: a server answers one without by an error. Raises
    :class:`MalformedMessages` when ``value`` is neither an array nor an object, or an array that
    holds anything but objects.
    """
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        raise MalformedMessages(
            "a Bayeux body is an array of messages", why=f"found {_kind(value)} instead"
        )
    for index, message in enumerate(value):
        if not isinstance(message, dict):
            raise MalformedMessages(
                "a Bayeux message is a JSON object",
                path=f"$[{index}]",
                why=f"found {_kind(message)} instead",
            )
    return value


def is_delivery(message: Message) -> bool:
    """Tell whether a message from a server is a delivery (an event) and not a reply.

    A delivery has ``data`` and is not on a meta channel; the reply to a publish has no ``data``.
    This is the official JavaScript client's own rule.
    """
    return "data" in message and not is_meta(str(message.get("channel", "")))


def _looks_like_message(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    channel = value.get("channel")
    return isinstance(channel, str) and channel.startswith("/")


def _kind(value: Any) -> str:
    """Name the JSON type of ``value`` without showing what it holds."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, list):
        return "an array"
    return "a number" if isinstance(value, int | float) else type(value).__name__
