"""A working desktop is recorded, and then works against the recording as it did against the server.

The same, unchanged program, with and without time to think: it must see the same notifications in
the same causal order. A player that answers polls by their position on the tape cannot pass this
(bench/mitmproxy_replay.py shows how that fails).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.interop.processes import (
    Desktop,
    Running,
    cli,
    foreign_server,
    outcomes,
    server,
    steps,
)
from tests.interop.workday import ALICE, BOB, record, work

pytestmark = pytest.mark.interop

Run = Callable[[Running], Running]

# Where the day is recorded, and how long the desktops think before each action when it is replayed.
DAYS = {
    "reference": (lambda: server("reference"), (0, 800)),
    "reference, notification first": (lambda: server("reference", "--order", "before"), (0,)),
    "reference with CSRF": (lambda: server("reference", "--csrf"), (0,)),
    "foreign": (foreign_server, (0, 800)),
}


def plot(run: Run, tape: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return what happened to each agent, in order, each delivery with the call that caused it."""
    shown = run(cli("show", str(tape), "--format", "json"))
    assert shown.wait() == 0, shown.account()
    story = json.loads("\n".join(shown.lines))
    causes = {event["n"]: (event["agent"], event.get("operation")) for event in story["events"]}
    told: dict[str, list[tuple[Any, ...]]] = {agent: [] for agent in story["agents"]}
    for event in story["events"]:
        if event["kind"] == "call":
            told[event["agent"]].append((event["operation"], event["status"]))
        elif event["kind"] == "delivery":
            state = event["data"]["email"]["state"]
            told[event["agent"]].append((event["channel"], state, causes.get(event.get("cause"))))
    return told


@pytest.fixture
def tape(run: Run, tmp_path: Path) -> Path:
    """The day recorded at the reference."""
    tape = tmp_path / "day.yaml"
    record(run, run(server("reference")).base_url(), tape)
    return tape


@pytest.mark.parametrize(("start", "thinking"), DAYS.values(), ids=DAYS.keys())
def test_the_desktops_work_at_the_recording_whatever_time_they_take(
    run: Run, start: Callable[[], Running], thinking: tuple[int, ...], tmp_path: Path
) -> None:
    tape = tmp_path / "day.yaml"
    record(run, run(start()).base_url(), tape)
    for think_ms in thinking:
        player = run(server("replay", str(tape)))
        alice, bob = work(run, player.base_url(), think_ms=think_ms)
        assert player.stop() == 0, player.account()
        assert (steps(alice), steps(bob)) == (ALICE, BOB)
        assert set(outcomes(alice) + outcomes(bob)) == {(200, 0)}


def test_a_recorded_day_tells_a_sound_story(run: Run, tape: Path) -> None:
    shown = run(cli("show", str(tape)))
    assert shown.wait() == 0, shown.account()
    checked = run(cli("check", str(tape)))
    assert checked.wait() == 0, checked.account()


def test_recording_a_replay_tells_the_same_story(run: Run, tape: Path) -> None:
    again = tape.with_name("again.yaml")
    player = run(server("replay", str(tape))).base_url()
    recorder = run(server("record", player, "--out", str(again)))
    work(run, recorder.base_url())
    assert recorder.stop() == 0, recorder.account()
    assert plot(run, again) == plot(run, tape)


def test_a_desktop_that_does_something_else_is_told(run: Run, tape: Path) -> None:
    player = run(server("replay", str(tape)))
    alice = Desktop(player.base_url(), "alice", policy="script=accept", expect=1)
    run(alice)
    assert alice.wait() == 0, alice.account()
    missed = [line for line in alice.told("answer") if line["status"] != 200]
    assert len(missed) == 1
    assert missed[0]["body"]["statusCode"] != 0
    player.stop()
    assert "Accept" in player.errors()
