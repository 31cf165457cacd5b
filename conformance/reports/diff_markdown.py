"""A comparison as Markdown, for a pull request or a step summary of a pipeline."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from conformance.judge.difference import ABSENT, Comparison
from conformance.reports.diff_text import MOST, summary
from conformance.reports.shorten import one_line, short

_ACTIVE = re.compile(r"([\\`*_{}\[\]()#+!|~@$])")


def diff_markdown(comparison: Comparison, old: str, new: str) -> str:
    """Return a heading, the result, and a table of the findings."""
    lines = ["## What changed", "", _literal(summary(comparison, old, new)), ""]
    if comparison.findings:
        lines += ["| class | path | old | new | count | first seen |", "|---|---|---|---|--:|---|"]
    for finding in comparison.findings[:MOST]:
        cells = [
            finding.kind.value,
            _literal(f"{finding.path} ({finding.seen.value})"),
            _literal(_value(finding.old)),
            _literal(_value(finding.new)),
            str(finding.count),
            _literal(finding.where),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    left = len(comparison.findings) - MOST
    if left > 0:
        lines += ["", f"{left} more findings are not shown."]
    return "\n".join(lines).rstrip() + "\n"


def _value(value: Any) -> str:
    return "" if value is ABSENT else short(value)


def _literal(text: str) -> str:
    """Return ``text`` so that Markdown shows it and does nothing else with it."""
    return escape(_ACTIVE.sub(r"\\\1", one_line(text)), quote=False)
