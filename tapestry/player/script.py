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

from tapestry.player.likeness import resource
from tapestry.story.model import Call, Delivery, EndEvent, Event, SessionEvent, Story
from tapestry.story.resource import state

READS = frozenset({"GET", "HEAD", "OPTIONS"})
DONE = frozenset({0, 7})
"""The statusCodes of an operation that did something: ok and partly ok (GWS, Return Values)."""

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

    ``shelf`` holds its calls by method and resource, like requests together; ``steps_about`` and
    ``news_about`` its steps by subject and its deliveries by interaction; ``offers`` are the
    deliveries that another agent's call caused.
    """

    agent: str
    calls: tuple[Call, ...]
    steps: tuple[Call, ...]
    deliveries: tuple[Delivery, ...]
    offers: tuple[Delivery, ...]
    tracks: tuple[Track, ...]
    shelf: Mapping[tuple[str, str], tuple[tuple[Call, ...], ...]]
    steps_about: Mapping[str, tuple[Call, ...]]
    news_about: Mapping[str | None, tuple[Delivery, ...]]


@dataclass(frozen=True, slots=True)
class Script:
    """The whole tape: lanes by agent, in order of appearance, and every call by number.

    ``hearers`` are, for each agent, those who hear of its calls.
    """

    lanes: Mapping[str, Lane]
    calls: Mapping[int, Call]
    hearers: Mapping[str, frozenset[str]]
    interactions: frozenset[str]

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
    calls = {call.n: call for call in story.calls}
    steps = frozenset(_steps(story))
    events = _grouped(story.events, lambda event: event.agent)
    lanes = (_lane(agent, events.get(agent, ()), calls, steps) for agent in story.agents)
    return Script(
        lanes={lane.agent: lane for lane in lanes if lane.calls or lane.deliveries},
        calls=calls,
        hearers=_hearers(story, calls),
        interactions=frozenset(_interactions(story)),
    )


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


def _shelve(calls: Iterable[Call]) -> dict[tuple[str, str], tuple[tuple[Call, ...], ...]]:
    named = _grouped(calls, lambda call: (call.method, resource(call.path)))
    return {name: tuple(_grouped(found, _request).values()) for name, found in named.items()}


def _request(call: Call) -> str:
    return json.dumps([call.query, call.request], sort_keys=True)


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
