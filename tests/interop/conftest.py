"""Starts the processes that an interop test needs and sees to it that they end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from tests.interop.processes import Running, missing, need

R = TypeVar("R", bound=Running)


@pytest.fixture
def run() -> Iterator[Callable[[R], R]]:
    """Keep a process until the end of the test; skips the test when a third party is missing.

    With TAPESTRY_REQUIRE_INTEROP=1 it fails instead, so that CI cannot lose these tests unseen.
    """
    need(missing())
    started: list[Running] = []

    def keep(process: R) -> R:
        started.append(process)
        return process

    yield keep
    for process in reversed(started):
        process.kill()
