"""Compares what events have to do with each other: which call caused which delivery, and when.

Only causes that a strong rule names count. A delivery that its call does not explain any more is a
broken link for every client that waits for it; one that comes later is judged by how late it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conformance.judge.difference import Difference, Seen
from conformance.judge.steps import Step
from tapestry.story.model import Call, Delivery, EndEvent, Event, Rule, SessionEvent, Story

_STRONG = {Rule.EDITED, Rule.REFERENCE, Rule.SUCCESSOR}


@dataclass(frozen=True, slots=True)
class Patience:
    """How much later is late: more than ``factor`` times the old latency and ``floor`` ms."""

    factor: float = 3.0
    floor: float = 250.0

    def exceeded(self, old: float, new: float) -> bool:
        """Tell whether ``new`` ms is late where it was ``old`` ms."""
        return new > self.factor * old and new - old > self.floor


def compare_relations(
    old: Story, new: Story, pairs: Iterable[tuple[Step, Step]], patience: Patience
) -> Iterator[Difference]:
    """Yield lost and changed causes, missing answers, and what came late."""
    pairs = list(pairs)
    calls = {one.event.n: other.event.n for one, other in pairs}
    for one, other in pairs:
        match one.event, other.event:
            case (Delivery() as before, Delivery() as now):
                yield from _cause(one, other, calls, before, now)
                yield from _delivered_late(one, other, (old, new), patience)
            case (Call() as before, Call() as now):
                if patience.exceeded(before.took, now.took):
                    path = ("took",)
                    yield Difference(Seen.LATE, one, path, _ms(before.took), _ms(now.took), other)
            case (Call() as before, EndEvent() as now):
                yield Difference(Seen.UNANSWERED, one, (), before.status, now.reason, other)
            case (EndEvent() as before, Call() as now):
                yield Difference(Seen.UNANSWERED, one, (), before.reason, now.status, other)
            case _:
                pass


def _cause(
    one: Step, other: Step, calls: dict[int, int], before: Delivery, now: Delivery
) -> Iterator[Difference]:
    if before.ambiguous or now.ambiguous:
        return
    old_cause, new_cause = _strong(before), _strong(now)
    if old_cause is not None and old_cause not in calls:
        return  # the call itself is missing, and told as such
    if new_cause != (calls[old_cause] if old_cause is not None else None):
        yield Difference(Seen.CAUSE, one, ("cause",), old_cause, new_cause, other)


def _delivered_late(
    one: Step, other: Step, stories: tuple[Story, Story], patience: Patience
) -> Iterator[Difference]:
    before, now = (_latency(s, e) for s, e in zip(stories, (one.event, other.event), strict=True))
    if before is not None and now is not None and patience.exceeded(before, now):
        yield Difference(Seen.LATE, one, ("latency",), _ms(before), _ms(now), other)


def _latency(story: Story, event: object) -> float | None:
    """Return how long after its cause a delivery came, in ms; ``None`` without a strong cause."""
    if not isinstance(event, Delivery) or _strong(event) is None or event.cause is None:
        return None
    cause = story.events[event.cause - 1]
    receivable = _ready_since(story, event) if cause.agent != event.agent else cause.at
    return event.at - max(cause.at, receivable)


def _ready_since(story: Story, delivery: Delivery) -> float:
    """Return when the receiver last did something about being there at all, in ms.

    An offer waits for the colleague to log in, subscribe and report ready. Until then the server is
    not late, so the wait is not held against it.
    """
    earlier = story.events[: delivery.n - 1]
    return max((e.at for e in earlier if e.agent == delivery.agent and _reports(e)), default=0.0)


def _reports(event: Event) -> bool:
    if isinstance(event, Call):
        return event.method != "GET" and event.interaction is None
    return isinstance(event, SessionEvent)


def _strong(delivery: Delivery) -> int | None:
    return delivery.cause if delivery.rule in _STRONG else None


def _ms(duration: float) -> int:
    return round(duration)
