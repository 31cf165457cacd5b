"""A comparison for programs: what ``diff --format json`` prints, a contract."""

from __future__ import annotations

import json
from typing import Any

from conformance.judge.difference import ABSENT, Comparison, Finding


def diff_json(comparison: Comparison) -> str:
    """Return ``{"equal": ..., "findings": [...]}``.

    Each finding has ``class``, ``path``, ``old``, ``new``, ``count``, ``where`` and ``message``. A
    side that has no value there is null; the message tells "removed" from a null.
    """
    document = {
        "equal": comparison.equal,
        "findings": [_finding(finding) for finding in comparison.findings],
    }
    return json.dumps(document, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "class": finding.kind.value,
        "path": finding.path,
        "old": _value(finding.old),
        "new": _value(finding.new),
        "count": finding.count,
        "where": finding.where,
        "message": finding.message,
    }


def _value(value: Any) -> Any:
    return None if value is ABSENT else value
