"""``tapestry replay``: serve a cassette, with no server behind it.

The desktop under test is pointed at the address that is printed. What it asks and the tape does not
have is explained on standard error, and a summary follows at the end.
"""

from __future__ import annotations

import argparse
from pathlib import Path


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
        "--strict", action="store_true", help="exit with 1 when a call was not on the cassette"
    )


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM; return 1 with ``--strict`` after a miss, else 0."""
    from tapestry.player.app import player_app, to_stderr
    from tapestry.player.summary import as_text
    from tapestry.serving import Listen, serve
    from tapestry.tape.codec import load

    listen = Listen.parse(args.listen)
    app = player_app(load(args.cassette), timing=args.timing, speed=args.speed)
    serve(app, listen, before_stop=app.close)
    summary = app.summary()
    to_stderr(as_text(summary))
    return 1 if args.strict and summary.misses else 0
