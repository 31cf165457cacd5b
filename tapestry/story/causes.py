"""Says which call a delivery follows from, and by which rule.

The strongest rule wins, and its name is kept so that an arrow can be explained:

``edited``
    a person has written it beside the tape.
``referenceId``
    the call's HTTP answer carries the number that the notification repeats (GWS Email API, CometD
    notifications). It ties a request to the notification of whoever made it, so it holds for the
    acting agent only; what another agent hears of it goes by the next rule.
``successor``
    same interaction, and the catalogue lists the notification among the operation's outcomes for
    this receiver. Each call yields each outcome once a session; a failed call yields none.
``nearest``
    same interaction, within five seconds, nothing better. Weak: shown as such, never gates.

A delivery may precede its call's answer (real servers do that) but never the call's request.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tapestry.story.edited import Edited
from tapestry.story.model import Call, Delivery, Event, Rule
from tapestry.story.resource import parent_id, state

if TYPE_CHECKING:
    from tapestry.catalogue.model import Outcome

NEAREST_WINDOW = 5000.0
"""How long after a call, in ms, the ``nearest`` rule still looks back to it."""

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
_SUCCEEDED = {None, 0, 7}  # GWS, Return values: 0 is success, 7 success in part
_ACTOR = "actor"

Outcomes = dict[int, Sequence["Outcome"]]
"""What each call may cause, by its ``n``; calls of unknown operations are left out."""


def with_causes(
    events: Iterable[Event], outcomes: Outcomes, edited: Edited | None = None
) -> tuple[Event, ...]:
    """Return ``events`` with a cause on every delivery that has one; they must be in order."""
    causes = _Causes(outcomes, edited or {})
    return tuple(causes.take(event) for event in events)


class _Causes:
    """Walks events in order, so that a call always stands before what it causes."""

    def __init__(self, outcomes: Outcomes, edited: Edited) -> None:
        self._outcomes = outcomes
        self._edited = edited
        self._by_reference: dict[tuple[str, int], Call] = {}
        self._by_interaction: dict[str | None, list[Call]] = {}
        self._yielded: set[tuple[int, str, int]] = set()

    def take(self, event: Event) -> Event:
        if isinstance(event, Call):
            if event.reference is not None:
                self._by_reference[event.agent, event.reference] = event
            if event.interaction is not None or event.n in self._outcomes:
                self._by_interaction.setdefault(event.interaction, []).append(event)
        elif isinstance(event, Delivery):
            if event.n in self._edited:
                return replace(event, cause=self._edited[event.n], rule=Rule.EDITED)
            return self._by_number(event) or self._successor(event) or self._nearest(event) or event
        return event

    def _by_number(self, delivery: Delivery) -> Delivery | None:
        call = self._by_reference.get((delivery.agent, _reference(delivery.data) or -1))
        if call is None:
            return None
        outcome = self._outcome(call, delivery)
        if outcome is not None:
            self._yielded.add((call.n, delivery.session, outcome))
        return replace(delivery, cause=call.n, rule=Rule.REFERENCE)

    def _successor(self, delivery: Delivery) -> Delivery | None:
        legal: list[tuple[Call, int]] = []
        for call in self._candidates(delivery):
            outcome = self._outcome(call, delivery)
            if outcome is not None and _succeeded(call):
                legal.append((call, outcome))
        if not legal:
            return None
        call, outcome = legal[-1]
        self._yielded.add((call.n, delivery.session, outcome))
        others = [other for other, _ in legal[:-1]]
        return _caused(delivery, call, Rule.SUCCESSOR, others)

    def _nearest(self, delivery: Delivery) -> Delivery | None:
        recent = [
            call
            for call in self._candidates(delivery)
            if call.interaction is not None
            and call.method not in _SAFE_METHODS
            and delivery.at - call.at <= NEAREST_WINDOW
        ]
        return _caused(delivery, recent[-1], Rule.NEAREST, recent[:-1]) if recent else None

    def _candidates(self, delivery: Delivery) -> list[Call]:
        """Return the calls on the same interaction or its parent, earliest first."""
        own = self._by_interaction.get(delivery.interaction, [])
        parent = parent_id(delivery.data)
        if parent is None or parent == delivery.interaction:
            return own
        both = [*own, *self._by_interaction.get(parent, [])]
        return sorted(both, key=lambda call: call.n)

    def _outcome(self, call: Call, delivery: Delivery) -> int | None:
        """Return which outcome of ``call`` the delivery is; ``None`` when none or used up."""
        actor = call.agent == delivery.agent
        for index, outcome in enumerate(self._outcomes.get(call.n, ())):
            used = (call.n, delivery.session, index) in self._yielded
            if not used and (outcome.receiver == _ACTOR) == actor and _fits(outcome, delivery):
                return index
        return None


def _caused(delivery: Delivery, call: Call, rule: Rule, others: Sequence[Call]) -> Delivery:
    ambiguous = any(_concurrent(call, other) for other in others)
    return replace(delivery, cause=call.n, rule=rule, ambiguous=ambiguous)


def _fits(outcome: Outcome, delivery: Delivery) -> bool:
    if outcome.message_type != delivery.message_type:
        return False
    if outcome.notification_type not in (None, delivery.notification_type):
        return False
    now = state(delivery.data)
    return not outcome.states or now is None or now in outcome.states


def _concurrent(call: Call, other: Call) -> bool:
    return call.at < other.at + other.took and other.at < call.at + call.took


def _succeeded(call: Call) -> bool:
    code = call.body.get("statusCode") if isinstance(call.body, dict) else None
    return call.status < 400 and code in _SUCCEEDED


def _reference(data: Any) -> int | None:
    number = data.get("referenceId") if isinstance(data, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None
