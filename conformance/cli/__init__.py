"""The ``tapestry`` command: finds the verb, parses its options, prints faults and exits.

Each of ``VERBS`` is a module of this package with ``configure(parser)`` and ``run(args)``. Only
the verb that is asked for is imported, so that start-up stays quick whatever the others need.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol, cast

from tapestry.problems import Problem

EXIT_FAULT = 4
EXIT_INTERRUPTED = 130

VERBS = {
    "demo": "see the whole road on the built-in reference server",
    "record": "record what passes between a desktop and a server",
    "replay": "serve a cassette, with no server behind it",
    "verify": "judge a server by scenarios and cassettes",
    "probe": "grade a Bayeux client by scripted situations",
    "diff": "compare two cassettes by what they mean",
    "show": "print a cassette as the story it tells",
    "check": "check cassettes, scenarios and samples offline",
    "scan": "look for secrets and personal data in files",
    "convert": "turn a recording into another format",
    "coverage": "say what of the documented API a suite or recording exercises",
    "export": "print the documented API as OpenAPI, AsyncAPI or JSON Schema",
    "reference": "serve the reference implementation",
}


class Verb(Protocol):
    """What every module of this package offers."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the verb to ``parser``."""

    def run(self, args: argparse.Namespace) -> int:
        """Carry the verb out and return the exit code; may raise :class:`Problem`."""


def main(argv: list[str] | None = None) -> int:
    """Run the command line ``argv`` and return its exit code (design: section 3)."""
    arguments = sys.argv[1:] if argv is None else argv
    try:
        args = _parser(arguments).parse_args(arguments)
        return int(args.run(args))
    except Problem as problem:
        print(f"tapestry: {problem}", file=sys.stderr)
        return problem.exit_code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe has gone (`tapestry show x | head`); there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as fault:  # noqa: BLE001 - the last line of defence, told as our own fault
        return _own_fault(fault)


def _parser(arguments: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tapestry",
        description="Record, replay and judge contact-centre APIs, notifications included.",
        epilog="Start with 'tapestry demo'. 'tapestry VERB -h' explains a verb.",
    )
    parser.add_argument("--version", action="version", version=f"tapestry {_version()}")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    wanted = next((word for word in arguments if not word.startswith("-")), None)
    for name, summary in VERBS.items():
        added = verbs.add_parser(name, help=summary, description=summary.capitalize() + ".")
        if name == wanted:
            verb = cast(Verb, import_module(f"conformance.cli.{name}"))
            verb.configure(added)
            added.set_defaults(run=verb.run)
    return parser


def _version() -> str:
    try:
        return version("bayeux-tapestry")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "unknown"


def _own_fault(fault: Exception) -> int:
    if os.environ.get("TAPESTRY_TRACEBACK"):
        import traceback

        traceback.print_exception(fault)
    print(
        f"tapestry: a fault of the tool itself: {type(fault).__name__}: {fault}\n"
        "  do: run it again with TAPESTRY_TRACEBACK=1 and report what it prints",
        file=sys.stderr,
    )
    return EXIT_FAULT
