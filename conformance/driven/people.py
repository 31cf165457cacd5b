"""Who is who on a tape: which agent a request means, and until when each agent listened.

A Transfer names a user by uri. In another place that user is another one, so the uri has to become
'whoever plays that part'. A recorded agent is known by the user resource that it read, or else by
being the one whom the transferred email reached.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.driven.rules import split_aliases
from conformance.jsonpath import find
from conformance.judge.matchers import Alias
from tapestry.story.alias import Aliases
from tapestry.story.model import Call, Delivery, EndEvent, SessionEvent, Story

USER = "user"


def users_of_agents(story: Story, aliases: Aliases) -> dict[str, str]:
    """Return for each user alias the recorded agent who is that user, where the tape tells."""
    users: dict[str, str] = {}
    for call in story.calls:
        identifier = find(("user", "id"), call.body)
        if call.operation == "Me" and isinstance(identifier, str):
            alias = aliases.alias_of(USER, identifier)
            if alias is not None:
                users.setdefault(alias, call.agent)
    for call in story.calls:
        for alias in _users_named(aliases.substitute(call.request)):
            receiver = _receiver(story, call)
            if receiver is not None:
                users.setdefault(alias, receiver)
    return users


def colleague(text: str, users: Mapping[str, str]) -> str | None:
    """Return the template for a text that is a user's uri or id, when that user is an agent."""
    named = [alias for alias in _users_named(text) if alias in users]
    if not named or not (text == named[0] or text.rstrip("/").endswith(f"/{named[0]}")):
        return None
    return f"${{{users[named[0]]}.user_uri}}"


def when_silent(story: Story) -> dict[str, int]:
    """Return the event by which each agent had stopped listening, if it did.

    That is the end of its last session, by a disconnect or by a poll that was cut off. What a
    server says after that, of the end of a contact-centre session for instance, nobody heard.
    """
    silent: dict[str, int] = {}
    for event in story.events:
        match event:
            case SessionEvent(action="close") | EndEvent():
                silent.setdefault(event.agent, event.n)
            case SessionEvent() | Delivery():
                silent.pop(event.agent, None)
    return silent


def _users_named(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [alias for member in value.values() for alias in _users_named(member)]
    if isinstance(value, list):
        return [alias for item in value for alias in _users_named(item)]
    if not isinstance(value, str):
        return []
    return [
        part.name
        for part in split_aliases(value)
        if isinstance(part, Alias) and part.name.startswith(f"{USER}#")
    ]


def _receiver(story: Story, call: Call) -> str | None:
    """Return the other agent who was told of what ``call`` caused."""
    told = (
        delivery.agent
        for delivery in story.deliveries
        if delivery.cause == call.n and delivery.agent != call.agent
    )
    return next(told, None)
