"""``verify``: from what to run and on which target to a finished run, as one call.

The command line and the Python API are thin fronts of this. Without a target the embedded reference
implementation is served for the length of the run.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.collect import BAYEUX, collect
from conformance.language.scenario import Scenario
from conformance.model import Check, Level, Outcome, Run
from conformance.runner.events import Emit, Event, RunStarted, ScenarioEnded, ignore
from conformance.runner.timeline import Timeline
from conformance.target import Agent, Target, house_target, load_target
from tapestry.problems import TargetUnusable

if TYPE_CHECKING:
    from conformance.reference.variants import Variant
    from conformance.runner.scene import Stage

SMOKE = "target.smoke"


def verify(
    paths: Sequence[Path | str] = (),
    *,
    suites: Sequence[str] = (),
    target: Target | str | None = None,
    transport: str | None = None,
    limit: int = 1,
    on_event: Emit = ignore,
) -> Run:
    """Run scenarios and cassettes against a target and return the result.

    ``paths`` are scenario files, cassettes or folders, ``suites`` names of shipped suites (all
    suites of scenarios when neither is given; ``bayeux`` is the one of the protocol itself);
    ``target`` a :class:`Target`, a target file or a base URL, the embedded reference when left out;
    ``transport`` how notifications are fetched, as the target says when left out; ``limit`` how
    many scenarios may run at once. Raises :class:`Problem` for input that cannot be used and
    :class:`TargetUnusable` when no verdict about the target is possible. An interrupt (SIGINT) ends
    the run with what has been decided.
    """
    of_scenarios = [suite for suite in suites if suite != BAYEUX]
    nothing_else = BAYEUX in suites and not (paths or of_scenarios)
    scenarios = () if nothing_else else collect(paths, of_scenarios)
    with _reached(target) as reached:
        if transport:
            reached = replace(reached, transport=transport)
        return run_on(reached, scenarios, bayeux=BAYEUX in suites, limit=limit, on_event=on_event)


def run_on(
    target: Target,
    scenarios: Sequence[Scenario],
    *,
    bayeux: bool = False,
    limit: int = 1,
    on_event: Emit = ignore,
) -> Run:
    """Run scenarios that have been read already against a target that is there.

    ``bayeux`` says whether the Bayeux suite is run besides.
    """
    timeline = Timeline()

    def emit(event: Event) -> None:
        timeline(event)
        on_event(event)

    started = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    began = time.monotonic()
    checks, interrupted = asyncio.run(_run(target, scenarios, bayeux, limit, emit))
    return Run(
        target=target.name,
        checks=checks,
        started=started,
        seconds=time.monotonic() - began,
        interrupted=interrupted,
        timeline=timeline.moments,
    )


def unusable(target: str, fault: TargetUnusable) -> Run:
    """Return the run that a report shows when the target could not be used at all."""
    check = Check(
        id=SMOKE,
        title="The target can be reached and lets its agents in",
        level=Level.MUST,
        outcome=Outcome.ERROR,
        reason=fault.what,
    )
    started = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Run(target=target, checks=(check,), started=started, seconds=0.0)


@contextmanager
def embedded_reference(variant: Variant | None = None) -> Iterator[Target]:
    """Serve the reference implementation for the length of the block, as a target."""
    from conformance.reference.agents import HOUSE_AGENTS
    from conformance.reference.app import reference_server

    agents = {
        agent.user_name: Agent(agent.user_name, agent.user_name, agent.password)
        for agent in HOUSE_AGENTS
    }
    with reference_server(variant=variant) as url:
        name = f"reference, {variant.name}" if variant else "reference"
        yield house_target(url, agents, name=name)


@contextmanager
def _reached(target: Target | str | None) -> Iterator[Target]:
    if target is None:
        with embedded_reference() as reference:
            yield reference
    else:
        yield load_target(target) if isinstance(target, str) else target


async def _run(
    target: Target, scenarios: Sequence[Scenario], bayeux: bool, limit: int, emit: Emit
) -> tuple[tuple[Check, ...], bool]:
    from conformance.runner.casting import Unfit, cast_for
    from conformance.runner.scene import Stage
    from conformance.runner.schedule import run_scenarios
    from conformance.runner.smoke import smoke
    from tapestry.catalogue import catalogue

    stage = Stage(target, catalogue(), emit)
    casts = [cast_for(scenario, target) for scenario in scenarios]
    players = {
        agent.name: agent
        for cast in casts
        if not isinstance(cast, Unfit)
        for agent in cast.values()
    }
    if players:
        await smoke(target, list(players.values()), stage.secrets)
    protocol = _bayeux_checks() if bayeux else 0
    total = sum(len(scenario.checks) for scenario in scenarios) + protocol
    emit(RunStarted(stage.clock(), target.name, len(scenarios) + protocol, total))
    interrupted = asyncio.Event()
    with _on_interrupt(interrupted.set):
        results = await run_scenarios(scenarios, stage, limit=limit, interrupted=interrupted)
        if bayeux:
            results.append(await _run_bayeux(stage, limit, interrupted))
    return tuple(chain.from_iterable(results)), interrupted.is_set()


def _bayeux_checks() -> int:
    from conformance.bayeux.check import all_checks

    return len(all_checks())


async def _run_bayeux(stage: Stage, limit: int, interrupted: asyncio.Event) -> tuple[Check, ...]:
    from conformance.bayeux.suite import run_bayeux

    def tell(check: Check) -> None:
        stage.emit(ScenarioEnded(stage.clock(), check.id, (check,)))

    checks = await run_bayeux(
        stage.target,
        transport=stage.target.transport,
        publish_channel=stage.target.publish_channel,
        limit=limit,
        interrupted=interrupted,
        on_check=tell,
    )
    return tuple(checks)


@contextmanager
def _on_interrupt(stop: Callable[[], None]) -> Iterator[None]:
    """Let the first SIGINT end the run in order; the second ends the program as usual."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()

    def first() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        stop()

    loop.add_signal_handler(signal.SIGINT, first)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
