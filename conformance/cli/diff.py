"""``tapestry diff``: compares two cassettes by what they mean."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.judge.difference import Comparison
    from tapestry.tape.model import Cassette

EXPLAINED = """
No difference: ids, hosts, the pseudonyms of redacted recordings, the order of streams that do not
depend on each other. Classes: breaking (a client may depend on what is gone, of another type, or
elsewhere), changed (another value), timing (the same, later), additive (something new that a client
may ignore). Exit code 0: equal, or only additive findings. 1: any other finding. 2: unreadable
input.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``diff``."""
    parser.epilog = EXPLAINED
    parser.add_argument("old", type=Path, metavar="OLD", help="the cassette to compare with")
    parser.add_argument("new", type=Path, metavar="NEW", help="the cassette that may differ")
    parser.add_argument(
        "--format",
        choices=("text", "json", "html", "markdown"),
        default="text",
        help="how to print the findings (default: %(default)s)",
    )
    parser.add_argument(
        "--late-factor",
        type=float,
        default=3.0,
        metavar="K",
        help="how many times the old latency is late (default: %(default)s)",
    )
    parser.add_argument(
        "--late-floor",
        type=float,
        default=250.0,
        metavar="MS",
        help="and by how many milliseconds at least (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Print the findings. Raises :class:`tapestry.problems.Problem` for unreadable cassettes."""
    from conformance.judge.diff import compare_stories
    from conformance.judge.relations import Patience
    from tapestry.catalogue import catalogue
    from tapestry.story.derive import derive

    known = catalogue()
    tapes = _tape(args.old), _tape(args.new)
    old, new = (derive(tape, known) for tape in tapes)
    patience = Patience(args.late_factor, args.late_floor)
    redacted = any(tape.header.redaction is not None for tape in tapes)
    comparison = compare_stories(old, new, known, patience, redacted=redacted)
    sys.stdout.write(_rendered(comparison, args))
    return int(comparison.gates)


def _tape(file: Path) -> Cassette:
    from tapestry.tape.codec import load

    cassette = load(file)
    for warning in cassette.warnings:
        print(f"tapestry: {warning}", file=sys.stderr)
    return cassette


def _rendered(comparison: Comparison, args: argparse.Namespace) -> str:
    names = args.old.name, args.new.name
    if args.format == "json":
        from conformance.reports.diff_json import diff_json

        return diff_json(comparison)
    if args.format == "html":
        from conformance.reports.diff_html import diff_html

        return diff_html(comparison, *names)
    if args.format == "markdown":
        from conformance.reports.diff_markdown import diff_markdown

        return diff_markdown(comparison, *names)
    from conformance.reports.diff_text import diff_text

    return diff_text(comparison, *names)
