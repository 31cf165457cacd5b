"""From the logs of situations to checks: what each reading makes of them, as a verdict has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.bayeux.requirement import FILE
from conformance.model import Check, Finding, Level, Outcome
from conformance.probe.app import Played
from conformance.probe.check import ClientCheck, NotApplicable

SUITE = "bayeux-client"

_BROKEN = {Level.MUST: Outcome.FAIL, Level.SHOULD: Outcome.WARN, Level.MAY: Outcome.NA}


def grade(spec: ClientCheck, played: Sequence[Played]) -> Check:
    """Return what ``spec`` makes of the situations that were played."""
    concerned = [p for p in played if spec.situation in (None, p.situation.name)]
    outcome, findings, reason = _decide(spec, concerned)
    return Check(
        id=spec.id,
        title=spec.title,
        level=spec.level,
        outcome=outcome,
        requirements=tuple(requirement.id for requirement in spec.requirements),
        scenario=f"{SUITE}/{spec.situation or 'every'}",
        findings=tuple(findings),
        reason=reason,
        seconds=sum(p.seconds for p in concerned) if spec.situation else 0.0,
        file=FILE if spec.line else None,
        line=spec.line,
    )


def _decide(
    spec: ClientCheck, concerned: Iterable[Played]
) -> tuple[Outcome, list[Finding], str | None]:
    """Read each log; one that says nothing leaves the question to the others."""
    findings: list[Finding] = []
    lacks: list[tuple[Outcome, str]] = []
    read = 0
    for played in concerned:
        if not played.log.arrivals or (spec.situation and played.lack):
            lacks.append((Outcome.SKIP, played.lack or "no client came"))
            continue
        try:
            found = spec.read(played.log)
        except NotApplicable as fault:
            lacks.append((Outcome.NA, str(fault)))
        else:
            read += 1
            findings += [_placed(finding, played) for finding in found]
    if not read:
        outcome, reason = max(lacks, default=(Outcome.SKIP, "not played"), key=_is_na)
        return outcome, [], reason
    return _judge(spec.level, findings)


def _judge(level: Level, findings: list[Finding]) -> tuple[Outcome, list[Finding], str | None]:
    if not findings:
        return Outcome.PASS, [], None
    if level is Level.MAY:
        return Outcome.NA, [], f"optional, and not so here: {findings[0].message}"
    return _BROKEN.get(level, Outcome.INFO), findings, None


def _is_na(lack: tuple[Outcome, str]) -> bool:
    return lack[0] is Outcome.NA


def _placed(finding: Finding, played: Played) -> Finding:
    """Say in the path of a finding which situation's log it is about."""
    path = f"{played.situation.name}{finding.path.removeprefix('$')}"
    return Finding(finding.kind, finding.message, path, finding.expected, finding.observed)
