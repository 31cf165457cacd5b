"""How the client under test is brought to a situation: by a command, in process, or by its user."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from tapestry.problems import Problem

Driver = Callable[[str], AbstractAsyncContextManager[None]]
"""Runs the client at a URL for as long as the context is open."""

URL = "{url}"
LEAVE = 3.0  # seconds that a client may take to end when it is asked to


@asynccontextmanager
async def by_hand(url: str) -> AsyncIterator[None]:
    """Leave it to the user to bring the client to ``url``."""
    yield


def command(argv: Sequence[str]) -> Driver:
    """Return a driver that runs ``argv`` with the URL for ``{url}``, or else at the end.

    The command gets SIGTERM when the situation is over.
    """

    @asynccontextmanager
    async def drive(url: str) -> AsyncIterator[None]:
        named = any(URL in word for word in argv)
        words = [word.replace(URL, url) for word in argv] if named else [*argv, url]
        try:
            process = await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        except OSError as fault:
            raise Problem(f"cannot run {argv[0]}: {fault.strerror or fault}") from None
        try:
            yield
        finally:
            await _end(process)

    return drive


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), LEAVE)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
