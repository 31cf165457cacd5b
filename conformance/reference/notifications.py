"""Which notification tells an agent of which change.

The documented envelope of an email notification (GWS Email API, CometD notifications) and the
one of a channel's state. Only what an agent has itself brought about carries the ``referenceId``
of the request; an invitation or a revocation comes unasked and has none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.reference import resources
from conformance.reference.contact_centre import Change, ChannelChange, EmailChange, Event
from conformance.reference.email import Email, State
from conformance.reference.outcome import Json, Notification
from conformance.reference.resources import Resources

EMAILS_TOPIC = "/v2/me/emails"
CHANNELS_TOPIC = "/v2/me/channels"

_Render = Callable[[Resources, Email], Json]


@dataclass(frozen=True, slots=True)
class Appearance:
    """How an event is told: of which type, how the email looks, whether it was asked for."""

    render: _Render = Resources.email
    notification_type: str = "StatusChange"
    asked_for: bool = True


_APPEARANCE: dict[Event, Appearance] = {
    Event.INVITED: Appearance(asked_for=False),
    Event.ACCEPTED: Appearance(),
    Event.REJECTED: Appearance(lambda render, email: render.light_email(email, State.COMPLETED)),
    # The page prints Processing for Transfer; the capabilities have gone with the ownership.
    Event.TRANSFERRED: Appearance(
        lambda render, email: render.parting_email(email, State.PROCESSING)
    ),
    Event.REVOKED: Appearance(
        lambda render, email: render.light_email(email, State.REVOKED), asked_for=False
    ),
    Event.COMPLETED: Appearance(),
    Event.CREATED: Appearance(),
    Event.SAVED: Appearance(notification_type="EmailSaved"),
    Event.SENT: Appearance(),
    Event.CANCELED: Appearance(lambda render, email: render.light_email(email, email.state)),
    Event.ATTACHED: Appearance(notification_type="AttachmentAdded"),
    Event.DETACHED: Appearance(notification_type="AttachmentRemoved"),
    Event.DESCRIBED: Appearance(notification_type="PropertiesUpdated"),
    Event.FAILED: Appearance(notification_type="Error"),
}


def notification(change: Change, render: Resources, reference: int | None = None) -> Notification:
    """Return the message that tells ``change.agent``; ``reference`` is the request's number."""
    if isinstance(change, ChannelChange):
        return _channels_notification(change)
    return _email_notification(change, render, reference)


def _email_notification(
    change: EmailChange, render: Resources, reference: int | None
) -> Notification:
    appearance = _APPEARANCE[change.event]
    data: Json = {
        "messageType": "EmailStateChangeMessage",
        "notificationType": appearance.notification_type,
        "email": appearance.render(render, change.email),
    }
    if reference is not None and appearance.asked_for:
        data["referenceId"] = reference
    return Notification(change.agent, EMAILS_TOPIC, data)


def _channels_notification(change: ChannelChange) -> Notification:
    listed = [resources.channel(name, state) for name, state in change.channels.items()]
    data: Json = {"messageType": "ChannelStateChangeMessageV2", "channels": listed}
    return Notification(change.agent, CHANNELS_TOPIC, data)
