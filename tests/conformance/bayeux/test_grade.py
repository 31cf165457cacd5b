from __future__ import annotations

import pytest

from conformance.bayeux.grade import Grade, grade
from conformance.model import Check, Level, Outcome

MUST, SHOULD, INFO = Level.MUST, Level.SHOULD, Level.INFO


def checks(*rows: tuple[Level, Outcome], scenario: str = "bayeux/connect") -> list[Check]:
    return [Check(f"X-{n}", "", *row, scenario=scenario) for n, row in enumerate(rows)]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(MUST, Outcome.PASS), (SHOULD, Outcome.PASS)], Grade.UNCONDITIONALLY),
        ([(MUST, Outcome.PASS), (SHOULD, Outcome.NA)], Grade.UNCONDITIONALLY),
        ([(MUST, Outcome.PASS), (INFO, Outcome.INFO)], Grade.UNCONDITIONALLY),
        ([(MUST, Outcome.PASS), (INFO, Outcome.SKIP)], Grade.UNCONDITIONALLY),
        ([(MUST, Outcome.PASS), (SHOULD, Outcome.WARN)], Grade.CONDITIONALLY),
        ([(MUST, Outcome.PASS), (SHOULD, Outcome.WAIVED)], Grade.CONDITIONALLY),
        ([(MUST, Outcome.FAIL), (SHOULD, Outcome.PASS)], Grade.NOT_COMPLIANT),
        ([(MUST, Outcome.FAIL), (MUST, Outcome.ERROR)], Grade.NOT_COMPLIANT),
        ([(MUST, Outcome.WAIVED), (SHOULD, Outcome.PASS)], Grade.NOT_COMPLIANT),
        ([(MUST, Outcome.ERROR), (SHOULD, Outcome.WARN)], Grade.UNDECIDED),
        ([(MUST, Outcome.SKIP), (SHOULD, Outcome.PASS)], Grade.UNDECIDED),
        ([(MUST, Outcome.NA), (SHOULD, Outcome.NA)], Grade.UNDECIDED),
    ],
)
def test_the_grade_is_that_of_the_specification(
    rows: list[tuple[Level, Outcome]], expected: Grade
) -> None:
    assert grade(checks(*rows)) is expected


def test_other_checks_do_not_count() -> None:
    other = checks((MUST, Outcome.FAIL), scenario="email/accept")
    assert grade(other) is None
    assert grade([*other, *checks((MUST, Outcome.PASS))]) is Grade.UNCONDITIONALLY
