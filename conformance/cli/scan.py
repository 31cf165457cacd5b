"""``tapestry scan``: looks for secrets and personal data in cassettes, reports, anything."""

from __future__ import annotations

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``scan``."""
    parser.description = (
        "Look for secrets and personal data: token formats, credentials, cookies, addresses, "
        "telephone, card and account numbers, readable names and mails. Independent of the "
        "redaction that made a cassette. Values are shown masked. Exit 0: clean; 1: something was "
        "found; 2: a path cannot be read; 5: nothing to scan."
    )
    parser.add_argument(
        "paths", type=Path, nargs="+", metavar="PATH", help="a file, or a folder to search"
    )
    parser.add_argument(
        "--format",
        choices=("text", "json"),
        default="text",
        help="lines for people, or JSON (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Print what was found. Raises :class:`tapestry.problems.Problem`."""
    from conformance.scan.files import scan_paths
    from conformance.scan.report import render_json, render_text

    scanned = scan_paths(args.paths)
    print((render_json if args.format == "json" else render_text)(scanned), end="")
    return scanned.exit_code
