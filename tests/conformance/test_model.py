import itertools

import pytest

from conformance.model import Check, Level, Outcome, Run, Verdict, judge_outcomes


def run(*outcomes: Outcome, interrupted: bool = False) -> Run:
    checks = tuple(Check(f"c{n}", "t", Level.MUST, o) for n, o in enumerate(outcomes))
    return Run("t", checks, "2026-11-21T09:30:00.000Z", 0.0, interrupted)


@pytest.mark.parametrize(
    ("outcomes", "verdict", "exit_code"),
    [
        ([Outcome.PASS], Verdict.CONFORMANT, 0),
        ([Outcome.PASS, Outcome.NA, Outcome.SKIP], Verdict.CONFORMANT, 0),
        ([Outcome.WAIVED], Verdict.CONFORMANT, 0),
        ([Outcome.PASS, Outcome.WARN], Verdict.CONDITIONALLY, 0),
        ([Outcome.PASS, Outcome.FAIL], Verdict.NON_CONFORMANT, 1),
        ([Outcome.FAIL, Outcome.ERROR], Verdict.NON_CONFORMANT, 1),
        ([Outcome.PASS, Outcome.ERROR], Verdict.INCONCLUSIVE, 3),
        ([Outcome.NA, Outcome.SKIP], Verdict.INCONCLUSIVE, 5),
        ([], Verdict.INCONCLUSIVE, 5),
    ],
)
def test_a_verdict_and_its_exit_code(
    outcomes: list[Outcome], verdict: Verdict, exit_code: int
) -> None:
    judged = run(*outcomes)
    assert (judged.verdict, judged.exit_code) == (verdict, exit_code)


def test_an_interrupted_run_says_so_by_its_exit_code() -> None:
    assert run(Outcome.FAIL, interrupted=True).exit_code == 130


def test_counts_add_up_for_every_mixture() -> None:
    for mixture in itertools.combinations_with_replacement(Outcome, 3):
        counts = run(*mixture).counts()
        assert sum(counts.values()) == 2 * counts["checks"] == 6


def test_nothing_that_was_not_judged_is_called_conformant() -> None:
    for mixture in itertools.combinations_with_replacement(Outcome, 2):
        if judge_outcomes(mixture) is Verdict.CONFORMANT:
            assert {Outcome.PASS, Outcome.WAIVED} & set(mixture)
            assert not {Outcome.FAIL, Outcome.ERROR, Outcome.WARN} & set(mixture)
