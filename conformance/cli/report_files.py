"""The report files that ``verify`` and ``probe`` write: which they are, and that they can be.

Both verbs take ``--report DIR`` and ``--junitxml FILE`` and end in a run, so what comes of the two
options stands here once.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tapestry.problems import Place, Problem

if TYPE_CHECKING:
    from conformance.model import Run


def prepare(args: argparse.Namespace) -> None:
    """Find out before the run, not after it, that a report cannot be written."""
    if args.report:
        try:
            Path(args.report).mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise _unwritable(args.report, fault) from None
    if args.junitxml and not Path(args.junitxml).resolve().parent.is_dir():
        raise Problem("cannot write: no such folder", where=Place(str(Path(args.junitxml).parent)))


def write(args: argparse.Namespace, result: Run) -> None:
    """Write the reports that were asked for. Raises :class:`Problem`."""
    for file, render in _reports(args):
        try:
            file.write_text(render(result), encoding="utf-8")
        except OSError as fault:
            raise _unwritable(str(file), fault) from None


def _reports(args: argparse.Namespace) -> Iterator[tuple[Path, Callable[[Run], str]]]:
    from conformance.reports.html import render_html
    from conformance.reports.json_report import render_json
    from conformance.reports.junit import render_junit

    if args.report:
        folder = Path(args.report)
        yield folder / "run.json", render_json
        yield folder / "report.html", render_html
        yield folder / "junit.xml", render_junit
    if args.junitxml:
        yield Path(args.junitxml), render_junit


def _unwritable(file: str, fault: OSError) -> Problem:
    return Problem(f"cannot write: {fault.strerror or fault}", where=Place(file))
