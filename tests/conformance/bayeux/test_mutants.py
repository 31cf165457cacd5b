"""Proof that the suite can fail: each wrong server is found out by the check that names it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.bayeux.check import all_checks
from conformance.bayeux.mutants import all_mutants
from conformance.bayeux.suite import run_bayeux
from conformance.model import Level, Outcome
from conformance.target import Target
from tests.conformance.bayeux.conftest import PATIENCE

MUTANTS = all_mutants()
BROKEN = {Level.MUST: Outcome.FAIL, Level.SHOULD: Outcome.WARN, Level.INFO: Outcome.INFO}


@pytest.mark.parametrize("name", MUTANTS)
async def test_a_mutant_is_killed_by_its_check(name: str, mutant: Callable[[str], Target]) -> None:
    killer = MUTANTS[name].killed_by
    (check,) = await run_bayeux(mutant(name), only=[killer], patience=PATIENCE)
    assert check.outcome is BROKEN[check.level], (check.outcome, check.reason)
    assert check.findings


def test_every_binding_check_has_a_mutant() -> None:
    killed = {mutant.killed_by for mutant in MUTANTS.values()}
    binding = {s.id for s in all_checks() if s.level in (Level.MUST, Level.SHOULD)}
    assert binding - killed == set()


def test_every_mutant_names_a_check_that_there_is() -> None:
    known = {spec.id for spec in all_checks()}
    assert {mutant.killed_by for mutant in MUTANTS.values()} - known == set()
