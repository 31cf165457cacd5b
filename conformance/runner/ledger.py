"""Keeps the books of one scenario: what each step found, and the outcome it makes for its check.

Pure. A check fails when a MUST is broken, warns when only a SHOULD is; MAY and INFO are told as
notes and never gate. What could not be tried is not passed: a check with a skipped step is skipped,
one with a step that broke for reasons outside the target's answers is an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from conformance.language.scenario import CheckSpec, Scenario, Step
from conformance.model import Check, Finding, Level, Outcome

_GATING = {Level.MUST: Outcome.FAIL, Level.SHOULD: Outcome.WARN}
_ORDER = (Level.MUST, Level.SHOULD, Level.MAY, Level.INFO)


@dataclass(slots=True)
class _Entry:
    findings: list[tuple[Level, Finding]] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    skips: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Ledger:
    """The findings of one scenario, by check, and what became of each step."""

    def __init__(self, scenario: Scenario, transport: str) -> None:
        """Open the books; every step is undecided."""
        self._scenario = scenario
        self._transport = transport
        self._entries = {spec.id: _Entry() for spec in scenario.checks}
        self._levels = {spec.id: spec.level for spec in scenario.checks}
        self.steps: dict[str, Outcome] = {}

    def find(self, check: str, findings: Iterable[Finding], level: Level = Level.MUST) -> None:
        """Hold findings against a check; a SHOULD that is broken only warns."""
        weaker = max(level, self._levels[check], key=_ORDER.index)
        entry = self._entries[check]
        for finding in findings:
            if weaker not in _GATING:
                self.note(check, [finding])
            else:
                entry.findings.append((weaker, finding))

    def note(self, check: str, findings: Iterable[Finding]) -> None:
        """Tell something about a check that does not gate; the same is told once."""
        entry = self._entries[check]
        entry.notes.extend(found for found in findings if found not in entry.notes)

    def decide(self, step: Step, outcome: Outcome, reason: str | None = None) -> None:
        """Say what became of a step; ``reason`` goes with error and skip."""
        self.steps[step.id] = outcome
        entry = self._entries[step.check]
        if outcome is Outcome.ERROR:
            entry.errors.append(reason or "")
        elif outcome is Outcome.SKIP:
            entry.skips.append(reason or "")

    def spend(self, step: Step, seconds: float) -> None:
        """Add the time that a step took to its check."""
        self._entries[step.check].seconds += seconds

    def give_up(self, outcome: Outcome, reason: str) -> None:
        """Decide every step that is still open, and with them the scenario's own check."""
        for step in self._scenario.steps:
            if step.id not in self.steps:
                self.decide(step, outcome, reason)
        own = self._entries[self._scenario.id]
        (own.errors if outcome is Outcome.ERROR else own.skips).append(reason)

    def checks(self) -> tuple[Check, ...]:
        """Return the scenario's checks, its own first."""
        return tuple(self._check(spec, self._entries[spec.id]) for spec in self._scenario.checks)

    def _check(self, spec: CheckSpec, entry: _Entry) -> Check:
        outcome, reason = _outcome(entry)
        return Check(
            id=spec.id,
            title=spec.title,
            level=spec.level,
            outcome=outcome,
            requirements=spec.requirements,
            scenario=self._scenario.id,
            transport=self._transport,
            findings=tuple(finding for _, finding in entry.findings),
            notes=tuple(entry.notes),
            reason=reason,
            seconds=entry.seconds,
            file=self._scenario.file or None,
            line=spec.line,
        )


def _outcome(entry: _Entry) -> tuple[Outcome, str | None]:
    found = {_GATING[level] for level, _ in entry.findings}
    if Outcome.FAIL in found:
        return Outcome.FAIL, None
    if entry.errors:
        return Outcome.ERROR, entry.errors[0]
    if found:
        return Outcome.WARN, None
    return (Outcome.SKIP, entry.skips[0]) if entry.skips else (Outcome.PASS, None)


def undone(scenario: Scenario, transport: str, outcome: Outcome, reason: str) -> tuple[Check, ...]:
    """Return the checks of a scenario that was not acted out, all with one outcome."""
    return tuple(
        Check(
            id=spec.id,
            title=spec.title,
            level=spec.level,
            outcome=outcome,
            requirements=spec.requirements,
            scenario=scenario.id,
            transport=transport,
            reason=reason,
            file=scenario.file or None,
            line=spec.line,
        )
        for spec in scenario.checks
    )
