"""Describes agents, interactions and ids of a story without any name, by how they hang together.

Colour refinement, as for the vertices of a graph: what an agent did and got, what an interaction
consists of and where an id stands are digested in turn, each in terms of the colours of the others.
Two stories that differ in names only have the same colours, whatever the order of their streams.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.judge.steps import Step

ROUNDS = 3

_ALIAS = re.compile(r"([a-z][a-z-]*)#\d+")


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours so far; what has none yet is known by its kind alone."""

    agents: Mapping[str, str] = field(default_factory=dict)
    threads: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)


def refine(steps: Sequence[Step]) -> Colours:
    """Return the colours of all agents, threads and ids in ``steps``."""
    colours = Colours()
    for _ in range(ROUNDS):
        colours = _refined(steps, colours)
    return colours


def _refined(steps: Sequence[Step], before: Colours) -> Colours:
    of_agents: _Lanes = defaultdict(lambda: defaultdict(list))
    of_threads: _Lanes = defaultdict(lambda: defaultdict(list))
    of_ids: dict[str, list[str]] = defaultdict(list)
    for step in steps:
        agent = before.agents.get(step.event.agent, "")
        thread = before.threads.get(step.thread, "")
        text = f"{step.stream} {_ALIAS.sub(lambda found: _colour(found, before), step.text)}"
        # Order counts within one lane; lanes of other agents and interactions are only a set.
        of_agents[step.event.agent][step.thread, step.stream].append(f"{thread} {text}")
        of_threads[step.thread][step.event.agent, step.stream].append(f"{agent} {text}")
        for place, found in enumerate(_ALIAS.finditer(step.text)):
            of_ids[found[0]].append(f"{place} {agent} {thread} {text}")
    return Colours(
        {agent: _digest_lanes(lanes) for agent, lanes in of_agents.items()},
        {thread: _digest_lanes(lanes) for thread, lanes in of_threads.items()},
        {alias: _digest(sorted(places)) for alias, places in of_ids.items()},
    )


_Lanes = defaultdict[str, defaultdict[Hashable, list[str]]]


def _colour(found: re.Match[str], before: Colours) -> str:
    return before.ids.get(found[0], found[1])


def _digest_lanes(lanes: Mapping[Hashable, list[str]]) -> str:
    return _digest(sorted(_digest(texts) for texts in lanes.values()))


def _digest(parts: Iterable[str]) -> str:
    digest = hashlib.blake2b(digest_size=12)
    for part in parts:
        digest.update(part.encode(errors="surrogatepass") + b"\0")
    return digest.hexdigest()
