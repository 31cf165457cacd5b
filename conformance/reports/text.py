"""The report for people at a terminal: what needs attention first, then one line to read on.

Passing checks take one line each and findings one line each, path first, so that a run of a
hundred checks with one fault fits on a screen.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.bayeux.grade import grade
from conformance.model import Check, Finding, Outcome, Run
from conformance.reports.shorten import one_line, short
from conformance.reports.summary import last_line, worst_first

_COLOUR = {
    Outcome.PASS: "32",
    Outcome.FAIL: "31;1",
    Outcome.ERROR: "31",
    Outcome.WARN: "33",
    Outcome.WAIVED: "36",
}


def render_text(run: Run, *, colour: bool = False, verbose: bool = False) -> str:
    """Return the whole report; passing checks are listed only when ``verbose``."""
    lines = [f"target  {run.target}"]
    for check in worst_first(run):
        if verbose or check.outcome is not Outcome.PASS:
            lines.extend(_check_lines(check, colour))
    graded = grade(run.checks)
    if graded is not None:
        lines.append(f"Bayeux 1.0: {graded}")
    if run.interrupted:
        lines.append("interrupted: this report is partial")
    return "\n".join([*lines, last_line(run)]) + "\n"


def _check_lines(check: Check, colour: bool) -> Iterator[str]:
    word = _paint(f"{check.outcome.value:<6}", check.outcome, colour)
    yield f"{word}  {check.id}  {check.title}  [{check.level}]"
    if check.reason:
        yield f"        {one_line(check.reason)}"
    for finding in check.findings:
        yield f"        {finding_line(finding)}"
    if check.findings and check.file:
        place = f"{check.file}:{check.line}" if check.line else check.file
        yield f"        see {place}  {' '.join(check.requirements)}".rstrip()


def finding_line(finding: Finding) -> str:
    """Return one finding on one line: path, what is wrong, both values."""
    values = ""
    if finding.expected is not None or finding.observed is not None:
        values = f"  expected {short(finding.expected)}, observed {short(finding.observed)}"
    return one_line(f"{finding.path}: {finding.message}{values}")


def _paint(text: str, outcome: Outcome, colour: bool) -> str:
    code = _COLOUR.get(outcome)
    return f"\x1b[{code}m{text}\x1b[0m" if colour and code else text
