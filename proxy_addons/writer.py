"""The process that writes: decodes what the proxy saw, redacts it, and puts it on the tape.

Redacting an exchange costs as much as passing it on, so the proxy does not do it: it writes what it
saw into a pipe, and this process, on another core, does the rest. The pipe outlives the proxy. When
that is killed, all it saw is still read, and what was in flight is recorded as cut off. Nothing
goes through a file on the way, and the key of the pseudonyms comes through the pipe too, so no
other user of the machine sees it.

Run by :mod:`proxy_addons.handover` as ``python -m proxy_addons.writer``.
"""

from __future__ import annotations

import gc
import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

import msgpack  # type: ignore[import-untyped]  # has no types

from proxy_addons.capture import frame_body, request_of, response_of
from proxy_addons.plan import Plan, open_sink
from proxy_addons.report import Begun, Ended, Refused, Report, State, Told, Violated, line_of
from proxy_addons.session import RecordingSession
from proxy_addons.sighting import (
    Answered,
    Asked,
    Broken,
    Closed,
    Dropped,
    Finished,
    Said,
    Sighting,
    Unpacker,
)
from proxy_addons.tally import Tally
from tapestry.problems import Problem
from tapestry.tape.hindsight import revise

READ_BYTES: Final = 1 << 20
STATE_SECONDS: Final = 0.5
KILLED: Final = "recorder killed"

Send = Callable[[Report], None]


class Writer:
    """Takes sightings and keeps a recording of them."""

    def __init__(self, plan: Plan, send: Send, now: float) -> None:
        """Open the files at moment ``now``. Raises :class:`Problem`."""
        redactor = plan.redactor()
        self._plan = plan
        self._redactor = redactor
        self._send = send
        self._sink, origin = open_sink(plan, redactor, now, self._tell)
        self._tally = Tally(self._violated if plan.validate else None)
        self._session = RecordingSession(
            self._sink, redactor, origin, self._tell, self._tally.entry
        )
        self._state = State()
        self._next_state = now

    def take(self, sighting: Sighting) -> None:
        """Record ``sighting``. A fault costs only the entry that it belongs to."""
        try:
            self._take(sighting)
        except Exception as fault:  # noqa: BLE001 - one entry must not cost the others
            self._session.fault(fault)

    def tick(self, now: float) -> None:
        """Do what is due at ``now``: syncing, rotating, reporting."""
        self._sink.tick(now)
        if now >= self._next_state:
            self._next_state = now + STATE_SECONDS
            self._report()

    def close(self, now: float, reason: str) -> None:
        """End the recording; what is in flight ended because of ``reason``."""
        self._session.close(now, reason)
        self._look_back()
        self._report()
        self._send(Ended(self._session.summary()))

    def _look_back(self) -> None:
        """Go over the tape once more with all that was learned by the end of it."""
        for path in self._plan.older():
            try:
                revise(path, self._redactor)
            except (OSError, Problem) as fault:
                self._tell(f"{path}: not looked over once more: {fault}")
        for addition in self._redactor.unused:
            self._tell(f"policy: nothing came under {addition!r}")

    def _take(self, sighting: Sighting) -> None:
        session = self._session
        match sighting:
            case Asked(key, at, connection, agent=agent):
                session.request(key, at, connection, request_of(sighting), agent)
            case Answered(key, at, status):
                response = response_of(sighting)
                session.response(key, at, response, upgraded=status == 101)
            case Said(key, at, by_client):
                body = frame_body(sighting)
                session.frame(key, at, "client" if by_client else "server", body)
            case Broken(key, at, reason):
                session.broken(key, at, reason)
            case Closed(key, at, reason):
                session.socket_closed(key, at, reason)
            case Dropped(key):
                session.dropped(key)

    def _report(self) -> None:
        state = State(
            agents=self._session.agents,
            calls=self._tally.calls,
            deliveries=self._tally.deliveries,
            violations=self._tally.violations,
            entries=self._sink.written,
            bytes=self._sink.size,
            open=self._session.open,
            lost=self._sink.lost + self._session.faults,
        )
        if state != self._state:
            self._state = state
            self._send(state)

    def _tell(self, message: str) -> None:
        self._send(Told(message))

    def _violated(self, key: str, message: str) -> None:
        self._send(Violated(key, message))


def run(source: int, send: Send, clock: Callable[[], float] = time.monotonic) -> int:
    """Write what comes from the file descriptor ``source`` until it ends; returns an exit code."""
    stream = _Stream(source)
    plan = Plan(**stream.plan())
    try:
        writer = Writer(plan, send, clock())
    except Problem as problem:
        where = str(problem.where) if problem.where else None
        send(Refused(problem.what, where, problem.why, problem.remedy))
        return problem.exit_code
    gc.freeze()
    send(Begun())
    finished = False
    for sightings in stream.batches(STATE_SECONDS):
        for sighting in sightings:
            finished = finished or isinstance(sighting, Finished)
            writer.take(sighting)
        writer.tick(clock())
    writer.close(clock(), "recorder stopped" if finished else KILLED)
    return 0


class _Stream:
    """The pipe from the proxy: first the plan, then sightings."""

    def __init__(self, source: int) -> None:
        self._source = source
        self._poll = select.poll()
        self._poll.register(source, select.POLLIN | select.POLLHUP)
        self._rest = b""

    def plan(self) -> dict[str, Any]:
        """Wait for the plan and return its fields."""
        unpacker = msgpack.Unpacker()
        received = b""
        while data := os.read(self._source, READ_BYTES):
            received += data
            unpacker.feed(data)
            for fields in unpacker:
                self._rest = received[unpacker.tell() :]
                found: dict[str, Any] = fields
                return found
        raise SystemExit(0)  # whoever wanted this is gone

    def batches(self, patience: float) -> Iterator[Iterator[Sighting]]:
        """Yield what comes until the pipe ends, and nothing after each ``patience`` seconds."""
        unpacker = Unpacker()
        yield unpacker.feed(self._rest)
        while True:
            if not self._poll.poll(patience * 1000):
                yield iter(())
                continue
            data = os.read(self._source, READ_BYTES)
            if not data:
                return
            yield unpacker.feed(data)


def main() -> int:
    """Write what standard input tells, and report on standard output."""

    def send(report: Report) -> None:
        with suppress(OSError):  # the proxy is gone: nobody to tell, but still a tape to finish
            os.write(1, line_of(report))

    return run(0, send)


if __name__ == "__main__":
    sys.exit(main())
