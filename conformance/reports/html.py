"""The report to keep and to send on: one HTML page for a run, readable with no network.

It answers, in this order: does it hold, what broke, where exactly, and what happened meanwhile.
Every check has an anchor of its own, so that a ticket can point at it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from conformance.bayeux.grade import grade
from conformance.model import Check, Moment, Run
from conformance.reports.page import render_page
from conformance.reports.summary import COUNTED, last_line, worst_first


def render_html(run: Run, *, changes: Sequence[Any] = (), compared: str = "") -> str:
    """Return the page for ``run``.

    ``changes`` are findings of a diff to show beside the verdict, and ``compared`` says of what.
    """
    return render_page(
        "run.html.j2",
        run=run,
        counts=run.counts(),
        grade=grade(run.checks),
        counted=[outcome.value for outcome in COUNTED],
        attention=[check for check in worst_first(run) if check.findings or check.reason],
        scenarios=_by_scenario(run),
        timeline=_by_name(run),
        changes=changes,
        compared=compared,
        last_line=last_line(run),
    )


def _by_scenario(run: Run) -> list[tuple[str, list[Check]]]:
    ordered = sorted(run.checks, key=lambda check: check.scenario)
    return [(name, list(checks)) for name, checks in groupby(ordered, lambda c: c.scenario)]


def _by_name(run: Run) -> dict[str, list[Moment]]:
    lines: dict[str, list[Moment]] = {}
    for moment in run.timeline:
        lines.setdefault(moment.scenario, []).append(moment)
    return lines
