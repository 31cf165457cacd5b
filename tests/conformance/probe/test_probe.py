"""Our own client passes every check, and each check tells a client that breaks its rule."""

from __future__ import annotations

import asyncio

import pytest

from conformance.model import Check, Outcome, Run
from conformance.probe.check import all_checks
from conformance.probe.run import probe
from tests.conformance.probe.clients import driver
from tests.conformance.probe.mutants import MUTANTS, Mutant

PREFIX = "BAYEUX-CLIENT-"
PATIENCE = 3.0
AT_ONCE = 12

# The driver of our own client never unsubscribes; test_checks.py has the log of one that does.
NEVER_ASKED = f"{PREFIX}UNSUBSCRIBE-FIELDS"


@pytest.fixture(scope="module")
def own() -> Run:
    return asyncio.run(probe(driver(), name="own", limit=6))


@pytest.fixture(scope="module")
def told() -> dict[str, Check]:
    """What each check says of its mutant; they are played together, for most of it is waiting."""

    async def play_all() -> list[Check]:
        places = asyncio.Semaphore(AT_ONCE)

        async def play(mutant: Mutant) -> Check:
            async with places:
                result = await probe(
                    mutant.driver,
                    only=[PREFIX + mutant.check],
                    situations=[mutant.situation],
                    patience=PATIENCE,
                )
            return result.checks[0]

        return await asyncio.gather(*map(play, MUTANTS.values()))

    return {check.id.removeprefix(PREFIX): check for check in asyncio.run(play_all())}


def test_our_own_client_passes_every_check(own: Run) -> None:
    others = {c.id: (c.outcome, c.findings) for c in own.checks if c.outcome is not Outcome.PASS}
    assert set(others) == {NEVER_ASKED}, others
    assert own.exit_code == 0


def test_every_check_has_a_client_that_breaks_its_rule() -> None:
    checks = {check.id for check in all_checks()} - {NEVER_ASKED}
    assert {PREFIX + name for name in MUTANTS} == checks


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTANTS)
def test_the_check_tells(told: dict[str, Check], name: str) -> None:
    check = told[name]
    assert check.outcome is MUTANTS[name].outcome, (check.reason, check.findings)
    assert check.findings or check.reason
