"""The grade that the specification itself defines (Bayeux 1.0, "Requirements", lines 44 to 46).

A server that keeps every MUST and every SHOULD is unconditionally compliant, one that keeps every
MUST conditionally, any other is not compliant. What a server does not implement is no requirement
for it ("for its protocols"), so a check that is not applicable takes nothing away.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from conformance.model import Check, Level, Outcome

SUITE = "bayeux"


class Grade(StrEnum):
    """What the specification calls an implementation; ``UNDECIDED`` when checks broke down."""

    UNCONDITIONALLY = "unconditionally compliant"
    CONDITIONALLY = "conditionally compliant"
    NOT_COMPLIANT = "not compliant"
    UNDECIDED = "undecided"


def grade(checks: Iterable[Check]) -> Grade | None:
    """Return the grade that the Bayeux checks among ``checks`` amount to, ``None`` without any.

    A waiver spares a gate, not the grade: a waived MUST is a broken one.
    """
    graded = [check for check in checks if check.scenario.startswith(f"{SUITE}/")]
    if not graded:
        return None
    if any(check.level is Level.MUST and _is_broken(check) for check in graded):
        return Grade.NOT_COMPLIANT
    open_questions = {Outcome.ERROR, Outcome.SKIP}
    if any(check.outcome in open_questions and _binds(check) for check in graded):
        return Grade.UNDECIDED
    if not any(check.outcome is Outcome.PASS for check in graded):
        return Grade.UNDECIDED
    if any(check.level is Level.SHOULD and _is_broken(check) for check in graded):
        return Grade.CONDITIONALLY
    return Grade.UNCONDITIONALLY


def _binds(check: Check) -> bool:
    return check.level in (Level.MUST, Level.SHOULD)


def _is_broken(check: Check) -> bool:
    return check.outcome in (Outcome.FAIL, Outcome.WARN, Outcome.WAIVED)
