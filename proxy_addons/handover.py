"""Hands what the proxy saw to the process that writes, without ever making the traffic wait.

A sighting is written into a pipe before the client gets its answer, so what a client has seen is
safe even when the proxy is killed the next moment. When the writing process falls behind, sightings
queue up in memory, up to a bound; beyond it, and when that process dies, they are counted as lost
and the operator is told, while the traffic goes on.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgpack  # type: ignore[import-untyped]  # has no types

from proxy_addons.pipe import Pipe
from proxy_addons.plan import Plan
from proxy_addons.report import Begun, Ended, Refused, Report, State, Told, Violated, report_of
from proxy_addons.sighting import Dropped, Finished, Sighting, pack
from tapestry.problems import Place, Problem

PATIENCE_SECONDS: Final = 120.0

Tell = Callable[[str], None]
Flag = Callable[[str, str], None]


class Handover:
    """A recording that another process writes."""

    def __init__(self, plan: Plan, tell: Tell, flag: Flag | None = None) -> None:
        """Start the process and wait until its files are open. Raises :class:`Problem`.

        ``tell`` hears what a person should know and ``flag`` of each violation, with the key of
        what it was found in; both are called from a thread of this object's own.
        """
        self.plan = plan
        self.state = State()
        self.summary = ""
        self._tell = tell
        self._flag = flag or (lambda key, message: None)
        self._process = _start()
        assert self._process.stdin is not None
        assert isinstance(self._process.stdout, io.FileIO)
        self._reports = io.BufferedReader(self._process.stdout)
        self._pipe = Pipe(self._process.stdin.fileno(), self._gone)
        self._pipe.put(msgpack.packb(plan.as_dict()))
        self._await_begun()
        self._reader = threading.Thread(target=self._listen, name="tapestry-reports", daemon=True)
        self._reader.start()

    @property
    def lost(self) -> int:
        """Return how many entries were seen and are not recorded, as far as is known."""
        return self.state.lost + self._pipe.lost

    @property
    def waiting(self) -> int:
        """Return the bytes that wait for the writing process."""
        return self._pipe.waiting

    def put(self, sighting: Sighting, *, key: str | None = None) -> None:
        """Hand over ``sighting``; if it is lost, so is the exchange ``key``."""
        if not self._pipe.put(pack(sighting)) and key is not None:
            self._pipe.put(pack(Dropped(key)), always=True)

    def close(self) -> None:
        """End the recording and wait until it is written."""
        self._pipe.put(pack(Finished(time.monotonic())), always=True)
        self._pipe.close(PATIENCE_SECONDS)
        with contextlib.suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        self._reader.join(PATIENCE_SECONDS)
        try:
            self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            self._tell(f"{self.plan.out}: the writing process hangs, and was ended")
            self._process.kill()
            self._process.wait()
        self._reports.close()
        if not self.summary:
            written = self.state.entries
            self.summary = f"{self.plan.out}: at least {written} entries, {self.lost} not recorded"

    def _await_begun(self) -> None:
        line = self._reports.readline()
        report = report_of(line) if line else Refused("the writing process did not start")
        if isinstance(report, Begun):
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._reports.close()
        self._process.wait()
        assert isinstance(report, Refused)
        where = Place(report.file) if report.file else None
        raise Problem(report.what, where=where, why=report.why, remedy=report.remedy)

    def _listen(self) -> None:
        for line in self._reports:
            self._hear(report_of(line))
        if not self.summary:
            self._gone()

    def _hear(self, report: Report) -> None:
        match report:
            case Told(message):
                self._tell(message)
            case Violated(key, message):
                self._flag(key, message)
            case State():
                self.state = report
            case Ended(summary):
                self.summary = summary

    def _gone(self) -> None:
        """The writing process died: what was handed over last may be lost, the rest will be."""
        if self._pipe.cut():
            self._tell(
                f"{self.plan.out}: the writing process has ended; nothing more is recorded,"
                " while traffic goes on"
            )


def _start() -> subprocess.Popen[bytes]:
    """Start the writing process, out of reach of the terminal's signals: it ends with its pipe."""
    if getattr(sys, "frozen", False):
        raise Problem(
            "this mitmproxy brings its own Python, which cannot start the process that writes",
            remedy="install mitmproxy and bayeux-tapestry with pip or uv into one environment",
        )
    home = str(Path(__file__).parent.parent)
    path = os.environ.get("PYTHONPATH")
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "proxy_addons.writer"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": f"{home}{os.pathsep}{path}" if path else home},
    )
