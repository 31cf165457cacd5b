"""Finds, for every event of one story, its counterpart in the other.

Agents and interactions are paired first, then the events of each lane are aligned. What is left
over on both sides may only have moved: to another agent, another interaction, or another position.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.judge.align import align
from conformance.judge.difference import Difference, Seen
from conformance.judge.pair import pair_up
from conformance.judge.steps import Lane, Prepared, Step

_GAP = 2
_SAME_EVENT, _OTHER_STATE, _NEVER = 1, 3, 2 * _GAP + 1


@dataclass(slots=True)
class Counterparts:
    """Which events belong together, and which are left over on either side.

    ``agents`` and ``threads`` lead from the old story's names to the new one's.
    """

    agents: Mapping[str, str]
    threads: Mapping[str, str]
    pairs: list[tuple[Step, Step]] = field(default_factory=list)
    missing: list[Step] = field(default_factory=list)
    extra: list[Step] = field(default_factory=list)

    def lane(self, old: Lane) -> Lane:
        """Return the lane of the new story in which the counterparts of ``old`` are expected."""
        agent, thread, stream = old
        return self.agents.get(agent, ""), self.threads.get(thread, ""), stream


def find_counterparts(old: Prepared, new: Prepared) -> Counterparts:
    """Pair the events of both stories."""
    found = Counterparts(*pair_up(old, new))
    old_lanes, new_lanes = old.lanes(), new.lanes()
    for lane, steps in old_lanes.items():
        _align_lane(found, steps, new_lanes.pop(found.lane(lane), []))
    for steps in new_lanes.values():
        found.extra += steps
    return found


def _align_lane(found: Counterparts, old: Sequence[Step], new: Sequence[Step]) -> None:
    for one, other in align(old, new, _cost, _GAP):
        if one is not None and other is not None:
            found.pairs.append((one, other))
        elif one is not None:
            found.missing.append(one)
        elif other is not None:
            found.extra.append(other)


def _cost(one: Step, other: Step) -> int:
    if one.masked == other.masked and one.signature == other.signature:
        return 0
    if one.signature == other.signature:
        return _SAME_EVENT
    return _OTHER_STATE if one.kind == other.kind else _NEVER


def unpaired(found: Counterparts) -> Iterator[Difference]:
    """Yield what became of the events without counterpart: moved, missing, doubled or new."""
    extra = list(found.extra)
    for step in found.missing:
        moved = _moved(found, step, extra)
        if moved is None:
            yield Difference(Seen.MISSING, step)
        else:
            extra.remove(moved)
            yield _move(found, step, moved)
    told = {(other.lane, other.text) for _, other in found.pairs if other.stream == "delivery"}
    for step in extra:
        doubled = (step.lane, step.text) in told
        yield Difference(Seen.DUPLICATED if doubled else Seen.EXTRA, step)


def _moved(found: Counterparts, step: Step, extra: Sequence[Step]) -> Step | None:
    """Return the leftover of the new story that is ``step`` at another place, if there is one."""
    alike = [other for other in extra if other.signature == step.signature]
    here = found.threads.get(step.thread)
    same_thread = [other for other in alike if other.thread == here]
    exact = [other for other in [*same_thread, *alike] if other.masked == step.masked]
    loosely = same_thread if step.stream == "delivery" else []
    return next(iter([*exact, *loosely]), None)


def _move(found: Counterparts, step: Step, moved: Step) -> Difference:
    agents = {other: agent for agent, other in found.agents.items()}
    old_agent, new_agent = step.event.agent, agents.get(moved.event.agent, moved.event.agent)
    if old_agent != new_agent:
        return Difference(Seen.MISPLACED, step, ("agent",), old_agent, new_agent, moved)
    if moved.thread != found.threads.get(step.thread):
        return Difference(Seen.MISPLACED, step, ("interaction",), step.thread, moved.thread, moved)
    return Difference(Seen.REORDERED, step, (), step.event.n, moved.event.n, moved)
