"""``tapestry probe``: grades a Bayeux client by how it behaves in scripted situations."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.cli.report_files import prepare, write
from tapestry.problems import Problem

if TYPE_CHECKING:
    from conformance.model import Run
    from conformance.probe.app import Played

DEFAULT_LISTEN = "127.0.0.1:0"
BY_HAND = 120.0

_EPILOG = """\
with a COMMAND, it is run once for each situation, {url} in it standing for the address to connect
to, and ended by SIGTERM:   tapestry probe -- node my-client.mjs {url}
without one, connect a client to each path that GET / lists; all wait at once.

the client subscribes to /probe/events (again after each new handshake), publishes the data of each
event to /service/probe/echo, and disconnects when the data has "stop": true.

exit codes: 0 every check that gates holds; 1 a MUST is broken; 2 input that cannot be used; 5 no
client came; 130 interrupted, what is decided is reported
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument(
        "--listen", default=DEFAULT_LISTEN, metavar="H:P", help="address (default %(default)s)"
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="ID", help="grade by this check; repeatable"
    )
    parser.add_argument(
        "--situation", action="append", default=[], metavar="NAME", help="play this; repeatable"
    )
    parser.add_argument("--list", action="store_true", help="list the checks and end")
    parser.add_argument("--name", metavar="TEXT", help="what to call the client in reports")
    parser.add_argument(
        "--patience", type=float, metavar="S", help="how long to wait for the client and its steps"
    )
    parser.add_argument(
        "-n", type=int, default=4, metavar="N", dest="limit", help="situations at once (default 4)"
    )
    parser.add_argument("--report", metavar="DIR", help="write run.json, report.html, junit.xml")
    parser.add_argument("--junitxml", metavar="FILE", help="write JUnit XML")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("-v", "--verbose", action="store_true", help="list passing checks too")
    parser.add_argument("command", nargs="*", metavar="COMMAND", help="what runs the client")


def run(args: argparse.Namespace) -> int:
    """Play, report and return the exit code of the run."""
    if args.list:
        return _list()
    if args.limit < 1 or (args.patience is not None and args.patience <= 0):
        raise Problem("-n and --patience are positive numbers")
    prepare(args)
    result = _probe(args)
    write(args, result)
    _print(args, result)
    return result.exit_code


def _list() -> int:
    from conformance.probe.check import all_checks

    for check in all_checks():
        print(f"{check.id:36} {check.level.value:6} {check.title}")
    return 0


def _probe(args: argparse.Namespace) -> Run:
    import asyncio
    import signal

    from conformance.probe.driver import by_hand, command
    from conformance.probe.run import PATIENCE, probe, selected
    from conformance.probe.situation import all_situations
    from tapestry.serving import Listen

    selected(args.only)
    listen = Listen.parse(args.listen)
    by_command = bool(args.command)

    async def main() -> Run:
        task = asyncio.current_task()
        assert task is not None
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, task.cancel)
        return await probe(
            command(args.command) if by_command else by_hand,
            name=args.name or (Path(args.command[0]).name if by_command else "client"),
            listen=listen,
            only=args.only,
            situations=args.situation,
            limit=args.limit if by_command else len(all_situations()),
            patience=args.patience or (PATIENCE if by_command else BY_HAND),
            on_listening=lambda base: _announce(base, args),
            on_played=_tell,
        )

    return asyncio.run(main())


def _announce(base: str, args: argparse.Namespace) -> None:
    by_hand = not args.command and args.format == "text"
    print(f"listening on {base}", file=sys.stdout if by_hand else sys.stderr, flush=True)


def _tell(played: Played) -> None:
    lack = f": {played.lack}" if played.lack else ""
    print(f"{played.situation.name:20} {played.seconds:5.1f} s{lack}", file=sys.stderr, flush=True)


def _print(args: argparse.Namespace, result: Run) -> None:
    from conformance.reports.json_report import render_json
    from conformance.reports.text import render_text

    if args.format == "json":
        sys.stdout.write(render_json(result))
        return
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    sys.stdout.write(render_text(result, colour=colour, verbose=args.verbose))
