"""Subscribing and unsubscribing: the rules of two meta channels, on one session.

``subscription`` is a channel or an array of them; a request is granted as a whole or not at all
(Bayeux 1.0, "Subscribe", "Unsubscribe").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tapestry.bayeux.channel import is_pattern
from tapestry.bayeux.effects import Effect, Subscribed, Unsubscribed
from tapestry.bayeux.errors import (
    CHANNEL_INVALID,
    SUBSCRIBE_DENIED,
    SUBSCRIPTION_MISSING,
    TOO_MANY_SUBSCRIPTIONS,
    BayeuxError,
)
from tapestry.bayeux.message import Message, is_meta, is_service
from tapestry.bayeux.policy import Policy
from tapestry.bayeux.replies import echo, refusal, success
from tapestry.bayeux.session import Session

Tell = Callable[[Effect], None]


def subscribe(message: Message, session: Session, allow: Policy, most: int, tell: Tell) -> Message:
    """Record what ``message`` subscribes to and return the reply.

    Subscriptions to service channels succeed and are not recorded ("Service Channels",
    SHOULD NOT). No session has more than ``most``.
    """
    channels = _listed(message)
    fault = _subscribe_fault(channels, session, allow)
    wanted = [] if fault else _new(channels, session)
    if len(session.subscriptions) + len(wanted) > most:
        fault = TOO_MANY_SUBSCRIPTIONS
    if fault is not None:
        return refusal(message, fault, **echo(message, "subscription"))
    for channel in wanted:
        session.subscriptions.add(channel)
        tell(Subscribed(session, channel))
    return success(message, **echo(message, "subscription"))


def unsubscribe(message: Message, session: Session, tell: Tell) -> Message:
    """Give up what ``message`` lists; a subscription that never was counts as given up."""
    channels = _listed(message)
    if not channels:
        return refusal(message, SUBSCRIPTION_MISSING, **echo(message, "subscription"))
    for channel in channels:
        if isinstance(channel, str) and channel in session.subscriptions:
            session.subscriptions.discard(channel)
            tell(Unsubscribed(session, channel))
    return success(message, **echo(message, "subscription"))


def _subscribe_fault(
    channels: Sequence[Any], session: Session, allow: Policy
) -> BayeuxError | None:
    if not channels:
        return SUBSCRIPTION_MISSING
    if not all(is_pattern(channel) for channel in channels):
        return CHANNEL_INVALID
    if any(is_meta(channel) or not allow.may_subscribe(session, channel) for channel in channels):
        return SUBSCRIBE_DENIED
    return None


def _new(channels: Sequence[str], session: Session) -> list[str]:
    """Return what is to be recorded: each channel once, in the order in which it was asked for."""
    new = (channel for channel in channels if not is_service(channel))
    return [channel for channel in dict.fromkeys(new) if channel not in session.subscriptions]


def _listed(message: Message) -> list[Any]:
    listed = message.get("subscription")
    if listed is None:
        return []
    return listed if isinstance(listed, list) else [listed]
