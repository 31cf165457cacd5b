"""``tapestry demo``: the whole road on the built-in reference server, with nothing to set up."""

from __future__ import annotations

import argparse
from pathlib import Path

from tapestry.problems import Place, Problem

_INTRODUCTION = """\
Tapestry records REST calls and the CometD notifications they cause, plays them
back without the server, and judges servers. This demo does all of it on a small
built-in server; nothing leaves this machine. Two agents, alice and bob, handle
three emails: alice accepts one, rejects one (it goes to bob) and transfers one."""

_NEXT = """
── Try next
   tapestry show {before}                the day, message by message, with causes
   tapestry diff {before} {after}
   tapestry replay {before}              then point a desktop at it
   tapestry reference                              a server to try 'record' and 'verify' on
   tapestry verify --target target.yaml            judge your own server (see README)"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the verb."""
    parser.add_argument(
        "--out",
        default="demo-out",
        metavar="DIR",
        help="where recordings and report go (default %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Walk the tour; 0 when every station showed what it is there to show."""
    from conformance.demo.tour import Tour

    out = Path(args.out)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise Problem(
            f"cannot make the folder: {fault.strerror}",
            where=Place(str(out)),
            remedy="give another with --out DIR",
        ) from None
    _say(_INTRODUCTION)
    complete = Tour(out, _say).walk()
    _say(_NEXT.format(before=out / "before.yaml", after=out / "after.yaml"))
    return 0 if complete else 1


def _say(line: str) -> None:
    print(line, flush=True)
