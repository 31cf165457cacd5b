"""``tapestry convert``: a recording from one file format into another, telling what gets lost."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tapestry.problems import Problem


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``convert``."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = (
        "Convert a recording: cassettes (.yaml, .jsonl, .jsonl.zst), HTTP Archives (.har, with\n"
        "the browsers' WebSocket messages) and mitmproxy flows (.mitm, .flow), each into any\n"
        "other.\n"
        "What the other format cannot hold is listed on standard error. A HAR or flow file is\n"
        "redacted on the way in, and its agents are told by their credentials and sessions."
    )
    parser.add_argument("source", type=Path, metavar="IN", help="what to read")
    parser.add_argument("target", type=Path, metavar="OUT", help="what to write; replaced if there")
    parser.add_argument(
        "--style",
        choices=("block", "flow"),
        default="block",
        help="of a .yaml cassette: for people or for speed (default: %(default)s)",
    )
    parser.add_argument(
        "--upstream",
        metavar="URL",
        help="the server to keep of a HAR or flow file (default: the one that was asked most)",
    )
    parser.add_argument(
        "--policy", type=Path, metavar="FILE", help="what to redact and keep beyond the default"
    )


def run(args: argparse.Namespace) -> int:
    """Convert. Raises :class:`tapestry.problems.Problem`."""
    from conformance.conversion import convert

    if args.source.resolve() == args.target.resolve() and args.source.suffix != ".yaml":
        raise Problem("IN and OUT are the same file", remedy="choose another name for OUT")
    report = convert(
        args.source, args.target, style=args.style, upstream=args.upstream, policy=args.policy
    )
    for line in report.notes:
        print(f"tapestry: {line}", file=sys.stderr)
    for line in report.lost:
        print(f"tapestry: lost: {line}", file=sys.stderr)
    print(f"{args.target}: {report.entries} entries read, {len(report.lost)} lost")
    return 0
