"""Decides which scenarios run when: several at once, but never two that share an agent.

Results come back in the order of the scenarios, so a run says the same whatever the number of
scenarios at once. An interrupt lets running scenarios end their sessions and skips the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from conformance.language.scenario import Scenario
from conformance.model import Check, Outcome
from conformance.runner.casting import Cast, Unfit, cast_for, plays_alone
from conformance.runner.enact import enact
from conformance.runner.ledger import undone
from conformance.runner.scene import Stage

Results = list[tuple[Check, ...]]


@dataclass(slots=True)
class _Running:
    """The scenarios in progress, by position in the order."""

    tasks: dict[asyncio.Task[tuple[Check, ...]], int] = field(default_factory=dict)
    agents: dict[int, frozenset[str]] = field(default_factory=dict)
    alone: bool = False

    def has_room_for(self, names: frozenset[str], alone: bool, limit: int) -> bool:
        if not self.tasks:
            return True
        busy = frozenset().union(*self.agents.values())
        return not (alone or self.alone or names & busy) and len(self.tasks) < limit


async def run_scenarios(
    scenarios: Sequence[Scenario],
    stage: Stage,
    *,
    limit: int = 1,
    interrupted: asyncio.Event | None = None,
) -> Results:
    """Run ``scenarios``, up to ``limit`` at once, and return the checks of each, in order.

    When ``interrupted`` is set, what runs is broken off and what has not run is skipped.
    """
    results: dict[int, tuple[Check, ...]] = {}
    waiting: list[tuple[int, Cast]] = []
    for n, scenario in enumerate(scenarios):
        cast = cast_for(scenario, stage.target)
        if isinstance(cast, Unfit):
            results[n] = undone(scenario, stage.target.transport, Outcome.NA, cast.reason)
        else:
            waiting.append((n, cast))
    schedule = _Schedule(scenarios, stage, limit, waiting, results)
    await schedule.run(interrupted or asyncio.Event())
    return [results[n] for n in range(len(scenarios))]


class _Schedule:
    def __init__(
        self,
        scenarios: Sequence[Scenario],
        stage: Stage,
        limit: int,
        waiting: list[tuple[int, Cast]],
        results: dict[int, tuple[Check, ...]],
    ) -> None:
        self.scenarios = scenarios
        self.stage = stage
        self.limit = limit
        self.waiting = waiting
        self.results = results
        self.running = _Running()

    async def run(self, interrupted: asyncio.Event) -> None:
        bell = asyncio.create_task(interrupted.wait())
        try:
            while not interrupted.is_set():
                self._start_what_can()
                if not self.running.tasks:
                    break
                await asyncio.wait([*self.running.tasks, bell], return_when=asyncio.FIRST_COMPLETED)
                self._gather()
        finally:
            bell.cancel()
            await self._break_off()

    def _start_what_can(self) -> None:
        """Start in order; one that must be alone holds up those behind it, so its turn comes."""
        for n, cast in list(self.waiting):
            scenario = self.scenarios[n]
            names = frozenset(agent.name for agent in cast.values())
            alone = plays_alone(scenario, self.stage.target)
            if self.running.has_room_for(names, alone, self.limit):
                self.waiting.remove((n, cast))
                self._start(n, scenario, cast, names, alone)
            elif alone:
                return

    def _start(
        self, n: int, scenario: Scenario, cast: Cast, names: frozenset[str], alone: bool
    ) -> None:
        task = asyncio.create_task(enact(scenario, cast, self.stage))
        self.running.tasks[task] = n
        self.running.agents[n] = names
        self.running.alone = alone

    def _gather(self) -> None:
        for task in [task for task in self.running.tasks if task.done()]:
            n = self.running.tasks.pop(task)
            del self.running.agents[n]
            self.running.alone = False
            self.results[n] = task.result()

    async def _break_off(self) -> None:
        for task in self.running.tasks:
            task.cancel()
        if self.running.tasks:
            await asyncio.wait(self.running.tasks)
        self._gather()
        transport = self.stage.target.transport
        for n, _ in self.waiting:
            reason = "interrupted before it began"
            self.results[n] = undone(self.scenarios[n], transport, Outcome.SKIP, reason)
