"""A comparison as one offline HTML page, to keep and to send on."""

from __future__ import annotations

from conformance.judge.difference import ABSENT, Comparison, Kind
from conformance.reports.diff_text import summary
from conformance.reports.page import render_page


def diff_html(comparison: Comparison, old: str, new: str) -> str:
    """Return the page: the result, then every finding with both values, by kind."""
    return render_page(
        "diff.html.j2",
        comparison=comparison,
        old=old,
        new=new,
        summary=summary(comparison, old, new),
        kinds=[kind.value for kind in Kind],
        absent=ABSENT,
    )
