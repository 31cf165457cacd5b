"""The words of a verdict: levels, outcomes, findings, checks, and the counts that must add up.

Runner, judge, reports, baselines and the diff all speak in these values, so a reporter can be a
pure function of them. The outcome and verdict words are a contract with other programs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How binding a requirement is, in the words of RFC 2119; INFO never gates."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"
    INFO = "INFO"


class Outcome(StrEnum):
    """What became of one check."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    FAIL = "fail"
    WARN = "warn"
    ERROR = "error"
    SKIP = "skip"
    NA = "na"
    INFO = "info"
    WAIVED = "waived"


class Verdict(StrEnum):
    """What a whole run says of a target."""

    CONFORMANT = "conformant"
    CONDITIONALLY = "conditionally-conformant"
    NON_CONFORMANT = "non-conformant"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference between what was expected and what was observed.

    ``kind`` is its class (``mismatch``, ``missing``, ``unexpected``, ``schema``, ``late``, ...);
    ``path`` a JSON path into the message at fault.
    """

    kind: str
    message: str
    path: str = "$"
    expected: Any = None
    observed: Any = None


@dataclass(frozen=True, slots=True)
class Check:
    """One testable statement and what came of it on one transport.

    ``reason`` says in words why a check is skip, na, error or waived; ``notes`` carries findings
    that do not gate (unknown fields, the reading of a contradiction that was met).
    """

    id: str
    title: str
    level: Level
    outcome: Outcome
    requirements: tuple[str, ...] = ()
    scenario: str = ""
    transport: str = "long-polling"
    findings: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    reason: str | None = None
    seconds: float = 0.0
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened while a scenario ran, for the time line of a report.

    ``at`` is in ms since the scenario began; ``title`` is one line for people; ``detail`` is the
    message behind it, without secrets.
    """

    scenario: str
    at: float
    title: str
    agent: str | None = None
    detail: Any = None


@dataclass(frozen=True, slots=True)
class Run:
    """The result of one ``verify``: all checks against one target, and the facts around them."""

    target: str
    checks: tuple[Check, ...]
    started: str
    seconds: float
    interrupted: bool = False
    timeline: tuple[Moment, ...] = ()

    def counts(self) -> dict[str, int]:
        """Return how many checks there are, and how many of each outcome; the latter sum up."""
        tally = Counter(check.outcome for check in self.checks)
        counted = {"checks": len(self.checks)} | {o.value: tally[o] for o in Outcome}
        assert sum(counted[o.value] for o in Outcome) == counted["checks"]
        return counted

    @property
    def verdict(self) -> Verdict:
        """Return the verdict over all checks (design: section 7, outcomes)."""
        return judge_outcomes(check.outcome for check in self.checks)

    @property
    def exit_code(self) -> int:
        """Return the exit code that the contract gives this run."""
        outcomes = {check.outcome for check in self.checks}
        if self.interrupted:
            return 130
        if not outcomes - {Outcome.NA, Outcome.SKIP}:
            return 5
        if Outcome.FAIL in outcomes:
            return 1
        return 3 if Outcome.ERROR in outcomes else 0


def judge_outcomes(outcomes: Iterable[Outcome]) -> Verdict:
    """Return the verdict that a set of outcomes amounts to."""
    seen = set(outcomes)
    if Outcome.FAIL in seen:
        return Verdict.NON_CONFORMANT
    if Outcome.ERROR in seen or not seen & {Outcome.PASS, Outcome.WARN, Outcome.WAIVED}:
        return Verdict.INCONCLUSIVE
    return Verdict.CONDITIONALLY if Outcome.WARN in seen else Verdict.CONFORMANT
