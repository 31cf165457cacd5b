"""The report for programs: the JSON that ``verify --format json`` prints (design: section 3).

Its shape is a contract, described by ``schemas/tapestry/verify``; fields may be added, not changed.
"""

from __future__ import annotations

import json
from typing import Any

from conformance.bayeux.grade import grade
from conformance.model import Check, Finding, Run


def render_json(run: Run) -> str:
    """Return the run as indented JSON, ending in a line break."""
    return json.dumps(as_json(run), ensure_ascii=False, indent=2) + "\n"


def as_json(run: Run) -> dict[str, Any]:
    """Return the run as a JSON value; ``grade`` is there when the Bayeux suite was run."""
    graded = grade(run.checks)
    return {
        "verdict": run.verdict.value,
        "exit": run.exit_code,
        "target": run.target,
        "started": run.started,
        "seconds": round(run.seconds, 3),
        "interrupted": run.interrupted,
        "counts": run.counts(),
        **({"grade": graded.value} if graded else {}),
        "checks": [_check(check) for check in run.checks],
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "id": check.id,
        "title": check.title,
        "level": check.level.value,
        "outcome": check.outcome.value,
        "requirements": list(check.requirements),
        "scenario": check.scenario,
        "transport": check.transport,
        "reason": check.reason,
        "seconds": round(check.seconds, 3),
        "findings": [_finding(finding) for finding in check.findings],
        "notes": [_finding(finding) for finding in check.notes],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "class": finding.kind,
        "path": finding.path,
        "expected": finding.expected,
        "observed": finding.observed,
        "message": finding.message,
    }
