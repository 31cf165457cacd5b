import pytest

from conformance.judge.matchers import Anything
from conformance.language.scenario import CheckSpec, Expect, Presence, Scenario, Step
from conformance.model import Finding, Level, Outcome
from conformance.runner.ledger import Ledger, undone

WRONG = Finding("mismatch", "is wrong", "$.a", 1, 2)
CHECKS = (
    CheckSpec("own", "The whole", Level.MUST, ("R-1",), 1),
    CheckSpec("own.should", "A part", Level.SHOULD),
    CheckSpec("own.may", "A courtesy", Level.MAY),
)


def step(name: str, check: str) -> Step:
    return Step(name, Expect("alice", Anything()), check)


STEPS = (step("a", "own"), step("b", "own.should"), step("c", "own.may"))
SCENARIO = Scenario("own", "The whole", {"alice": Presence.READY}, STEPS, CHECKS, file="s.yaml")


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(SCENARIO, "long-polling")


def outcomes(ledger: Ledger) -> list[str]:
    return [check.outcome for check in ledger.checks()]


def test_without_findings_everything_passes(ledger: Ledger) -> None:
    for one in STEPS:
        ledger.decide(one, Outcome.PASS)
    assert outcomes(ledger) == ["pass", "pass", "pass"]


@pytest.mark.parametrize(
    ("check", "level", "outcome"),
    [
        ("own", Level.MUST, "fail"),
        ("own", Level.SHOULD, "warn"),
        ("own", Level.INFO, "pass"),
        ("own.should", Level.MUST, "warn"),
        ("own.may", Level.MUST, "pass"),
    ],
)
def test_the_weaker_of_check_and_finding_decides(
    ledger: Ledger, check: str, level: Level, outcome: str
) -> None:
    ledger.find(check, [WRONG], level)
    [found] = [one for one in ledger.checks() if one.id == check]
    assert found.outcome == outcome
    assert (found.findings, found.notes) == (
        ((), (WRONG,)) if outcome == "pass" else ((WRONG,), ())
    )


def test_what_was_broken_is_worse_than_what_could_not_be_tried(ledger: Ledger) -> None:
    ledger.decide(STEPS[0], Outcome.ERROR, "it broke")
    ledger.find("own", [WRONG])
    ledger.decide(STEPS[1], Outcome.SKIP, "not tried")
    ledger.find("own.should", [WRONG])
    ledger.decide(STEPS[2], Outcome.ERROR, "it broke")
    assert outcomes(ledger) == ["fail", "warn", "error"]


def test_what_was_not_tried_is_not_passed(ledger: Ledger) -> None:
    ledger.decide(STEPS[0], Outcome.SKIP, "needs step x, which failed")
    own = ledger.checks()[0]
    assert (own.outcome, own.reason) == (Outcome.SKIP, "needs step x, which failed")


def test_giving_up_decides_what_is_open_and_the_scenario_itself(ledger: Ledger) -> None:
    ledger.decide(STEPS[1], Outcome.PASS)
    ledger.give_up(Outcome.ERROR, "hung")
    assert outcomes(ledger) == ["error", "pass", "error"]
    assert ledger.checks()[2].reason == "hung"


def test_a_note_is_told_once(ledger: Ledger) -> None:
    ledger.note("own", [WRONG, WRONG])
    ledger.note("own", [WRONG])
    assert ledger.checks()[0].notes == (WRONG,)


def test_a_check_tells_where_it_stands_and_how_long_it_took(ledger: Ledger) -> None:
    ledger.spend(STEPS[0], 0.5)
    ledger.spend(STEPS[0], 0.25)
    own = ledger.checks()[0]
    assert (own.file, own.line, own.scenario, own.seconds) == ("s.yaml", 1, "own", 0.75)
    assert (own.level, own.requirements, own.transport) == (Level.MUST, ("R-1",), "long-polling")


def test_a_scenario_that_was_not_acted_out_has_one_outcome_and_a_reason() -> None:
    checks = undone(SCENARIO, "long-polling", Outcome.NA, "not claimed")
    assert {(check.outcome, check.reason) for check in checks} == {(Outcome.NA, "not claimed")}
    assert [check.id for check in checks] == ["own", "own.should", "own.may"]
