"""A desktop on the official JavaScript client works on our server, and on one we did not write."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.interop.processes import (
    Desktop,
    Running,
    foreign_server,
    outcomes,
    provision,
    server,
    steps,
)
from tests.interop.workday import ALICE, BOB, work

pytestmark = pytest.mark.interop

SERVERS = {
    "reference": lambda: server("reference"),
    "reference, notification first": lambda: server("reference", "--order", "before"),
    "reference, answer first": lambda: server("reference", "--order", "after"),
    "reference with CSRF": lambda: server("reference", "--csrf"),
    "foreign": foreign_server,
}


@pytest.mark.parametrize("start", SERVERS.values(), ids=SERVERS.keys())
def test_two_desktops_work_through_all_three_operations(
    run: Callable[[Running], Running], start: Callable[[], Running]
) -> None:
    base = run(start()).base_url()
    alice, bob = work(run, base, admin=base)
    assert steps(alice) == ALICE
    assert steps(bob) == BOB
    assert set(outcomes(alice) + outcomes(bob)) == {(200, 0)}


def test_a_desktop_can_go_by_the_subject_and_end_when_told_to(
    run: Callable[[Running], Running],
) -> None:
    base = run(server("reference")).base_url()
    alice = Desktop(base, "alice")
    run(alice)
    alice.wait_for("ready")
    provision(base, "Transfer to queue billing", "alice")
    alice.wait_for("notification", 3)
    assert alice.stop() == 0
    assert steps(alice.finish())[-1] == "POST /api/v2/me EndContactCenterSession"


def test_a_desktop_with_wrong_credentials_says_so(run: Callable[[Running], Running]) -> None:
    base = run(foreign_server()).base_url()
    stranger = Desktop(base, "mallory")
    run(stranger)
    assert stranger.wait() == 1
    assert "login failed: HTTP 403" in stranger.told("problem")[0]["message"]
