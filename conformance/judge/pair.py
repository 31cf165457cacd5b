"""Finds which agent and which interaction of one story is which of the other.

Neither names nor order can be relied on: ids are new in every run, and streams that do not depend
on each other may come in any order. So each is described by what is said in it, with ids reduced to
their kinds; what few others say speaks loudest. Equals are told apart by how their ids recur
elsewhere in the story, and only what is alike in everything is paired in order of appearance.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.judge.colour import Colours, refine
from conformance.judge.steps import Prepared, Step, masked
from tapestry.story.alias import aliases_in

_CROWD = 400
"""A feature that more than so many pairs share tells nothing, and would cost much."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of an agent or an interaction: all of it, its outline, and single features.

    ``ids`` are the aliases that stand in it, in an order that is the same for equals.
    """

    whole: Hashable
    shape: Hashable
    features: frozenset[str]
    ids: tuple[str, ...] = ()


Profiles = Mapping[str, Profile]


def pair_up(old: Prepared, new: Prepared) -> tuple[dict[str, str], dict[str, str]]:
    """Return the agent and the thread of ``new`` for each of ``old``.

    Threads are interactions, and what an agent does at large.
    """
    old_colours, new_colours = refine(old.steps), refine(new.steps)
    agents = _pair_agents(_agents(old, old_colours), _agents(new, new_colours))
    roles = {other: agent for agent, other in agents.items()}
    threads = pair(_interactions(old, old_colours, {}), _interactions(new, new_colours, roles))
    return agents, threads | {f"@{agent}": f"@{other}" for agent, other in agents.items()}


def _pair_agents(old: Profiles, new: Profiles) -> dict[str, str]:
    """Pair the agents, and who is left over on both sides in order.

    An agent that does something else altogether is still more likely the same than a stranger.
    """
    paired = pair(old, new)
    left = [agent for agent in old if agent not in paired]
    free = [agent for agent in new if agent not in paired.values()]
    return paired | dict(zip(left, free, strict=False))


def pair(old: Profiles, new: Profiles) -> dict[str, str]:
    """Pair the keys of two mappings, each at most once; those that share nothing with nobody.

    First what is alike in everything, then what shares the most, then what has the same outline,
    then what shares anything; ties in order.
    """
    paired: dict[str, str] = {}
    for candidates in (_equals, _by_votes, _same_shape, _sharing):
        left = {key: profile for key, profile in old.items() if key not in paired}
        free = {key: profile for key, profile in new.items() if key not in paired.values()}
        taken: set[str] = set()
        for one, other in candidates(left, free):
            if one not in paired and other not in taken:
                paired[one] = other
                taken.add(other)
    return paired


def _equals(old: Profiles, new: Profiles) -> Iterator[tuple[str, str]]:
    """Pair what is alike in everything, so that ids shared with earlier pairs stay together."""
    waiting = _by(new, lambda profile: profile.whole)
    mine: dict[str, str] = {}
    theirs: dict[str, str] = {}
    for one, profile in old.items():
        candidates = waiting.get(profile.whole, [])
        for other in candidates:
            ids = list(zip(profile.ids, new[other].ids, strict=False))
            if all(mine.get(a, b) == b and theirs.get(b, a) == a for a, b in ids):
                candidates.remove(other)
                mine.update(ids)
                theirs.update((b, a) for a, b in ids)
                yield one, other
                break


def _same_shape(old: Profiles, new: Profiles) -> Iterator[tuple[str, str]]:
    waiting = _by(new, lambda profile: profile.shape)
    for one, profile in old.items():
        candidates = waiting.get(profile.shape, [])
        if candidates:
            yield one, candidates.pop(0)


def _by(profiles: Profiles, aspect: Callable[[Profile], Hashable]) -> dict[Hashable, list[str]]:
    keys: dict[Hashable, list[str]] = defaultdict(list)
    for key, profile in profiles.items():
        keys[aspect(profile)].append(key)
    return keys


def _by_votes(old: Profiles, new: Profiles) -> list[tuple[str, str]]:
    """Return pairs by the rarity of what they share, the closest first."""
    holders: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for side, profiles in enumerate((old, new)):
        for key, profile in profiles.items():
            for feature in sorted(profile.features):
                holders[feature][side].append(key)
    votes: Counter[tuple[str, str]] = Counter()
    for ones, others in holders.values():
        pairs = len(ones) * len(others)
        if 0 < pairs <= _CROWD:
            for one in ones:
                for other in others:
                    votes[one, other] += 1_000_000 // pairs
    old_place, new_place = _places(old), _places(new)
    return sorted(votes, key=lambda p: (-votes[p], old_place[p[0]], new_place[p[1]]))


def _sharing(old: Profiles, new: Profiles) -> Iterator[tuple[str, str]]:
    for one, profile in old.items():
        for other, candidate in new.items():
            if not profile.features.isdisjoint(candidate.features):
                yield one, other


def _places(keys: Iterable[str]) -> dict[str, int]:
    return {key: index for index, key in enumerate(keys)}


def _agents(prepared: Prepared, colours: Colours) -> dict[str, Profile]:
    steps: dict[str, list[Step]] = {agent: [] for agent in prepared.story.agents}
    for step in prepared.steps:
        steps[step.event.agent].append(step)
    return {
        agent: Profile(
            whole=colours.agents.get(agent),
            shape=tuple(sorted(step.signature[:2] for step in own)),
            features=frozenset(feature for step in _acts(own) for feature in _features(step)),
        )
        for agent, own in steps.items()
    }


def _interactions(
    prepared: Prepared, colours: Colours, roles: Mapping[str, str]
) -> dict[str, Profile]:
    """Describe the interactions; ``roles`` gives agents the names that the old story uses."""
    return {
        thread: Profile(
            whole=(colours.threads[thread], _outline(steps, roles)),
            shape=_outline(steps, roles),
            features=_thread_features(steps),
            ids=_ids(steps, roles),
        )
        for thread, steps in prepared.threads().items()
        if not thread.startswith("@")
    }


def _outline(steps: Iterable[Step], roles: Mapping[str, str]) -> Hashable:
    """Return who got and did what kind of thing, in order within each lane."""
    lanes: dict[tuple[str, str], list[Hashable]] = defaultdict(list)
    for step in steps:
        agent = roles.get(step.event.agent, step.event.agent)
        lanes[agent, step.stream].append(step.signature)
    return tuple((lane, tuple(told)) for lane, told in sorted(lanes.items()))


def _ids(steps: Iterable[Step], roles: Mapping[str, str]) -> tuple[str, ...]:
    def lane(step: Step) -> tuple[str, str]:
        return roles.get(step.event.agent, step.event.agent), step.stream

    ordered = sorted(steps, key=lane)
    return tuple(dict.fromkeys(alias for step in ordered for alias in aliases_in(step.text)))


def _acts(steps: Sequence[Step]) -> Sequence[Step]:
    """Return what an agent did; what it got may be what went to the wrong one."""
    return [step for step in steps if step.stream == "call"] or steps


def _thread_features(steps: Sequence[Step]) -> frozenset[str]:
    """Return what is said in an interaction; how it begins counts twice, for that names it."""
    begins = (f"begins {feature}" for feature in _features(steps[0]))
    return frozenset([*begins, *(feature for step in steps for feature in _features(step))])


def _features(step: Step) -> Iterator[str]:
    """Yield what an event is and every single thing it says."""
    yield f"{step.stream} {step.kind}"
    for path, leaf in _leaves(step.content, step.kind):
        yield masked(f"{path}={leaf!r}")


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _leaves(member, f"{path}.{key}")
    elif isinstance(value, list):
        for member in value:
            yield from _leaves(member, f"{path}[]")
    else:
        yield path, value
