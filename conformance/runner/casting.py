"""Gives the parts of a scenario to the agents of a target, or says why it cannot be played there.

What a target does not claim, or cannot bring about, is not applicable and said to be so; it is
never counted as passed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.language.scenario import Provision, Scenario
from conformance.target import Agent, Target

Cast = Mapping[str, Agent]


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why a scenario does not apply to a target."""

    reason: str


def cast_for(scenario: Scenario, target: Target) -> Cast | Unfit:
    """Return who plays which part: agents of the same name first, then the others in order."""
    if scenario.unfit is not None:
        return Unfit(scenario.unfit)
    for capability in scenario.needs:
        if not target.claims(capability):
            return Unfit(f"the target does not claim {capability}")
    for step in scenario.steps:
        if isinstance(step.action, Provision) and step.action.kind not in target.provision:
            return Unfit(f"the target file does not say how an {step.action.kind} comes to be")
    if len(target.agents) < len(scenario.agents):
        count = len(scenario.agents)
        return Unfit(f"it takes {count} agents, and the target has {len(target.agents)}")
    return _cast(scenario, target)


def _cast(scenario: Scenario, target: Target) -> Cast:
    named = {role: target.agents[role] for role in scenario.agents if role in target.agents}
    others = iter(agent for name, agent in target.agents.items() if name not in named)
    return {role: named.get(role) or next(others) for role in scenario.agents}


def plays_alone(scenario: Scenario, target: Target) -> bool:
    """Tell whether no other scenario may have agents ready meanwhile.

    A target that cannot be told whom an email is for would offer it to anybody who is ready.
    """
    if scenario.alone:
        return True
    aims = all(way.aims for way in target.provision.values())
    return scenario.provisions and not aims
