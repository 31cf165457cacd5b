"""``tapestry check``: judges cassettes, scenarios, targets and printed samples without a server."""

from __future__ import annotations

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``check``."""
    parser.description = (
        "Check files offline: cassettes (every call and delivery against the documented shapes), "
        "scenarios, targets and schemas (against their own schema, with file:line:col), printed "
        "samples (their defects). Exit 0: no MUST is broken; 1: one is; 2: a file cannot be used; "
        "5: nothing to check."
    )
    parser.add_argument(
        "paths", type=Path, nargs="+", metavar="PATH", help="a file, or a folder to search"
    )
    parser.add_argument(
        "--profile",
        default="documented",
        metavar="NAME",
        help="how strictly: documented, observed or strict (default: %(default)s)",
    )
    parser.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="lines for people, or JSON (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Print what was found. Raises :class:`tapestry.problems.Problem` for a path of no use."""
    from conformance.offline.files import check_paths
    from conformance.offline.report import render_json, render_text
    from tapestry.catalogue import catalogue

    checked = check_paths(args.paths, catalogue(args.profile))
    render = render_json if args.format == "json" else render_text
    print(render(checked), end="")
    return checked.exit_code
