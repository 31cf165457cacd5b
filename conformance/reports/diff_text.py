"""A comparison for a terminal: one line a finding, at most 200 characters, the gravest first."""

from __future__ import annotations

from collections import Counter

from conformance.judge.difference import Comparison, Kind
from conformance.reports.shorten import LINE

MOST = 100
"""How many findings are printed; the rest are counted, and JSON has them all."""

_ORDER = list(Kind)


def diff_text(comparison: Comparison, old: str, new: str) -> str:
    """Return the findings between the cassettes called ``old`` and ``new``."""
    lines = [f"{f.kind.value:<8}  {f.message}"[:LINE] for f in comparison.findings[:MOST]]
    left = len(comparison.findings) - MOST
    if left > 0:
        lines.append(f"... {left} more; --format json prints all")
    return "\n".join([*lines, summary(comparison, old, new)]) + "\n"


def summary(comparison: Comparison, old: str, new: str) -> str:
    """Return the result in one line."""
    told = f"{comparison.compared} events of {old} and {new}"
    if comparison.equal:
        return f"equal: no difference in {told}"
    counts = Counter(finding.kind for finding in comparison.findings)
    parts = ", ".join(f"{counts[kind]} {kind.value}" for kind in _ORDER if counts[kind])
    return f"different: {parts} in {told}"
