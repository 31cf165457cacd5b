"""What is shared while one scenario is acted out: who is there, what is known, what was found."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.language.scenario import CheckSpec, Scenario
from conformance.runner.agent import LiveAgent
from conformance.runner.events import Arrived, Emit, SessionChanged, ignore
from conformance.runner.ledger import Ledger
from conformance.runner.secrets import Secrets
from conformance.target import Agent, Target
from tapestry.catalogue import Catalogue


def short_random() -> str:
    """Return a few random characters, to tell emails of this run from those of earlier ones."""
    return uuid.uuid4().hex[:8]


@dataclass(frozen=True, slots=True)
class Stage:
    """What all scenarios of a run share.

    ``clock`` is in seconds and monotonic; ``tag`` makes subjects unique; ``patience`` limits how
    many seconds one scenario may take in all, ``None`` for what its own deadlines add up to.
    """

    target: Target
    catalogue: Catalogue
    emit: Emit = ignore
    secrets: Secrets = field(default_factory=Secrets)
    clock: Callable[[], float] = time.monotonic
    tag: Callable[[], str] = short_random
    patience: float | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """When a step began, and in which CometD session each agent was then."""

    at: float
    sessions: Mapping[str, int]


class Scene:
    """One scenario in progress."""

    def __init__(self, scenario: Scenario, cast: Mapping[str, Agent], stage: Stage) -> None:
        """Prepare: nobody is there yet, and only variables with fixed values are known."""
        self.scenario = scenario
        self.cast = cast
        self.stage = stage
        self.target = stage.target
        self.ledger = Ledger(scenario, stage.target.transport)
        self.begun: dict[str, Begun] = {}
        self.live = {role: self._engage(role, agent) for role, agent in cast.items()}
        set_by_target = stage.target.variables
        self.scope: dict[str, Any] = {
            name: set_by_target.get(name, value) for name, value in scenario.variables.items()
        }

    def now(self) -> float:
        """Return the time in seconds on the runner's clock."""
        return self.stage.clock()

    def begin(self, step: str) -> float:
        """Note that a step begins; return when."""
        now = self.now()
        self.begun[step] = Begun(now, {role: live.sessions for role, live in self.live.items()})
        return now

    def introduce(self, role: str) -> None:
        """Make known what the scenario may use of an agent."""
        agent = self.cast[role]
        if self.live[role].user_uri:
            self.scope[f"{role}.user_uri"] = self.live[role].user_uri
        self.scope[f"{role}.username"] = agent.username

    def own_check(self) -> CheckSpec:
        """Return the scenario's own check."""
        return self.scenario.checks[0]

    def _engage(self, role: str, agent: Agent) -> LiveAgent:
        stage = self.stage

        def tell(what: str, detail: str | None) -> None:
            event = SessionChanged(stage.clock(), self.scenario.id, role, what, detail)
            stage.emit(event)

        def delivered(at: float, channel: str, data: Any) -> None:
            stage.emit(Arrived(at, self.scenario.id, role, channel, stage.secrets.hide(data)))

        return LiveAgent(
            agent,
            stage.target,
            secrets=stage.secrets,
            tell=tell,
            delivered=delivered,
            clock=stage.clock,
        )
