"""The Bayeux servers that the suite is run against: two of third parties, and our own.

``python -m tests.interop.bayeux_servers`` runs it against all of them, over every transport that
each has, and writes docs/bayeux-grades.md.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from conformance.bayeux.grade_table import Graded, render_grades
from conformance.bayeux.open_server import open_server, open_target
from conformance.bayeux.suite import run_bayeux
from conformance.target import Target
from conformance.verification import embedded_reference
from tests.interop.processes import HERE, Running

PAGE = HERE.parents[1] / "docs" / "bayeux-grades.md"
COMMAND = "python -m tests.interop.bayeux_servers"

LONG_POLLING, CALLBACK_POLLING, WEBSOCKET = "long-polling", "callback-polling", "websocket"
ALL = (LONG_POLLING, CALLBACK_POLLING, WEBSOCKET)


def faye() -> Running:
    """Run the `faye` server on a free port."""
    return Running("node", str(HERE / "bayeux_faye.mjs"))


def cometd() -> Running:
    """Run `cometd-nodejs-server` on a free port."""
    return Running("node", str(HERE / "bayeux_cometd.mjs"))


THIRD_PARTIES = {"faye 1.4.3": faye, "cometd-nodejs-server 1.2.1": cometd}


def main() -> None:
    """Grade every server and write the page."""
    results = list(_graded_ourselves())
    for name, start in THIRD_PARTIES.items():
        transports = ALL if start is faye else (LONG_POLLING,)
        with _running(start()) as base:
            results += _graded(name, open_target(base, name), transports)
    PAGE.write_text(render_grades(results, COMMAND), encoding="utf-8")
    print(f"written: {PAGE.relative_to(Path.cwd())}")


def _graded_ourselves() -> Iterator[Graded]:
    with open_server() as target:
        yield from _graded("tapestry", target, ALL)
    with embedded_reference() as target:
        yield from _graded("tapestry reference", target, ALL)


def _graded(name: str, target: Target, transports: Sequence[str]) -> Iterator[Graded]:
    for transport in transports:
        print(f"{name} over {transport} ...", file=sys.stderr)
        began = time.monotonic()
        checks = asyncio.run(run_bayeux(target, transport=transport))
        yield Graded(name, transport, checks, time.monotonic() - began)


@contextmanager
def _running(process: Running) -> Iterator[str]:
    try:
        yield process.base_url()
    finally:
        process.kill()


if __name__ == "__main__":
    main()
