"""``tapestry coverage``: what of the documented API a suite or a recording exercises."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tapestry.problems import Place, Problem


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.description = (
        "Say what of the documented API is exercised: operations, parameters, outcomes, "
        "notifications, states, requirements, and the keywords of request schemas. Cassettes are "
        "read; scenarios are acted out on the built-in reference server. Exit 1: less than --min."
    )
    parser.add_argument(
        "paths",
        type=Path,
        nargs="*",
        metavar="PATH",
        help="cassette, scenario or folder (default: the shipped scenarios)",
    )
    parser.add_argument("--format", choices=("text", "json", "html"), default="text")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write there, not to stdout")
    parser.add_argument(
        "--min", type=_percent, default=0.0, metavar="PERCENT", help="the least that is enough"
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="list what is covered too")


def run(args: argparse.Namespace) -> int:
    """Count, print, and compare with what is demanded. Raises :class:`Problem`."""
    from conformance.coverage.gather import gather
    from conformance.coverage.measure import measure
    from conformance.coverage.report import render_html, render_json, render_text

    coverage = measure(gather(args.paths))
    if args.format == "text":
        text = render_text(coverage, verbose=args.verbose)
    else:
        text = render_json(coverage) if args.format == "json" else render_html(coverage)
    _write(text, args.out)
    return 0 if coverage.share * 100 >= args.min else 1


def _write(text: str, file: Path | None) -> None:
    if file is None:
        sys.stdout.write(text)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as fault:
        where = Place(str(file))
        raise Problem(f"cannot write: {fault.strerror or fault}", where=where) from None


def _percent(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"not a percentage: {text!r}")
    return value
