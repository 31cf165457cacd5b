"""The same desktop over WebSocket, which only the reference and the player speak beside it.

`cometd-nodejs-server` has long-polling alone; faye's server knows nothing of a contact centre.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.interop.processes import Running, outcomes, server, steps
from tests.interop.workday import ALICE, BOB, record, work

pytestmark = pytest.mark.interop

Run = Callable[[Running], Running]
TRANSPORTS = ("long-polling", "websocket")


def test_two_desktops_work_through_all_three_operations(run: Run) -> None:
    base = run(server("reference")).base_url()
    alice, bob = work(run, base, admin=base, transport="websocket")
    assert (steps(alice), steps(bob)) == (ALICE, BOB)
    assert set(outcomes(alice) + outcomes(bob)) == {(200, 0)}


@pytest.mark.parametrize("recorded", TRANSPORTS)
def test_what_is_recorded_over_one_transport_plays_over_both(
    run: Run, recorded: str, tmp_path: Path
) -> None:
    tape = tmp_path / "day.yaml"
    record(run, run(server("reference")).base_url(), tape, transport=recorded)
    for transport in TRANSPORTS:
        player = run(server("replay", str(tape)))
        alice, bob = work(run, player.base_url(), transport=transport)
        assert player.stop() == 0, player.account()
        assert (steps(alice), steps(bob)) == (ALICE, BOB)
