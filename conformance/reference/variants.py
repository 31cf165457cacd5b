"""Variants of the reference server, each different in one stated way.

``upgraded`` is what an upgrade may do to a desktop that relied on more than it should. The others
are mutants: servers with one fault, to prove that a conformance check can fail. Each is a row of
the table; a new one needs no code elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from conformance.reference import alterations as a
from conformance.reference.notifications import EMAILS_TOPIC
from conformance.reference.outcome import Answer, Notification, Outcome, StatusCode, success
from tapestry.problems import Problem


@dataclass(frozen=True, slots=True)
class Variant:
    """A named deviation; ``summary`` says in one line what such a server does."""

    name: str
    summary: str
    alter: a.Alteration

    def then(self, other: Variant) -> Variant:
        """Return the variant that deviates in both ways."""
        return Variant(
            f"{self.name}+{other.name}",
            f"{self.summary}; {other.summary}",
            a.chain(self.alter, other.alter),
        )


def variant(name: str) -> Variant:
    """Return the variant of that name. Raises :class:`Problem` when there is none."""
    if name in VARIANTS:
        return VARIANTS[name]
    nearest = get_close_matches(name, VARIANTS, n=1)
    hint = f"did you mean '{nearest[0]}'? " if nearest else ""
    raise Problem(
        f"there is no mutant '{name}'",
        why=f"known are {', '.join(VARIANTS)}",
        remedy=f"{hint}'tapestry reference --mutant help' explains each",
    )


def _let_past_owner_act(answer: Answer, outcome: Outcome) -> Answer:
    forbidden = answer.body.get("statusCode") == StatusCode.FORBIDDEN
    email = outcome.email
    if forbidden and email is not None and outcome.command.agent in email.past_owners:
        return success()
    return answer


def _welcome_unknown(answer: Answer, outcome: Outcome) -> Answer:
    unknown = outcome.email is None and answer.body.get("statusCode") == StatusCode.NOT_FOUND
    return success() if unknown else answer


def _about_email(change: a.NotificationChange) -> a.NotificationChange:
    """Leave what is told of anything but emails as it is."""

    def changed(told: Notification, outcome: Outcome) -> Iterable[Notification]:
        return change(told, outcome) if told.channel == EMAILS_TOPIC else [told]

    return changed


def _in_state(state: str) -> a.NotificationChange:
    return a.data(a.with_member("email", a.with_member("state", lambda _: state)))


def _of_type(notification_type: str) -> a.NotificationChange:
    return a.data(a.with_member("notificationType", lambda _: notification_type))


def _as_server_error(answer: Answer, _outcome: Outcome) -> Answer:
    return replace(answer, http=500) if answer.http == 400 else answer


def _everybody(change: a.NotificationChange) -> a.Alteration:
    about_email = _about_email(change)
    return a.chain(a.actor_told(about_email), a.others_told(about_email))


_TABLE = (
    Variant(
        "upgraded",
        "drops email.contactId, turns userData._AutoReplyCount into text, "
        "and tells of Accept 0.4 s later",
        a.chain(
            a.emails(a.without("contactId")),
            a.emails(a.with_member("userData", a.with_member("_AutoReplyCount", str))),
            a.on(["Accept"], a.actor_told(a.late(0.4))),
        ),
    ),
    Variant(
        "accept-no-notification",
        "answers Accept and never tells of it",
        a.on(["Accept"], a.actor_told(a.nothing)),
    ),
    Variant(
        "accept-wrong-state",
        "tells of Accept with state Composing",
        a.on(["Accept"], a.actor_told(_in_state("Composing"))),
    ),
    Variant(
        "notification-to-wrong-agent",
        "tells another agent what the actor should hear",
        a.on(a.EMAIL_OPERATIONS, a.actor_told(a.to_bystander)),
    ),
    Variant(
        "reject-not-offered-on",
        "takes a rejected email back and offers it to nobody",
        a.on(["Reject"], a.others_told(a.nothing)),
    ),
    Variant(
        "transfer-old-owner-keeps",
        "lets an agent act on an email that it has given away",
        a.on(a.EMAIL_OPERATIONS, a.answers(_let_past_owner_act)),
    ),
    Variant(
        "answer-without-statuscode",
        "answers email operations without statusCode",
        a.on(a.EMAIL_OPERATIONS, a.answer_body(a.without("statusCode"))),
    ),
    Variant(
        "statuscode-string",
        "answers email operations with statusCode as text",
        a.on(a.EMAIL_OPERATIONS, a.answer_body(a.with_member("statusCode", str))),
    ),
    Variant(
        "unknown-id-answers-200-zero",
        "answers an operation on an unknown email with success",
        a.on(a.EMAIL_OPERATIONS, a.answers(_welcome_unknown)),
    ),
    Variant(
        "complete-no-notification",
        "answers Complete and never tells of it",
        a.on(["Complete"], a.actor_told(a.nothing)),
    ),
    Variant(
        "reply-shows-original",
        "tells of Reply and ReplyAll with state Processing",
        a.on(["Reply", "ReplyAll"], a.actor_told(_in_state("Processing"))),
    ),
    Variant(
        "saved-as-status-change",
        "tells of Save by a StatusChange",
        a.on(["Save"], a.actor_told(_of_type("StatusChange"))),
    ),
    Variant(
        "attachments-unlisted",
        "tells of AddAttachment without the attachments",
        a.on(["AddAttachment"], a.emails(a.without("attachments"))),
    ),
    Variant(
        "user-data-without-changes",
        "tells of AttachUserData without the new pairs",
        a.on(["AttachUserData"], a.emails(a.with_member("userData", a.without("UserData1")))),
    ),
    Variant(
        "refusals-are-500",
        "answers a request with a fault with HTTP status 500",
        a.on(a.EMAIL_OPERATIONS, a.answers(_as_server_error)),
    ),
    Variant(
        "duplicate-notification",
        "tells everything about emails twice",
        _everybody(a.twice),
    ),
    Variant(
        "wrong-channel",
        "tells about emails on /v2/me/chats",
        _everybody(a.on_channel("/v2/me/chats")),
    ),
    Variant(
        "missing-reference-id",
        "tells of operations without the referenceId of the request",
        _everybody(a.data(a.without("referenceId"))),
    ),
)

VARIANTS: Mapping[str, Variant] = {row.name: row for row in _TABLE}
