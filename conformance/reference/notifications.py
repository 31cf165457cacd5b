"""Which notification tells an agent of which change.

The documented envelope of an email notification (GWS Email API, CometD notifications) and the
one of a channel's state. Only what an agent has itself brought about carries the ``referenceId``
of the request; an invitation or a revocation comes unasked and has none.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.reference import resources
from conformance.reference.contact_centre import Change, ChannelChange, EmailChange, Event
from conformance.reference.email import Email, State
from conformance.reference.outcome import Json, Notification
from conformance.reference.resources import Resources

EMAILS_TOPIC = "/v2/me/emails"
CHANNELS_TOPIC = "/v2/me/channels"

_Render = Callable[[Resources, Email], Json]
_APPEARANCE: dict[Event, _Render] = {
    Event.INVITED: Resources.email,
    Event.ACCEPTED: Resources.email,
    Event.REJECTED: lambda render, email: render.light_email(email, State.COMPLETED),
    # The page prints Processing for Transfer; the capabilities have gone with the ownership.
    Event.TRANSFERRED: lambda render, email: render.parting_email(email, State.PROCESSING),
    Event.REVOKED: lambda render, email: render.light_email(email, State.REVOKED),
}
_ASKED_FOR = {Event.ACCEPTED, Event.REJECTED, Event.TRANSFERRED}


def notification(change: Change, render: Resources, reference: int | None = None) -> Notification:
    """Return the message that tells ``change.agent``; ``reference`` is the request's number."""
    if isinstance(change, ChannelChange):
        return _channels_notification(change)
    return _email_notification(change, render, reference)


def _email_notification(
    change: EmailChange, render: Resources, reference: int | None
) -> Notification:
    data: Json = {
        "messageType": "EmailStateChangeMessage",
        "notificationType": "StatusChange",
        "email": _APPEARANCE[change.event](render, change.email),
    }
    if reference is not None and change.event in _ASKED_FOR:
        data["referenceId"] = reference
    return Notification(change.agent, EMAILS_TOPIC, data)


def _channels_notification(change: ChannelChange) -> Notification:
    listed = [resources.channel(name, state) for name, state in change.channels.items()]
    data: Json = {"messageType": "ChannelStateChangeMessageV2", "channels": listed}
    return Notification(change.agent, CHANNELS_TOPIC, data)
