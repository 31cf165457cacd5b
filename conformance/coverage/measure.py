"""Says of everything the catalogue lists whether it was covered, and if not, why not.

``covered`` was seen to succeed and to be refused, where it can be both; ``positive`` only to
succeed; ``missing`` neither; ``ineligible`` cannot be seen, for the reason that is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from conformance.coverage.keywords import keyword_items
from conformance.coverage.seen import Seen, SeenCall, SeenMessage
from tapestry.catalogue.annotations import place, requirements_of
from tapestry.catalogue.model import Operation, Outcome

_OURS = "TAPESTRY-"
_FAILS_LATER = "Error"


class Status(StrEnum):
    """What became of one item."""

    COVERED = "covered"
    POSITIVE = "positive"
    MISSING = "missing"
    INELIGIBLE = "ineligible"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that can be covered; ``why`` tells what is lacking, or why it cannot be."""

    kind: str
    name: str
    status: Status
    why: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """All items, in the order of the catalogue."""

    items: tuple[Item, ...]

    @property
    def share(self) -> float:
        """Return the part of eligible items that is covered or covered positively, 0 to 1."""
        eligible = [item for item in self.items if item.status is not Status.INELIGIBLE]
        reached = [item for item in eligible if item.status is not Status.MISSING]
        return len(reached) / len(eligible) if eligible else 1.0

    def of(self, kind: str) -> tuple[Item, ...]:
        """Return the items of one kind."""
        return tuple(item for item in self.items if item.kind == kind)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds, in order."""
        return tuple(dict.fromkeys(item.kind for item in self.items))


def measure(seen: Seen) -> Coverage:
    """Return the coverage that ``seen`` amounts to."""
    return Coverage(
        (
            *_operations(seen),
            *_parameters(seen),
            *_outcomes(seen),
            *_notifications(seen),
            *_states(seen),
            *_requirements(seen),
            *(
                Item("keyword", name, _both_ways(decided), _lacking(decided))
                for name, decided in keyword_items(seen)
            ),
        )
    )


def _both_ways(decided: set[bool]) -> Status:
    if decided == {True, False}:
        return Status.COVERED
    return Status.POSITIVE if True in decided else Status.MISSING


def _lacking(decided: set[bool]) -> str:
    if not decided:
        return "never seen"
    return "" if len(decided) == 2 else ("never refused" if True in decided else "never accepted")


def _operations(seen: Seen) -> Iterator[Item]:
    for operation in seen.known.operations:
        decided = {call.succeeded for call in seen.calls if call.operation is operation}
        yield Item("operation", operation.name, _both_ways(decided), _lacking(decided))


def _parameters(seen: Seen) -> Iterator[Item]:
    for operation in seen.known.operations:
        calls = [call for call in seen.calls if call.operation is operation]
        for name in _parameter_names(seen, operation):
            decided = {call.succeeded for call in calls if _names(call, name)}
            item = f"{operation.name}.{name}"
            yield Item("parameter", item, _both_ways(decided), _lacking(decided))


def _parameter_names(seen: Seen, operation: Operation) -> list[str]:
    named = list(operation.query)
    if operation.request is not None:
        named += place(seen.known.schemas, operation.request).names
    return named


def _names(call: SeenCall, parameter: str) -> bool:
    return parameter in call.query or (isinstance(call.request, dict) and parameter in call.request)


def _outcomes(seen: Seen) -> Iterator[Item]:
    for operation in seen.known.operations:
        calls = [call for call in seen.calls if call.operation is operation and call.succeeded]
        for outcome in operation.outcomes:
            for state in outcome.states or (None,):
                name = _outcome_name(operation, outcome, state)
                if outcome.notification_type == _FAILS_LATER:
                    why = "needs a server that fails after it has taken a request on"
                    yield Item("outcome", name, Status.INELIGIBLE, why)
                elif any(_shows(call, outcome, state, seen.messages) for call in calls):
                    yield Item("outcome", name, Status.COVERED)
                elif outcome.anomaly is not None and len(outcome.states) > 1:
                    why = f"one of the readings of {outcome.anomaly}; a server follows one"
                    yield Item("outcome", name, Status.INELIGIBLE, why)
                else:
                    yield Item("outcome", name, Status.MISSING, "never seen")


def _outcome_name(operation: Operation, outcome: Outcome, state: str | None) -> str:
    what = outcome.notification_type or outcome.message_type
    shown = f" {state}" if state else ""
    return f"{operation.name}: {what}{shown} for {outcome.receiver}"


def _shows(
    call: SeenCall, outcome: Outcome, state: str | None, messages: Iterable[SeenMessage]
) -> bool:
    """Tell whether a message of the same story can be the outcome of ``call``."""
    for one in messages:
        if one.scope != call.scope or (one.agent == call.agent) != (outcome.receiver == "actor"):
            continue
        types = (one.message.message_type, outcome.notification_type or one.notification_type)
        fits = types == (outcome.message_type, one.notification_type)
        if fits and (state is None or not one.message.state or one.state == state):
            return not outcome.reference or _same_reference(call, one) or not call.answer
    return False


def _same_reference(call: SeenCall, message: SeenMessage) -> bool:
    answered = call.answer.get("referenceId") if isinstance(call.answer, dict) else None
    return answered is None or message.data.get("referenceId") in (None, answered)


def _notifications(seen: Seen) -> Iterator[Item]:
    came = {
        (one.message.channel, one.message.message_type, one.notification_type)
        for one in seen.messages
    }
    for channel in seen.known.channels:
        for message in channel.messages.values():
            for kind in message.notification_types or (None,):
                name = f"{message.message_type} {kind or ''}".strip()
                if (channel.name, message.message_type, kind) in came:
                    yield Item("notification", name, Status.COVERED)
                elif kind == _FAILS_LATER:
                    why = "needs a server that fails after it has taken a request on"
                    yield Item("notification", name, Status.INELIGIBLE, why)
                else:
                    yield Item("notification", name, Status.MISSING, "never seen")


def _states(seen: Seen) -> Iterator[Item]:
    came = {(one.message.kind, one.state) for one in seen.messages}
    for kind, states in seen.known.capabilities.items():
        for state in states:
            covered = (kind, state) in came
            status = Status.COVERED if covered else Status.MISSING
            yield Item("state", f"{kind} {state}", status, "" if covered else "never seen")


def _requirements(seen: Seen) -> Iterator[Item]:
    shapes = _held_by_shape(seen)
    for one in seen.known.requirements.values():
        if one.id.startswith(_OURS):
            continue
        if seen.requirements.get(one.id) or one.id in shapes:
            yield Item("requirement", one.id, Status.COVERED)
        elif not one.observable:
            yield Item("requirement", one.id, Status.INELIGIBLE, "cannot be seen through the API")
        else:
            yield Item("requirement", one.id, Status.MISSING, one.statement)


def _held_by_shape(seen: Seen) -> set[str]:
    """Return what the schemas of everything that was seen hold it to."""
    used = {name for call in seen.calls for name in (call.operation.request, call.operation.answer)}
    used |= {one.schema for one in seen.messages}
    if any(not call.succeeded for call in seen.calls):
        used.add(seen.known.answers.otherwise)
    held = {one for name in used if name for one in requirements_of(seen.known.schemas, name)}
    for channel in {one.message.channel for one in seen.messages}:
        known = seen.known.channel(channel)
        assert known is not None, "a message type is found by its channel"
        held |= {known.requirement, known.type_requirement, known.data_requirement}
    return held
