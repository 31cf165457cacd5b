"""What happens while scenarios are acted out, one type for each thing.

Progress, time lines and reports are made from these events alone, so another way of telling a run
needs no change in the runner. ``at`` is in seconds on the runner's monotonic clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conformance.model import Check, Outcome


@dataclass(frozen=True, slots=True)
class RunStarted:
    """So many scenarios, with so many checks, are about to be acted out."""

    at: float
    target: str
    scenarios: int
    checks: int


@dataclass(frozen=True, slots=True)
class ScenarioStarted:
    """A scenario begins; ``cast`` says which agent of the target plays which part."""

    at: float
    scenario: str
    title: str
    cast: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """An agent logged in, listens, became ready or left; ``detail`` tells what was unusual."""

    at: float
    scenario: str
    agent: str
    what: str
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Provisioned:
    """An interaction was asked for; ``id`` is set when the target told it."""

    at: float
    scenario: str
    step: str
    subject: str
    agent: str | None
    id: str | None


@dataclass(frozen=True, slots=True)
class Called:
    """A REST operation and its answer, ``took`` seconds later; no status when none came."""

    at: float
    took: float
    scenario: str
    step: str
    agent: str
    method: str
    path: str
    request: Any
    status: int | None
    answer: Any


@dataclass(frozen=True, slots=True)
class Arrived:
    """A notification reached an agent."""

    at: float
    scenario: str
    agent: str
    channel: str
    data: Any


@dataclass(frozen=True, slots=True)
class StepEnded:
    """A step is over: held, failed, was skipped or could not be done."""

    at: float
    scenario: str
    step: str
    kind: str
    outcome: Outcome
    message: str | None = None


@dataclass(frozen=True, slots=True)
class ScenarioEnded:
    """A scenario is over, with all its checks."""

    at: float
    scenario: str
    checks: tuple[Check, ...]


Event = (
    RunStarted
    | ScenarioStarted
    | SessionChanged
    | Provisioned
    | Called
    | Arrived
    | StepEnded
    | ScenarioEnded
)

Emit = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Take no notice of an event."""
