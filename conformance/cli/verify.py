"""``tapestry verify``: judges an implementation by scenarios and cassettes."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from conformance.cli.report_files import prepare, write
from tapestry.problems import TargetUnusable

if TYPE_CHECKING:
    from conformance.model import Run

_EPILOG = """\
exit codes: 0 every check that gates holds; 1 a MUST is broken; 2 input that cannot be used; 3 the
target cannot be used or broke down; 5 nothing was run; 130 interrupted, what is decided is reported

without --target the reference implementation is judged. --target URL takes a server that is built
like it: agents alice, bob and carol, passwords from TAPESTRY_ALICE_PASSWORD and so on, emails
brought about by POST /admin/emails. Anything else is said in a target file.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("paths", nargs="*", metavar="PATH", help="scenario, cassette or folder")
    parser.add_argument(
        "--suite",
        choices=("email", "session", "bayeux", "all"),
        help="a shipped suite: email and session by default; bayeux is that of the protocol itself",
    )
    parser.add_argument(
        "--transport",
        choices=("long-polling", "callback-polling", "websocket"),
        help="how notifications are fetched (default: as the target says)",
    )
    parser.add_argument("--target", metavar="FILE|URL", help="what to judge")
    parser.add_argument("--report", metavar="DIR", help="write run.json, report.html, junit.xml")
    parser.add_argument("--junitxml", metavar="FILE", help="write JUnit XML")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument(
        "-n", type=_count, default=1, metavar="N", dest="limit", help="scenarios at once"
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="list passing checks too")


def run(args: argparse.Namespace) -> int:
    """Run, report and return the exit code of the run."""
    from conformance.progress import progress
    from conformance.target import load_target
    from conformance.verification import unusable, verify

    target = load_target(args.target) if args.target else None
    prepare(args)
    try:
        result = verify(
            args.paths,
            suites=_suites(args),
            target=target,
            transport=args.transport,
            limit=args.limit,
            on_event=progress(sys.stderr),
        )
    except TargetUnusable as fault:
        print(f"tapestry: {fault}", file=sys.stderr)
        result = unusable(target.name if target else "reference", fault)
    write(args, result)
    _print(args, result)
    return result.exit_code


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"not a positive number: {text!r}")
    return int(text)


def _suites(args: argparse.Namespace) -> tuple[str, ...]:
    from conformance.collect import BAYEUX, SUITES

    if args.suite is None:
        return () if args.paths else SUITES
    return (*SUITES, BAYEUX) if args.suite == "all" else (args.suite,)


def _print(args: argparse.Namespace, result: Run) -> None:
    from conformance.reports.json_report import render_json
    from conformance.reports.summary import last_line
    from conformance.reports.text import render_text

    if args.format == "json":
        sys.stdout.write(render_json(result))
        print(last_line(result), file=sys.stderr)
        return
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    sys.stdout.write(render_text(result, colour=colour, verbose=args.verbose))
