"""The words for saying the wrong thing: which messages, and what is said instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from conformance.bayeux.mutants.fault import Fault, Mutant, Say
from tapestry.bayeux.message import Message, is_delivery, is_meta

When = Callable[[Message], bool]


def on(channel: str) -> When:
    """Return whether a message is on a channel."""
    return lambda message: message.get("channel") == channel


def refused(message: Message) -> bool:
    """Tell whether a message refuses something."""
    return message.get("successful") is False


def publish_reply(message: Message) -> bool:
    """Tell whether a message answers a publish."""
    return not is_meta(str(message.get("channel"))) and not is_delivery(message)


def both(*conditions: When) -> When:
    """Return whether all conditions hold."""
    return lambda message: all(condition(message) for condition in conditions)


def without(when: When, name: str) -> Say:
    """Leave a field out."""

    def say(message: Message, request: Message | None) -> Iterable[Message]:
        hit = when(message)
        return [{k: v for k, v in message.items() if not (hit and k == name)}]

    return say


def with_field(when: When, name: str, value: Any) -> Say:
    """Set a field; a function makes the new value from the old one."""

    def say(message: Message, request: Message | None) -> Iterable[Message]:
        if not when(message):
            return [message]
        new = value(message.get(name)) if callable(value) else value
        return [{**message, name: new}]

    return say


def saying(name: str, summary: str, killed_by: str, say: Say) -> Mutant:
    """Return the mutant that says so."""
    return Mutant(name, summary, killed_by, lambda: Fault(says=say))
