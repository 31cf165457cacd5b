"""Acts one scenario out from the first login to the last farewell, and returns its checks.

Agents arrive before the first step, so every subscription stands before anything can happen, and
leave after the last, whatever went wrong between. A step whose needs were not met is skipped with
the reason named; the others go on, so that one fault does not hide the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from conformance.jsonpath import find
from conformance.language.scenario import (
    Call,
    Expect,
    Never,
    Presence,
    Provision,
    Ready,
    Scenario,
    Step,
)
from conformance.model import Check, Finding, Outcome
from conformance.runner.agent import LOGIN_WITHIN, AgentUnusable, Unreachable
from conformance.runner.events import ScenarioEnded, ScenarioStarted, StepEnded
from conformance.runner.inbox import Arrival
from conformance.runner.ledger import Ledger
from conformance.runner.provide import PROVIDED_WITHIN
from conformance.runner.scene import Scene, Stage
from conformance.runner.shapes import judge_notification
from conformance.runner.steps import GRACE, Broken, carry_out
from conformance.runner.timeline import in_words
from conformance.target import Agent

_WORDS = {
    Outcome.FAIL: "failed",
    Outcome.ERROR: "could not be done",
    Outcome.SKIP: "was skipped",
}


async def enact(scenario: Scenario, cast: Mapping[str, Agent], stage: Stage) -> tuple[Check, ...]:
    """Act ``scenario`` out with ``cast`` (its agents by part) and return its checks.

    Cancelling ends the sessions and returns what was decided until then, the rest skipped.
    """
    scene = Scene(scenario, cast, stage)
    began = scene.now()
    parts = tuple((role, agent.name) for role, agent in cast.items())
    stage.emit(ScenarioStarted(began, scenario.id, scenario.title, parts))
    patience = _patience(scenario) if stage.patience is None else stage.patience
    try:
        async with asyncio.timeout(patience):
            await _arrive(scene)
            for step in scenario.steps:
                await _try(scene, step)
            if scenario.closed:
                await _let_everything_in(scene)
    except TimeoutError:
        _bark(scene, patience)
    except asyncio.CancelledError:
        scene.ledger.give_up(Outcome.SKIP, "interrupted")
    except (AgentUnusable, Unreachable) as fault:
        scene.ledger.give_up(Outcome.ERROR, str(fault))
    finally:
        await asyncio.gather(*(live.leave() for live in scene.live.values()))
    _look_at_the_rest(scene)
    checks = _timed(scene.ledger, scene.now() - began)
    stage.emit(ScenarioEnded(scene.now(), scenario.id, checks))
    return checks


async def _arrive(scene: Scene) -> None:
    for role, presence in scene.scenario.agents.items():
        await scene.live[role].arrive(scene.scenario.subscribe)
        scene.introduce(role)
        if presence is Presence.READY:
            await scene.live[role].make_ready()


async def _try(scene: Scene, step: Step) -> None:
    """Carry out a step, or skip it, and enter what became of it in the books."""
    began = scene.now()
    reason = _blocked(scene, step)
    if reason is not None:
        outcome = Outcome.SKIP
    else:
        try:
            held = await carry_out(scene, step)
            outcome = Outcome.PASS if held else Outcome.FAIL
        except Broken as fault:
            outcome, reason = Outcome.ERROR, f"{_named(step.id)}: {fault}"
    scene.ledger.decide(step, outcome, reason)
    scene.ledger.spend(step, scene.now() - began)
    kind = type(step.action).__name__.lower()
    scene.stage.emit(StepEnded(scene.now(), scene.scenario.id, step.id, kind, outcome, reason))


def _blocked(scene: Scene, step: Step) -> str | None:
    """Return why a step cannot be tried, ``None`` when it can."""
    for name in step.requires:
        outcome = scene.ledger.steps[name]
        if outcome is not Outcome.PASS:
            return f"needs {_named(name)}, which {_WORDS[outcome]}"
    for name in sorted(step.uses - scene.scope.keys()):
        return f"needs ${{{name}}}, {_why_unset(scene, name)}"
    if isinstance(step.action, Expect | Never):
        cause = step.action.after or ""
        outcome = scene.ledger.steps[cause]
        if outcome in (Outcome.SKIP, Outcome.ERROR):
            return f"follows from {_named(cause)}, which {_WORDS[outcome]}"
    return None


def _named(step: str) -> str:
    """Return how a step is called: ``step-3`` when nobody named it, else ``step told``."""
    return step if step.startswith("step-") else f"step {step}"


def _why_unset(scene: Scene, name: str) -> str:
    for step in scene.scenario.steps:
        outcome = scene.ledger.steps.get(step.id)
        if name in step.gives and outcome in _WORDS:
            return f"but {_named(step.id)} {_WORDS[outcome]}"
    return "which the target does not tell"


def _patience(scenario: Scenario) -> float:
    """Return how long a scenario may take: all its deadlines, and half as long again."""
    spent = 3 * LOGIN_WITHIN * len(scenario.agents)
    for step in scenario.steps:
        match step.action:
            case Ready():
                spent += 2 * LOGIN_WITHIN
            case Provision():
                spent += PROVIDED_WITHIN
            case Call(within=within) | Expect(within=within) | Never(within=within):
                spent += within + GRACE
    return 1.5 * spent


def _bark(scene: Scene, patience: float) -> None:
    """Turn a scenario that hung into an error that tells where it stood."""
    done = [step.id for step in scene.scenario.steps if step.id in scene.ledger.steps]
    open_steps = [step.id for step in scene.scenario.steps if step.id not in scene.ledger.steps]
    where = f"at {_named(open_steps[0])}" if open_steps else "at the end"
    told = sum(len(live.inbox.arrivals) for live in scene.live.values())
    scene.ledger.give_up(
        Outcome.ERROR,
        f"the watchdog ended it after {patience:g} s {where}; "
        f"{len(done)} steps were done and {told} notifications had come",
    )


def _look_at_the_rest(scene: Scene) -> None:
    """Tell what nobody expected, and hold it against its documented shape all the same."""
    own, strays = scene.own_check().id, 0
    ours = _interactions(scene)
    for role, live in scene.live.items():
        for arrival in live.inbox.arrivals:
            if arrival.claimed is not None:
                continue
            shapes = judge_notification(scene.stage.catalogue, arrival.channel, arrival.data)
            for level, finding in shapes:
                scene.ledger.find(own, [finding], level)
            if any(value in str(arrival.data) for value in ours):
                enter = scene.ledger.find if scene.scenario.closed else scene.ledger.note
                enter(own, [_unclaimed(role, arrival)])
            else:
                strays += 1
    if strays:
        message = f"{strays} notifications were about something else"
        scene.ledger.note(own, [Finding("unclaimed", message)])


def _interactions(scene: Scene) -> set[str]:
    """Return what tells that a notification is about this scenario: its ids, and its subjects."""
    ours = set()
    for live in scene.live.values():
        for arrival in live.inbox.arrivals:
            message = scene.stage.catalogue.message_type(arrival.channel, arrival.data)
            if arrival.claimed is not None and message is not None and message.interaction:
                ours.add(find(message.interaction, arrival.data))
    for step in scene.scenario.steps:
        if isinstance(step.action, Provision):
            ours |= {scene.scope.get(f"{step.action.name}.{key}") for key in ("id", "subject")}
    return {value for value in ours if isinstance(value, str)}


async def _let_everything_in(scene: Scene) -> None:
    """Give notifications that are on their way the time of one more round trip."""
    for live in scene.live.values():
        if live.listening:
            await live.fence(LOGIN_WITHIN)


def _unclaimed(role: str, arrival: Arrival) -> Finding:
    message = f"nobody expected this {in_words(arrival.data)}, for {role} on {arrival.channel}"
    return Finding("unclaimed", message, "$.data", None, arrival.data)


def _timed(ledger: Ledger, seconds: float) -> tuple[Check, ...]:
    """Return the checks; the scenario's own takes the time of the whole."""
    own, *rest = ledger.checks()
    return (replace(own, seconds=seconds), *rest)
