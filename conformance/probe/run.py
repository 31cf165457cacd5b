"""One grading of a client: every situation is played, and every check reads the logs."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from conformance.model import Run
from conformance.probe.app import Played, ProbeApp
from conformance.probe.check import ClientCheck, all_checks
from conformance.probe.driver import Driver
from conformance.probe.grade import grade
from conformance.probe.situation import Situation, all_situations
from tapestry.problems import Problem
from tapestry.serving import Listen, serving

PATIENCE = 15.0


def selected(only: Iterable[str]) -> tuple[ClientCheck, ...]:
    """Return the checks of these ids, all when there are none. Raises :class:`Problem`."""
    wanted = frozenset(only)
    unknown = wanted - {check.id for check in all_checks()}
    if unknown:
        raise Problem(f"no such check: {', '.join(sorted(unknown))}")
    return tuple(check for check in all_checks() if not wanted or check.id in wanted)


async def probe(
    driver: Driver,
    *,
    name: str = "client",
    listen: Listen | None = None,
    only: Iterable[str] = (),
    situations: Iterable[str] = (),
    limit: int = 4,
    patience: float = PATIENCE,
    on_listening: Callable[[str], None] = lambda base: None,
    on_played: Callable[[Played], None] = lambda played: None,
) -> Run:
    """Put a client into each situation and return its checks.

    ``driver`` brings the client to a URL; ``only`` are the ids of checks and ``situations`` the
    names of situations, all when left out; ``limit`` how many situations are played at once;
    ``patience`` how long (s) to wait for the client to come, and for each of its steps. Raises
    :class:`Problem` for a check or situation that is not known.

    Cancelled, it returns what has been decided, as interrupted.
    """
    checks = selected(only)
    scenes = _needed(checks, frozenset(situations))
    app = ProbeApp(scenes, patience)
    began, started = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    played: list[Played] = []
    interrupted = False

    def note(result: Played) -> None:
        played.append(result)
        on_played(result)

    with serving(app, listen, before_stop=app.close) as base:
        await asyncio.to_thread(_touch, base)
        on_listening(base)
        try:
            await _play_all(app, base, scenes, driver, limit, note)
        except asyncio.CancelledError:
            interrupted = True
    seconds = time.monotonic() - began
    results = tuple(grade(check, played) for check in checks)
    return Run(name, results, started, seconds, interrupted=interrupted)


async def _play_all(
    app: ProbeApp,
    base: str,
    situations: Sequence[Situation],
    driver: Driver,
    limit: int,
    on_played: Callable[[Played], None],
) -> None:
    places = asyncio.Semaphore(limit)

    async def play(situation: Situation) -> None:
        async with places:
            playing = asyncio.ensure_future(app.play(situation.name))
            await asyncio.sleep(0)
            try:
                async with driver(f"{base}/{situation.name}"):
                    on_played(await playing)
            finally:
                playing.cancel()

    try:
        async with asyncio.TaskGroup() as group:
            for situation in situations:
                group.create_task(play(situation))
    except ExceptionGroup as faults:
        raise faults.exceptions[0] from None


def _needed(checks: Iterable[ClientCheck], wanted: frozenset[str]) -> tuple[Situation, ...]:
    """Return the situations that are wanted and that some check reads."""
    unknown = wanted - {situation.name for situation in all_situations()}
    if unknown:
        raise Problem(f"no such situation: {', '.join(sorted(unknown))}")
    named = {check.situation for check in checks}
    return tuple(
        situation
        for situation in all_situations()
        if (None in named or situation.name in named) and (not wanted or situation.name in wanted)
    )


def _touch(base: str) -> None:
    """Ask for the list once, after which the application knows the loop that serves it."""
    with suppress(OSError), urllib.request.urlopen(base, timeout=10) as response:  # noqa: S310 - our own server on http
        response.read()
