"""Prepares a story for comparison: every event with what it is, and what it says, in neutral terms.

What differs between any two runs of the same thing is taken out first: ids become aliases, hosts
go, and of values that vary by nature (times, metrics) only the type is left. What remains can be
compared for plain equality.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.judge.values import Values, format_of
from tapestry.story.alias import Aliases, Path, host_neutral
from tapestry.story.model import Call, Delivery, EndEvent, Event, SessionEvent, Story
from tapestry.story.resource import state

_NUMBER = re.compile(r"#\d+")
_URI_KEY = re.compile(r"ur[il]s?$", re.IGNORECASE)
_TOLD_SESSION_ACTIONS = {"subscribe", "unsubscribe"}


Lane = tuple[str, str, str]
"""An agent, a thread and a stream: within one, order counts; across, only causes do."""


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a story, ready to be compared.

    ``stream`` is ``call``, ``delivery`` or ``session``; ``kind`` what happened and ``state`` the
    state that its resource then had; ``content`` what was said, under the story's own aliases, and
    ``text`` the same as canonical JSON; ``masked`` is that text with ids reduced to their kinds.
    """

    event: Event
    stream: str
    kind: str
    state: str | None
    content: Any
    text: str
    masked: str

    @property
    def signature(self) -> tuple[str, str, str | None]:
        """Return what makes two events counterparts, whatever they say in detail."""
        return self.stream, self.kind, self.state

    @property
    def title(self) -> str:
        """Return the name of the event for people, such as ``StatusChange Processing``."""
        return " ".join(filter(None, (self.kind, self.state)))

    @property
    def thread(self) -> str:
        """Return what the event belongs to: its interaction, or else its agent at large."""
        return getattr(self.event, "interaction", None) or f"@{self.event.agent}"

    @property
    def lane(self) -> Lane:
        """Return the lane in which the event has its place."""
        return self.event.agent, self.thread, self.stream


@dataclass(frozen=True, slots=True)
class Prepared:
    """A story, its aliases, and its steps in lanes."""

    story: Story
    aliases: Aliases
    steps: tuple[Step, ...]

    def lanes(self) -> dict[Lane, list[Step]]:
        """Return the steps of every lane, lanes in order of first appearance."""
        lanes: dict[Lane, list[Step]] = {}
        for step in self.steps:
            lanes.setdefault(step.lane, []).append(step)
        return lanes

    def threads(self) -> dict[str, list[Step]]:
        """Return the steps of every interaction, whichever agents took part."""
        threads: dict[str, list[Step]] = {}
        for step in self.steps:
            threads.setdefault(step.thread, []).append(step)
        return threads


def prepare(story: Story, values: Values) -> Prepared:
    """Return ``story`` ready for comparison; ``values`` says how each value is compared."""
    aliases = Aliases.of_story(story, values)
    neutral = _Neutral(values, aliases)
    steps = (neutral.step(event) for event in story.events)
    return Prepared(story, aliases, tuple(step for step in steps if step is not None))


def masked(text: str) -> str:
    """Return ``text`` with the numbers of all aliases taken off."""
    return _NUMBER.sub("#", text)


def canonical(value: Any) -> str:
    """Return a JSON value as text: equal for equal values, whatever the order of keys."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


class _Neutral:
    """Takes out of events what differs between any two runs."""

    def __init__(self, values: Values, aliases: Aliases) -> None:
        self._values = values
        self._aliases = aliases

    def step(self, event: Event) -> Step | None:
        """Return the step for an event, ``None`` for what only concerns the transport."""
        match event:
            case Call():
                return self._step(event, "call", event.operation, None, self._call(event))
            case Delivery():
                kind = event.notification_type or event.message_type or "message"
                content = {"channel": event.channel, "data": self._value(event.data)}
                return self._step(event, "delivery", kind, state(event.data), content)
            case EndEvent():
                content = {"reason": event.reason}
                named = event.operation
                return self._step(event, "call", named, None, content) if named else None
            case SessionEvent():
                # How often a client opens, resumes or leaves is its own affair; being refused not.
                if event.successful and event.action not in _TOLD_SESSION_ACTIONS:
                    return None
                kind = " ".join(filter(None, (event.action, event.channel)))
                return self._step(event, "session", kind, None, {"successful": event.successful})

    def _step(self, event: Event, stream: str, kind: str, now: str | None, content: Any) -> Step:
        text = canonical(content)
        return Step(event, stream, kind, now, content, text, masked(text))

    def _call(self, call: Call) -> dict[str, Any]:
        return {
            "path": self._aliases.text(call.path),
            "query": self._value(dict(call.query)),
            "request": self._value(call.request),
            "status": call.status,
            "answer": self._value(call.body),
        }

    def _value(self, value: Any, path: Path = ()) -> Any:
        """Name ids, drop hosts, blank what varies by nature, write whole numbers one way."""
        field = self._values.field(path)
        if field.volatile:
            return _blank(value)
        if isinstance(value, Mapping):
            named = self._aliases.text
            return {named(key): self._value(each, (*path, key)) for key, each in value.items()}
        if isinstance(value, list):
            return [self._value(each, (*path, index)) for index, each in enumerate(value)]
        if isinstance(value, str):
            text = host_neutral(value) if _is_uri_field(path) else value
            alias = self._aliases.substitute(text, path)
            return f"{alias} ({format_of(value)})" if field.formatted and value else alias
        if isinstance(value, float) and value.is_integer():
            return int(value)  # JSON has one kind of number: 1.0 is 1
        return self._aliases.substitute(value, path)


def _is_uri_field(path: Sequence[str | int]) -> bool:
    name = next((step for step in reversed(path) if isinstance(step, str)), "")
    return bool(_URI_KEY.search(name))


def _blank(value: Any) -> Any:
    """Return the empty value of the same JSON type."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return 0
    return type(value)()
