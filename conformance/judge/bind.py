"""Binds the ids of one story to those of another, one to one.

Counterparts of events say which id stands where another stood. Most places decide, so one swapped
id shows at the one place where it is wrong, instead of making everything else look wrong. What is
left without a counterpart gets a number of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conformance.judge.steps import Prepared, Step, canonical, masked
from tapestry.story.alias import Aliases, aliases_in

_THREAD_WEIGHT = 1000

Counterparts = Iterable[tuple[Step, Step]]


def bind(
    old: Prepared, new: Prepared, pairs: Counterparts, threads: Mapping[str, str]
) -> dict[str, str]:
    """Return how each alias of ``new`` is to be called in terms of ``old``."""
    votes = _votes(pairs)
    for one, other in threads.items():
        votes[old.aliases.named(one), new.aliases.named(other)] += _THREAD_WEIGHT
    names: dict[str, str] = {}
    taken: set[str] = set()
    # Counter.most_common is stable: of equal votes the earlier place decides.
    for (mine, theirs), _ in votes.most_common():
        if theirs not in names and mine not in taken and _same_type(old, mine, new, theirs):
            names[theirs] = mine
            taken.add(mine)
    return names | _fresh(old.aliases, new.aliases, names)


def _votes(pairs: Counterparts) -> Counter[tuple[str, str]]:
    votes: Counter[tuple[str, str]] = Counter()
    for one, other in pairs:
        if "#" not in one.text:
            continue
        for mine, theirs in _texts_in_common(one.content, other.content):
            if "#" in mine and masked(mine) == masked(theirs):
                votes.update(zip(aliases_in(mine), aliases_in(theirs), strict=True))
    return votes


def _texts_in_common(old: Any, new: Any) -> Iterator[tuple[str, str]]:
    """Yield the texts that stand at the same place in both values."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old.keys() & new.keys():
            yield from _texts_in_common(old[key], new[key])
    elif isinstance(old, list) and isinstance(new, list):
        for mine, theirs in _entries_in_common(old, new):
            yield from _texts_in_common(mine, theirs)
    elif isinstance(old, str) and isinstance(new, str):
        yield old, new


def _entries_in_common(old: list[Any], new: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Pair the entries of two lists: those that say the same wherever they stand, then in order."""
    waiting: dict[str, list[int]] = defaultdict(list)
    for index, entry in enumerate(new):
        waiting[masked(canonical(entry))].append(index)
    left = []
    taken = set()
    for entry in old:
        alike = waiting[masked(canonical(entry))]
        if alike:
            taken.add(alike[0])
            yield entry, new[alike.pop(0)]
        else:
            left.append(entry)
    free = [entry for index, entry in enumerate(new) if index not in taken]
    yield from zip(left, free, strict=False)


def _same_type(old: Prepared, mine: str, new: Prepared, theirs: str) -> bool:
    """Tell whether both ids are of one JSON type: 2 is not the counterpart of "2"."""
    return type(old.aliases.value_of(mine)) is type(new.aliases.value_of(theirs))


def _fresh(old: Aliases, new: Aliases, names: Mapping[str, str]) -> dict[str, str]:
    """Number the ids that have no counterpart from where the old story's numbers end."""
    highest = old.highest()
    fresh: dict[str, str] = {}
    for alias in new.all():
        if alias not in names:
            kind = alias.partition("#")[0]
            highest[kind] += 1
            fresh[alias] = f"{kind}#{highest[kind]}"
    return fresh
