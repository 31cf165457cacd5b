"""Runs the Bayeux suite against one server and turns what came of it into checks.

Every check has a time limit and a workplace of its own. What goes wrong outside the server's
answers (nothing listens any more, a fault of our own) is an error and never a failed requirement.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from conformance.bayeux.broken import Broken, NotApplicable, Unreachable
from conformance.bayeux.check import CheckSpec, all_checks
from conformance.bayeux.grade import SUITE
from conformance.bayeux.lab import Lab, Prerequisite
from conformance.bayeux.lines import PATIENCE
from conformance.bayeux.probe import PUBLISH_ANYWHERE_BELOW, explore
from conformance.bayeux.requirement import FILE
from conformance.bayeux.world import World, get_in
from conformance.model import Check, Finding, Level, Outcome
from conformance.runner.secrets import Secrets
from conformance.target import Target
from tapestry.problems import TargetUnusable

LONGEST = 30.0
"""Seconds after which a check is given up, whatever it waits for."""


_BROKEN = {Level.MUST: Outcome.FAIL, Level.SHOULD: Outcome.WARN, Level.MAY: Outcome.NA}
_SUSPECT = "suspect: every independent server measured breaks this MUST (docs/bayeux-findings.md)"

Tell = Callable[[Check], None]


async def run_bayeux(
    target: Target,
    *,
    transport: str | None = None,
    publish_channel: str | None = None,
    only: Iterable[str] = (),
    limit: int = 1,
    patience: float = PATIENCE,
    interrupted: asyncio.Event | None = None,
    on_check: Tell = lambda _: None,
) -> list[Check]:
    """Judge the Bayeux server of ``target`` and return a check for each of the suite.

    ``transport`` is what the checks speak that are about no transport in particular (the target's
    own when left out); ``publish_channel`` where clients may publish, a channel or ``/a/tree/**``;
    ``only`` the ids of the checks to run (all); ``limit`` how many may run at once; ``patience``
    how long, in seconds, the server has for what it does not hold on purpose. When ``interrupted``
    is set, what runs is broken off and the rest skipped. Raises
    :class:`TargetUnusable` when no verdict is possible.
    """
    wanted = frozenset(only)
    specs = [spec for spec in all_checks() if not wanted or spec.id in wanted]
    async with open_world(target, transport, publish_channel, patience) as world:
        return await run_checks(
            world, specs, limit=limit, interrupted=interrupted, on_check=on_check
        )


@asynccontextmanager
async def open_world(
    target: Target,
    transport: str | None = None,
    publish_channel: str | None = None,
    patience: float = PATIENCE,
) -> AsyncIterator[World]:
    """Log in, find out what the server offers, and undo afterwards what that took."""
    secrets = Secrets()
    try:
        address, cookies = await get_in(target, secrets, patience)
    except Unreachable as fault:
        raise TargetUnusable(
            f"cannot use {target.base_url}: {secrets.hide(str(fault))}",
            remedy="check that the server runs, its address, and the credentials of its agents",
        ) from None
    world = World(target, address, cookies, transport or target.transport, secrets)
    async with _agent_at_work(world):
        yield await explore(world, publish_channel or PUBLISH_ANYWHERE_BELOW)


async def run_checks(
    world: World,
    specs: Sequence[CheckSpec],
    *,
    limit: int = 1,
    interrupted: asyncio.Event | None = None,
    on_check: Tell = lambda _: None,
) -> list[Check]:
    """Run checks, ``limit`` at once, the slow ones beside the others; in the order of ``specs``.

    Where all events come on one channel checks would get each other's: then one runs at a time.
    """
    places = asyncio.Semaphore(limit if world.lacks("tree") is None else 1)

    async def run(spec: CheckSpec) -> None:
        async with contextlib.nullcontext() if spec.slow else places:
            results[spec.id] = await run_check(world, spec)
        on_check(results[spec.id])

    results: dict[str, Check] = {}
    tasks = [asyncio.create_task(run(spec)) for spec in specs]
    await _all_done_or(interrupted or asyncio.Event(), tasks)
    skipped = (Outcome.SKIP, (), "interrupted before it ended")
    return [results.get(spec.id) or _check(world, spec, *skipped) for spec in specs]


async def _all_done_or(interrupted: asyncio.Event, tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait for all tasks; break off what still runs when ``interrupted`` is set."""
    working = asyncio.gather(*tasks)
    bell = asyncio.create_task(interrupted.wait())
    bell.add_done_callback(lambda _: working.cancel())
    try:
        await working
    except asyncio.CancelledError:
        if not interrupted.is_set():
            raise
    finally:
        bell.cancel()
        left = [task for task in tasks if not task.done()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def run_check(world: World, spec: CheckSpec) -> Check:
    """Run one check."""
    began = time.monotonic()
    outcome, findings, reason = await _try(world, spec)
    if spec.suspect and outcome is Outcome.FAIL:
        reason = _SUSPECT
    return _check(world, spec, outcome, findings, reason, time.monotonic() - began)


def _check(
    world: World,
    spec: CheckSpec,
    outcome: Outcome,
    findings: Sequence[Finding],
    reason: str | None,
    seconds: float = 0.0,
) -> Check:
    return Check(
        id=spec.id,
        title=spec.title,
        level=spec.level,
        outcome=outcome,
        requirements=tuple(requirement.id for requirement in spec.requirements),
        scenario=f"{SUITE}/{spec.group}",
        transport=spec.transport or world.transport,
        findings=tuple(_without_secrets(finding, world) for finding in findings),
        reason=world.secrets.hide(reason) if reason else None,
        seconds=seconds,
        file=FILE if spec.line else None,
        line=spec.line,
    )


async def _try(world: World, spec: CheckSpec) -> tuple[Outcome, Sequence[Finding], str | None]:
    lack = _lack(world, spec)
    if lack is not None:
        return Outcome.NA, (), lack
    try:
        async with asyncio.timeout(LONGEST), Lab(world, spec.transport) as lab:
            findings = await spec.story(lab)
    except Broken as fault:
        findings = [fault.finding]
    except NotApplicable as fault:
        return Outcome.NA, (), str(fault)
    except Prerequisite as fault:
        return Outcome.SKIP, (), str(fault)
    except Unreachable as fault:
        return Outcome.ERROR, (), str(fault)
    except TimeoutError:
        return Outcome.ERROR, (), f"given up after {LONGEST:g} s"
    return _judge(spec.level, findings)


def _judge(
    level: Level, findings: Sequence[Finding]
) -> tuple[Outcome, Sequence[Finding], str | None]:
    """Return what findings mean at a level; an option that is not taken up is not applicable."""
    if not findings:
        return Outcome.PASS, (), None
    if level is Level.MAY:
        return Outcome.NA, (), f"optional, and not so here: {findings[0].message}"
    return _BROKEN.get(level, Outcome.INFO), findings, None


def _lack(world: World, spec: CheckSpec) -> str | None:
    needed: list[str] = sorted(spec.needs)
    transport = spec.transport or world.transport
    needed += [transport] if transport != "long-polling" else []
    return next((lack for need in needed if (lack := world.lacks(need))), None)


def _without_secrets(finding: Finding, world: World) -> Finding:
    hide = world.secrets.hide
    return replace(
        finding,
        message=hide(finding.message),
        expected=hide(finding.expected),
        observed=hide(finding.observed),
    )


@asynccontextmanager
async def _agent_at_work(world: World) -> AsyncIterator[None]:
    """Have the agent ready while events may have to be provisioned for it."""
    from conformance.runner.agent import AgentUnusable, LiveAgent
    from conformance.runner.agent import Unreachable as Gone

    target = world.target
    agent = next(iter(target.agents.values()))
    if not target.provision or agent.password is None:
        yield
        return
    live = LiveAgent(agent, target, secrets=world.secrets)
    try:
        await live.log_in()
        await live.make_ready()
    except (AgentUnusable, Gone):
        pass  # then provisioning brings no event, and checks that need one say so
    try:
        yield
    finally:
        await live.leave()
