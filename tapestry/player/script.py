"""The part of a play that never changes: what the tape has, laid out for looking things up.

Each recorded agent has a lane: its calls, the steps among them, its deliveries and the tracks they
come on. A *step* is a write that changed something; others depend on it having been made. A *track*
is what one client (one browser tab) heard: sessions that follow one another are one track, sessions
that live side by side are two.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tapestry.player.likeness import CACHE_BUSTER, Query, resource
from tapestry.story.alias import host_neutral
from tapestry.story.model import Call, Delivery, EndEvent, Event, SessionEvent, Story
from tapestry.story.resource import state

READS = frozenset({"GET", "HEAD", "OPTIONS"})
DONE = frozenset({0, 7})
"""The statusCodes of an operation that did something: ok and partly ok (GWS, Return Values)."""

UNANSWERED = 0
"""The status of a call that got no answer."""

STATUS = "StatusChange"
"""The notificationType of a changed state (GWS, CometD notifications). A transferred email is shown
in the state it had, but it is another agent's now."""


@dataclass(frozen=True, slots=True)
class Track:
    """The deliveries that one recorded client heard, in order, and when it began to listen."""

    began: float
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """All that happened to one recorded agent.

    ``shelf`` holds its calls by method and resource, then by what was :func:`asked`;
    ``steps_about`` and ``news_about`` its steps by subject and its deliveries by interaction;
    ``offers`` are the deliveries that another agent's call caused.
    """

    agent: str
    calls: tuple[Call, ...]
    steps: tuple[Call, ...]
    deliveries: tuple[Delivery, ...]
    offers: tuple[Delivery, ...]
    tracks: tuple[Track, ...]
    shelf: Mapping[tuple[str, str], Mapping[str, tuple[Call, ...]]]
    steps_about: Mapping[str, tuple[Call, ...]]
    news_about: Mapping[str | None, tuple[Delivery, ...]]


@dataclass(frozen=True, slots=True)
class Script:
    """The whole tape: lanes by agent, in order of appearance, and every call by number.

    ``hearers`` are, for each agent, those who hear of its calls; ``unanswered`` says by number why
    a call got no answer.
    """

    lanes: Mapping[str, Lane]
    calls: Mapping[int, Call]
    hearers: Mapping[str, frozenset[str]]
    interactions: frozenset[str]
    unanswered: Mapping[int, str]

    def cause_of(self, delivery: Delivery) -> Call | None:
        """Return the call that ``delivery`` follows from, ``None`` when it is unsolicited."""
        return None if delivery.cause is None else self.calls[delivery.cause]


def is_read(call: Call) -> bool:
    """Tell whether a call only asks (RFC 9110, section 9.2.1: safe methods)."""
    return call.method in READS


def subject(call: Call) -> str:
    """Return what a call is about: its interaction, else the resource it names."""
    return call.interaction or resource(call.path)


def write_script(story: Story) -> Script:
    """Lay ``story`` out. Agents that neither called nor heard anything get no lane."""
    cut_short = {end.n: _cut_short(end) for end in story.events if _is_cut_short(end)}
    calls = {call.n: call for call in story.calls} | cut_short
    steps = frozenset(_steps(story))
    played = (cut_short.get(event.n, event) for event in story.events)
    events = _grouped(played, lambda event: event.agent)
    lanes = (_lane(agent, events.get(agent, ()), calls, steps) for agent in story.agents)
    return Script(
        lanes={lane.agent: lane for lane in lanes if lane.calls or lane.deliveries},
        calls=calls,
        hearers=_hearers(story, calls),
        interactions=frozenset(_interactions(story)),
        unanswered={
            event.n: event.reason
            for event in story.events
            if isinstance(event, EndEvent) and event.n in cut_short
        },
    )


def _is_cut_short(event: Event) -> bool:
    return isinstance(event, EndEvent) and event.operation is not None


def _cut_short(event: Event) -> Call:
    """Return the call that ``event`` ended, with no status and no answer."""
    assert isinstance(event, EndEvent)
    return Call(
        event.n, event.at - event.took, event.took, event.agent, event.operation or "",
        event.method or "", event.path or "", UNANSWERED, event.query, event.request,
        interaction=event.interaction, entry=event.entry,
    )  # fmt: skip


