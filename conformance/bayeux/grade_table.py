"""The table of grades: which server keeps which check, as a page that people read.

A pure function of what the suite said of several servers; what fetches and serves them stands with
the interop tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.bayeux.check import CheckSpec, all_checks
from conformance.bayeux.grade import grade
from conformance.model import Check, Outcome

MARK = {
    Outcome.PASS: "✓",
    Outcome.FAIL: "**✗**",
    Outcome.WARN: "✗",
    Outcome.INFO: "◦",
    Outcome.NA: "-",
    Outcome.SKIP: "?",
    Outcome.ERROR: "!",
    Outcome.WAIVED: "w",
}
_SHOWN = (Outcome.PASS, Outcome.FAIL, Outcome.WARN, Outcome.INFO, Outcome.NA)

_LEGEND = """\
✓ kept, **✗** a MUST broken, ✗ a SHOULD broken, ◦ otherwise than described (nobody's fault), - not
applicable: the server lacks something optional, or did not take up an option. ⚠ marks a check of a
MUST that every independent server breaks. Lines are those of `bayeux.adoc`, as in
`schemas/bayeux/requirements.yaml`. [The findings](bayeux-findings.md) explain what is broken.
"""


@dataclass(frozen=True, slots=True)
class Graded:
    """What the suite said of one server over one transport, in ``seconds``."""

    server: str
    transport: str
    checks: Sequence[Check]
    seconds: float


def render_grades(results: Sequence[Graded], command: str) -> str:
    """Return the page in Markdown; ``command`` is what made it and makes it again."""
    first = results[0].transport
    columns = [graded for graded in results if graded.transport == first]
    parts = [
        "# Bayeux servers, graded\n",
        f"Made by `{command}`; do not edit. Grades are those that the specification defines.\n",
        "\n".join(_summary(results)) + "\n",
        _LEGEND,
        f"## Every check, over {first}\n",
        "\n".join(_rows(columns)) + "\n",
    ]
    return "\n".join(parts)


def _summary(results: Iterable[Graded]) -> Iterable[str]:
    words = " | ".join(outcome.value for outcome in _SHOWN)
    yield f"| server | transport | grade | {words} | seconds |"
    yield f"| --- | --- | --- |{' --: |' * (len(_SHOWN) + 1)}"
    for graded in results:
        outcomes = [check.outcome for check in graded.checks]
        counts = " | ".join(str(outcomes.count(outcome)) for outcome in _SHOWN)
        told = grade(graded.checks)
        yield (
            f"| {graded.server} | {graded.transport} | {told} | {counts} | {graded.seconds:.0f} |"
        )


def _rows(columns: Sequence[Graded]) -> Iterable[str]:
    yield f"| check | level | lines | {' | '.join(graded.server for graded in columns)} |"
    yield f"| --- | --- | --- |{' :-: |' * len(columns)}"
    outcomes = [{check.id: check.outcome for check in graded.checks} for graded in columns]
    for spec in all_checks():
        marks = " | ".join(MARK[found[spec.id]] for found in outcomes)
        lines = ", ".join(map(str, _lines(spec))) or "CometD"
        warning = " ⚠" if spec.suspect else ""
        title = spec.title.replace("*", "\\*")
        yield f"| `{spec.id}`{warning} {title} | {spec.level} | {lines} | {marks} |"


def _lines(spec: CheckSpec) -> list[int]:
    return sorted({line for requirement in spec.requirements for line in requirement.lines})
