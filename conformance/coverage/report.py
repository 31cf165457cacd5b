"""Renders coverage as text, JSON or a page; text tells what is missing, which one looks for."""

from __future__ import annotations

import json
from collections import Counter

from conformance.coverage.measure import Coverage, Status


def render_text(coverage: Coverage, *, verbose: bool = False) -> str:
    """Return one line a kind with its counts, then whatever is missing; all of it if verbose."""
    lines = [_counted(coverage, kind) for kind in coverage.kinds]
    for item in coverage.items:
        if verbose or item.status is Status.MISSING:
            why = f"  ({item.why})" if item.why else ""
            lines.append(f"{item.status:10} {item.kind:12} {item.name}{why}")
    lines.append(f"coverage={coverage.share:.1%}")
    return "\n".join(lines) + "\n"


def _counted(coverage: Coverage, kind: str) -> str:
    tally = Counter(item.status for item in coverage.of(kind))
    counts = "  ".join(f"{status}={tally[status]}" for status in Status)
    return f"{kind:12} {counts}"


def render_json(coverage: Coverage) -> str:
    """Return the coverage as JSON: ``share`` and ``items``."""
    items = [
        {"kind": item.kind, "name": item.name, "status": str(item.status), "why": item.why}
        for item in coverage.items
    ]
    return json.dumps({"share": round(coverage.share, 4), "items": items}, indent=2) + "\n"


def render_html(coverage: Coverage) -> str:
    """Return one offline page."""
    from conformance.reports.page import render_page

    counts = {
        kind: Counter(str(item.status) for item in coverage.of(kind)) for kind in coverage.kinds
    }
    statuses = [str(status) for status in Status]
    return render_page("coverage.html.j2", coverage=coverage, counts=counts, statuses=statuses)
