"""A client that does not end when it is asked to is ended."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from conformance.probe import driver

STUBBORN = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).write_text(sys.argv[2])
while True: time.sleep(1)
"""


async def test_a_client_that_does_not_end_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "LEAVE", 0.1)
    said = tmp_path / "said"
    run = driver.command([sys.executable, "-c", STUBBORN, str(said), "at {url}"])
    async with asyncio.timeout(20), run("http://127.0.0.1:9/day"):
        for _ in range(1000):
            if said.exists() and said.read_text():
                break
            await asyncio.sleep(0.01)
    assert said.read_text() == "at http://127.0.0.1:9/day"


async def test_by_hand_nothing_is_run() -> None:
    async with driver.by_hand("http://127.0.0.1:9/day"):
        pass
