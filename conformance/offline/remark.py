"""The value that every offline check ends in: one remark, at one place in one file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tapestry.catalogue.violation import Level, Violation
from tapestry.problems import Place, Problem

OWN_FILE = "TAPESTRY-06"


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong, or worth knowing, at one place.

    ``where`` is the file, with line and column where they are known; ``entry`` counts the entries
    of a cassette from 1; ``path`` leads into the message at fault. ``unusable`` marks a file that
    cannot be used at all, because of what the remark says.
    """

    requirement: str
    level: Level
    message: str
    where: Place
    path: str = "$"
    entry: int | None = None
    kind: str = "own-file"
    anomaly: str | None = None
    unusable: bool = False


def from_violations(
    violations: Iterable[Violation], where: Place, entry: int | None = None
) -> list[Remark]:
    """Return the violations of one message as remarks at the place of the message."""
    return [
        Remark(
            requirement=broken.requirement,
            level=broken.level,
            message=broken.message,
            where=where,
            path=broken.path,
            entry=entry,
            kind=broken.kind,
            anomaly=broken.anomaly,
        )
        for broken in violations
    ]


def from_problem(problem: Problem, file: str) -> Remark:
    """Return a problem of a file of our own as a remark; the file cannot be used."""
    why = f"; {problem.why}" if problem.why else ""
    remedy = f"; {problem.remedy}" if problem.remedy else ""
    return Remark(
        requirement=OWN_FILE,
        level="MUST",
        message=f"{problem.what}{why}{remedy}",
        where=problem.where or Place(file),
        path=problem.path or "$",
        unusable=True,
    )
