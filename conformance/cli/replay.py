"""``tapestry replay``: serve a cassette, with no server behind it unless one is named.

The desktop under test is pointed at the address that is printed. What it asks and the tape does not
have is explained on standard error, and a summary follows at the end.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tapestry.problems import Problem


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb to ``parser``."""
    parser.add_argument("cassette", metavar="CASSETTE", type=Path, help="the recording to serve")
    parser.add_argument(
        "--listen",
        metavar="HOST:PORT",
        default="127.0.0.1:0",
        help="address to serve on (default %(default)s; port 0 takes a free one)",
    )
    parser.add_argument(
        "--timing",
        choices=("causal", "recorded", "none"),
        default="causal",
        help="when a notification goes out: causal, as soon as its cause is answered (default); "
        "recorded, after the gap that the tape has; none, not even after the answer",
    )
    parser.add_argument(
        "--speed",
        metavar="X",
        type=float,
        default=1.0,
        help="with --timing recorded: 2 halves all gaps (default 1)",
    )
    parser.add_argument(
        "--sharing",
        choices=("all", "none"),
        default="all",
        help="who takes part in one play: all, as the agents of the recorded day (default); none, "
        "every desktop lives the day for itself, as many at once as there are",
    )
    parser.add_argument(
        "--strict", action="store_true", help="exit with 1 when a call was not on the cassette"
    )
    parser.add_argument(
        "--on-miss",
        choices=("fail", "record"),
        default="fail",
        help="a call that the cassette lacks fails (default), or goes on to --upstream and is "
        "added to the cassette",
    )
    parser.add_argument(
        "--upstream", metavar="URL", help="with --on-miss record: the server to ask"
    )


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM; return 1 with ``--strict`` after a miss, else 0."""
    if args.on_miss == "record":
        return _extend(args)
    if args.upstream is not None:
        raise Problem(
            "--upstream names a server that would never be asked",
            remedy="add --on-miss record, or leave --upstream out",
        )
    return _play(args)


def _play(args: argparse.Namespace) -> int:
    from tapestry.player.app import player_app, to_stderr
    from tapestry.player.summary import as_text
    from tapestry.serving import Listen, serve
    from tapestry.tape.codec import load

    listen = Listen.parse(args.listen)
    tape = load(args.cassette)
    app = player_app(tape, timing=args.timing, speed=args.speed, sharing=args.sharing)
    serve(app, listen, before_stop=app.close)
    summary = app.summary()
    to_stderr(as_text(summary))
    return 1 if args.strict and summary.misses else 0


def _extend(args: argparse.Namespace) -> int:
    """Play what the cassette has, and record into it what it lacks."""
    if args.upstream is None:
        raise Problem("--on-miss record needs --upstream URL, the server to ask")
    if args.strict or (args.timing, args.speed, args.sharing) != ("causal", 1.0, "all"):
        raise Problem(
            "--on-miss record plays with causal timing for all, and nothing is a miss",
            remedy="leave out --strict, --timing, --speed and --sharing",
        )
    if not args.cassette.exists():
        raise Problem(
            f"there is no cassette {args.cassette}",
            remedy="make one with 'tapestry record'",
        )
    from proxy_addons.mode import Mode
    from proxy_addons.plan import Plan
    from proxy_addons.recorder import Settings, check_upstream, record
    from tapestry.serving import Listen

    settings = Settings(listen=Listen.parse(args.listen), mode=Mode.NEW_EPISODES)
    record(Plan(out=str(args.cassette), upstream=check_upstream(args.upstream)), settings)
    return 0