def _hearers(story: Story, calls: Mapping[int, Call]) -> dict[str, frozenset[str]]:
    caused = ((calls[d.cause].agent, d.agent) for d in story.deliveries if d.cause is not None)
    pairs = _grouped(dict.fromkeys(caused), lambda pair: pair[0])
    return {agent: frozenset(hearer for _, hearer in found) for agent, found in pairs.items()}


def _interactions(story: Story) -> Iterator[str]:
    yield from (call.interaction for call in story.calls if call.interaction)
    yield from (delivery.interaction for delivery in story.deliveries if delivery.interaction)


def _lane(
    agent: str, events: Sequence[Event], calls: Mapping[int, Call], steps: frozenset[int]
) -> Lane:
    own = tuple(event for event in events if isinstance(event, Call))
    heard = tuple(event for event in events if isinstance(event, Delivery))
    own_steps = tuple(call for call in own if call.n in steps)
    return Lane(
        agent=agent,
        calls=own,
        steps=own_steps,
        deliveries=heard,
        offers=tuple(d for d in heard if d.cause and calls[d.cause].agent != agent),
        tracks=tuple(_tracks(events)),
        shelf=_shelve(own),
        steps_about=_grouped(own_steps, subject),
        news_about=_grouped(heard, lambda delivery: delivery.interaction),
    )


def _shelve(calls: Iterable[Call]) -> dict[tuple[str, str], Mapping[str, tuple[Call, ...]]]:
    named = _grouped(calls, lambda call: (call.method, resource(call.path)))
    return {
        name: _grouped(found, lambda call: asked(call.query, call.request))
        for name, found in named.items()
    }


def asked(query: Query, body: Any) -> str:
    """Return a key that two requests to one resource share when they ask for the same.

    Two that do not share it may still be alike: ``1`` and ``1.0`` are.
    """
    if not query and body is None:
        return ""
    parameters = {name: value for name, value in query.items() if name != CACHE_BUSTER}
    return json.dumps(_neutral([parameters, body]), sort_keys=True)


def _neutral(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _neutral(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_neutral(member) for member in value]
    return host_neutral(value) if isinstance(value, str) else value


def _grouped[K, V](values: Iterable[V], key: Callable[[V], K]) -> dict[K, tuple[V, ...]]:
    groups: dict[K, list[V]] = {}
    for value in values:
        groups.setdefault(key(value), []).append(value)
    return {name: tuple(group) for name, group in groups.items()}


def _tracks(events: Sequence[Event]) -> Iterator[Track]:
    """Chain the sessions that follow one another: a desktop that was started again, a rehandshake.

    A session joins the first track whose last session was over when it began.
    """
    heard = (event for event in events if not isinstance(event, Call | EndEvent))
    chains: list[list[Sequence[SessionEvent | Delivery]]] = []
    for session in _grouped(heard, lambda event: event.session).values():
        chain = next((c for c in chains if c[-1][-1].n < session[0].n), None)
        if chain is None:
            chains.append([session])
        else:
            chain.append(session)
    for chain in chains:
        told = [event for session in chain for event in session]
        yield Track(told[0].at, tuple(event for event in told if isinstance(event, Delivery)))


def _steps(story: Story) -> Iterator[int]:
    """Yield the calls that changed something.

    A read and a refused write changed nothing. On a write whose notifications tell of no change of
    status, and show the state there was before, nothing depends: another desktop may leave it out.
    """
    harmless = set(_left_the_state(story))
    for call in story.calls:
        if not is_read(call) and _succeeded(call) and call.n not in harmless:
            yield call.n


def _succeeded(call: Call) -> bool:
    code = call.body.get("statusCode", 0) if isinstance(call.body, dict) else 0
    return call.status < 400 and code in DONE


def _left_the_state(story: Story) -> Iterator[int]:
    states: dict[tuple[str, str | None], str | None] = {}
    moved: dict[int, bool] = {}
    for delivery in story.deliveries:
        key, shown = (delivery.agent, delivery.interaction), state(delivery.data)
        if shown is None or delivery.interaction is None:
            continue
        if delivery.cause is not None:
            changed = delivery.notification_type == STATUS or shown != states.get(key)
            moved[delivery.cause] = moved.get(delivery.cause, False) or changed
        states[key] = shown
    return (cause for cause, changed in moved.items() if not changed)
