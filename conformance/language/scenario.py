"""Scenarios as values: who takes part, what is done, what must and must not come of it.

Both ways of writing a scenario, a YAML file and a cassette, are read into these values, so that one
runner acts them out and one judge decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from conformance.jsonpath import MISSING, Path
from conformance.judge.matchers import Matcher
from conformance.model import Level

WITHIN = 5.0
"""Seconds that an expected notification may take when the step does not say."""

ANSWER_WITHIN = 10.0
"""Seconds that an answer may take when the step does not say."""


class Presence(StrEnum):
    """How an agent takes part from the start: ready for work, or only listening."""

    READY = "ready"
    CONNECTED = "connected"


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """One statement that a scenario decides; ``line`` is where it is declared."""

    id: str
    title: str
    level: Level = Level.MUST
    requirements: tuple[str, ...] = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """An agent starts its contact-centre session and becomes ready."""

    agent: str


@dataclass(frozen=True, slots=True)
class Disconnect:
    """An agent ends its CometD session and hears no more."""

    agent: str


@dataclass(frozen=True, slots=True)
class Provision:
    """An interaction is brought about, and called ``name`` in variables.

    ``subject``, ``sender`` and ``to`` are templates, ``None`` for the runner's own choice.
    """

    name: str
    kind: str = "email"
    agent: str | None = None
    subject: str | None = None
    sender: str | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True)
class Statuses:
    """Accepted HTTP statuses: single ones, and classes by their first digit."""

    codes: frozenset[int] = frozenset()
    classes: frozenset[int] = frozenset({2})

    def __contains__(self, status: object) -> bool:
        """Tell whether a status is accepted."""
        return isinstance(status, int) and (status in self.codes or status // 100 in self.classes)

    def __str__(self) -> str:
        """Return the statuses as a scenario writes them."""
        words = [f"{first}xx" for first in sorted(self.classes)]
        return " or ".join([*map(str, sorted(self.codes)), *words])


@dataclass(frozen=True, slots=True)
class Call:
    """One REST operation, and what its answer must be.

    ``path``, ``json`` and ``text`` hold templates; at most one of the latter two is given.
    """

    agent: str
    method: str
    path: str
    json: Any = MISSING
    text: str | None = None
    within: float = ANSWER_WITHIN
    status: Statuses = Statuses()
    body: Matcher | None = None
    capture: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expect:
    """A notification that an agent must get within ``within`` seconds of the step ``after``.

    The first that ``where`` matches is judged by ``data``; without ``where``, ``data`` also says
    which is meant. Expectations in one ``lane`` of one agent are met in order.
    """

    agent: str
    data: Matcher
    where: Matcher | None = None
    channel: Matcher | None = None
    within: float = WITHIN
    after: str | None = None
    capture: Mapping[str, Path] = field(default_factory=dict)
    lane: str = ""


@dataclass(frozen=True, slots=True)
class Never:
    """A notification that an agent must not get after the step ``after``."""

    agent: str
    data: Matcher
    channel: Matcher | None = None
    within: float = WITHIN
    after: str | None = None


Action = Ready | Disconnect | Provision | Call | Expect | Never


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what happens, the check it decides, and the steps it is pointless without.

    ``uses`` are the variables that must have a value, ``gives`` those that it sets.
    """

    id: str
    action: Action
    check: str
    requires: tuple[str, ...] = ()
    uses: frozenset[str] = frozenset()
    gives: frozenset[str] = frozenset()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole scenario; ``checks`` begins with its own, which bears its id.

    ``subscribe`` names channels to listen on beside the target's topic. In a ``closed`` scenario a
    notification about its interactions that nobody expected is a finding. ``unfit`` says why it
    cannot be acted out on any target at all (a cassette with nothing in it that could be driven),
    ``None`` when it can.
    """

    id: str
    title: str
    agents: Mapping[str, Presence]
    steps: tuple[Step, ...]
    checks: tuple[CheckSpec, ...]
    needs: tuple[str, ...] = ()
    alone: bool = False
    closed: bool = False
    subscribe: tuple[str, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""
    line: int | None = None
    unfit: str | None = None

    @property
    def provisions(self) -> bool:
        """Tell whether it brings interactions about."""
        return any(isinstance(step.action, Provision) for step in self.steps)
