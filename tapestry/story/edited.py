"""Finds the deliveries and calls that a person's edges speak of.

An edge names entries of the tape, which stay what they are when the rules of this program change;
a story has numbers of its own. An edge that cannot hold is a fault of whoever wrote it, and told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from tapestry.problems import Problem
from tapestry.story.model import Call, Delivery, Event, Rule, Story
from tapestry.tape.model import Edge

Edited = dict[int, int | None]
"""The cause of deliveries, both by their ``n``; ``None`` for one that has no cause."""


def edited(edges: Iterable[Edge], events: Sequence[Event]) -> Edited:
    """Return what ``edges`` say of ``events``. Raises :class:`Problem` for one that cannot hold."""
    calls = {event.entry + 1: event for event in events if isinstance(event, Call)}
    deliveries = _by_entry(events)
    found: Edited = {}
    for edge in edges:
        delivery = _delivery(edge, deliveries)
        found[delivery.n] = None if edge.cause is None else _cause(edge, delivery, calls).n
    return found


def edges_of(story: Story) -> Iterator[tuple[Delivery, Edge]]:
    """Yield every delivery of ``story`` with the edge that would set the cause it has."""
    entries = {call.n: call.entry + 1 for call in story.calls}
    for entry, deliveries in _by_entry(story.events).items():
        for message, delivery in enumerate(deliveries, start=1):
            cause = None if delivery.cause is None else entries[delivery.cause]
            yield delivery, Edge(entry, cause, message)


def is_edited(delivery: Delivery) -> bool:
    """Tell whether a person has set the cause of ``delivery``."""
    return delivery.rule is Rule.EDITED


def _by_entry(events: Iterable[Event]) -> dict[int, list[Delivery]]:
    found: dict[int, list[Delivery]] = defaultdict(list)
    for event in events:
        if isinstance(event, Delivery):
            found[event.entry + 1].append(event)
    return found


def _delivery(edge: Edge, deliveries: dict[int, list[Delivery]]) -> Delivery:
    held = deliveries.get(edge.entry, [])
    if not 1 <= edge.message <= len(held):
        what = f"no delivery {edge.message} in entry {edge.entry}, it has {len(held)}"
        raise _problem(edge, what)
    return held[edge.message - 1]


def _cause(edge: Edge, delivery: Delivery, calls: dict[int, Call]) -> Call:
    call = calls.get(edge.cause or 0)
    if call is None:
        raise _problem(edge, f"entry {edge.cause} is no call")
    if call.at > delivery.at:
        raise _problem(edge, f"entry {edge.cause} was called after entry {edge.entry} had arrived")
    return call


def _problem(edge: Edge, what: str) -> Problem:
    remedy = "`tapestry show --format causes` writes the edges there are, to be edited"
    return Problem(what, where=edge.where, remedy=remedy)
