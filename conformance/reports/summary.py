"""The one line that scripts read, and the words in which outcomes are told to people.

The line is a contract (design: section 3), so it is written in one place only.
"""

from __future__ import annotations

from conformance.model import Check, Outcome, Run

COUNTED = (
    Outcome.PASS,
    Outcome.FAIL,
    Outcome.WARN,
    Outcome.ERROR,
    Outcome.SKIP,
    Outcome.NA,
    Outcome.WAIVED,
)

GATING = (Outcome.FAIL, Outcome.ERROR)

# What a reader wants to see first, when checks are listed by what became of them.
WORST_FIRST = (
    Outcome.FAIL,
    Outcome.ERROR,
    Outcome.WARN,
    Outcome.SKIP,
    Outcome.WAIVED,
    Outcome.NA,
    Outcome.INFO,
    Outcome.PASS,
)


def last_line(run: Run) -> str:
    """Return ``verdict=… checks=… pass=… … exit=…``; the counts add up to ``checks``."""
    counts = run.counts()
    shown = [f"{outcome.value}={counts[outcome.value]}" for outcome in COUNTED]
    if counts[Outcome.INFO.value]:  # never met by the shipped suites; here so the sum holds
        shown.append(f"info={counts[Outcome.INFO.value]}")
    return f"verdict={run.verdict} checks={counts['checks']} {' '.join(shown)} exit={run.exit_code}"


def worst_first(run: Run) -> list[Check]:
    """Return the checks, the ones that need attention first, else in their own order."""
    return sorted(run.checks, key=lambda check: WORST_FIRST.index(check.outcome))
