"""``tapestry record``: puts a recording proxy before a server, and leaves a cassette.

Parses and checks what the user wrote; the proxy itself is :mod:`proxy_addons.recorder`.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from tapestry.problems import Problem
from tapestry.serving import Listen

MODES = {
    "once": "record when the cassette does not exist yet, else refuse (default)",
    "all": "record and replace an older cassette",
    "passthrough": "pass traffic on and record nothing",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "modes:\n" + "\n".join(
        f"  {name:<12} {meaning}" for name, meaning in MODES.items()
    )
    parser.add_argument("upstream", metavar="UPSTREAM", help="the server, http(s)://HOST[:PORT]")
    parser.add_argument(
        "--listen",
        metavar="H:P",
        default="127.0.0.1:0",
        help="where clients connect (default: %(default)s, a free port)",
    )
    parser.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        help="cassette to write, .yaml or .jsonl (default: cassette-TIME.yaml)",
    )
    parser.add_argument("--mode", choices=tuple(MODES), default="once", help="see below")


def run(args: argparse.Namespace) -> int:
    """Record until interrupted. Raises :class:`~tapestry.problems.Problem`."""
    from proxy_addons.recorder import check_upstream, record  # 0.3 s, for this verb alone

    upstream = check_upstream(args.upstream)
    listen = Listen.parse(args.listen)
    if args.mode == "passthrough" and args.out is not None:
        raise Problem(
            "--out has no meaning with --mode passthrough, which records nothing",
            remedy="leave out one of the two",
        )
    out = args.out or Path(default_name(datetime.now(UTC)))
    if args.mode != "passthrough":
        print(f"tapestry: recording {upstream} into {out}; end with Ctrl-C", file=sys.stderr)
    record(upstream, listen, out, args.mode)
    return 0


def default_name(now: datetime) -> str:
    """Return the name of a cassette that begins ``now``."""
    return f"cassette-{now:%Y%m%dT%H%M%SZ}.yaml"
