"""Small ways to alter an outcome, to be combined into variants of the server.

Each is a pure function from outcome to outcome. Because the rules themselves stay untouched, a
variant is wrong in just the way it says, and the same alteration works for any operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from conformance.reference.email_operations import RULES
from conformance.reference.outcome import Answer, Json, Notification, Outcome

Alteration = Callable[[Outcome], Outcome]
NotificationChange = Callable[[Notification, Outcome], Iterable[Notification]]

EMAIL_OPERATIONS = tuple(RULES)


def chain(*alterations: Alteration) -> Alteration:
    """Apply one alteration after another."""

    def altered(outcome: Outcome) -> Outcome:
        for alteration in alterations:
            outcome = alteration(outcome)
        return outcome

    return altered


def on(operations: Iterable[str], alteration: Alteration) -> Alteration:
    """Alter the outcomes of these operations only."""
    names = frozenset(operations)
    return lambda outcome: alteration(outcome) if outcome.command.operation in names else outcome


def emails(change: Callable[[Json], Json]) -> Alteration:
    """Change every email resource that goes out, in answers and in notifications."""

    def altered(outcome: Outcome) -> Outcome:
        notifications = tuple(
            replace(told, data=_with_email(told.data, change)) for told in outcome.notifications
        )
        body = _with_email(outcome.answer.body, change)
        if "emails" in body:
            body = body | {"emails": [change(email) for email in body["emails"]]}
        return replace(
            outcome, answer=replace(outcome.answer, body=body), notifications=notifications
        )

    return altered


def _with_email(container: Json, change: Callable[[Json], Json]) -> Json:
    return container | {"email": change(container["email"])} if "email" in container else container


def answers(change: Callable[[Answer, Outcome], Answer]) -> Alteration:
    """Change the HTTP answer."""
    return lambda outcome: replace(outcome, answer=change(outcome.answer, outcome))


def answer_body(change: Callable[[Json], Json]) -> Alteration:
    """Change the body of the HTTP answer."""
    return answers(lambda answer, _: replace(answer, body=change(answer.body)))


def actor_told(change: NotificationChange) -> Alteration:
    """Replace what is told to the agent who gave the command."""
    return _told(lambda told, outcome: told.agent == outcome.command.agent, change)


def others_told(change: NotificationChange) -> Alteration:
    """Replace what is told to everybody else."""
    return _told(lambda told, outcome: told.agent != outcome.command.agent, change)


def _told(
    concerns: Callable[[Notification, Outcome], bool], change: NotificationChange
) -> Alteration:
    def altered(outcome: Outcome) -> Outcome:
        notifications = [
            changed
            for told in outcome.notifications
            for changed in (change(told, outcome) if concerns(told, outcome) else [told])
        ]
        return replace(outcome, notifications=tuple(notifications))

    return altered


def nothing(_told: Notification, _outcome: Outcome) -> Iterable[Notification]:
    """Say nothing instead."""
    return ()


def twice(told: Notification, _outcome: Outcome) -> Iterable[Notification]:
    """Say it twice."""
    return (told, told)


def late(seconds: float) -> NotificationChange:
    """Say it ``seconds`` later than usual."""
    return lambda told, _: [replace(told, late=told.late + seconds)]


def to_bystander(told: Notification, outcome: Outcome) -> Iterable[Notification]:
    """Say it to somebody else, or to nobody when there is nobody else."""
    return [replace(told, agent=agent) for agent in outcome.bystanders[:1]]


def on_channel(channel: str) -> NotificationChange:
    """Say it on another channel."""
    return lambda told, _: [replace(told, channel=channel)]


def data(change: Callable[[Json], Json]) -> NotificationChange:
    """Say something else."""
    return lambda told, _: [replace(told, data=change(told.data))]


def without(key: str) -> Callable[[Json], Json]:
    """Drop a member of an object."""
    return lambda value: {name: member for name, member in value.items() if name != key}


def with_member(key: str, change: Callable[[Any], Any]) -> Callable[[Json], Json]:
    """Change one member of an object, where it is present."""
    return lambda value: value | {key: change(value[key])} if key in value else value
