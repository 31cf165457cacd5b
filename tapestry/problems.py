"""Bad input, told clearly: what is wrong, where, why it matters and what to do.

Every fault that a user can mend is raised as one of these and never as a bare ``ValueError``, so
that the command line can print it in one shape and choose the exit code, and no traceback ever
reaches a user for something they wrote.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a file, with 1-based line and column when they are known."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """Return ``file:line:col``, as editors and terminals link it."""
        parts = [self.file, self.line, self.column]
        return ":".join(str(part) for part in parts if part is not None)


class Problem(Exception):
    """Input that cannot be used: a file, an option, a scenario (exit code 2)."""

    exit_code: ClassVar[int] = 2

    def __init__(
        self,
        what: str,
        *,
        where: Place | None = None,
        path: str | None = None,
        why: str | None = None,
        remedy: str | None = None,
    ) -> None:
        """Describe the problem.

        ``what`` is one sentence without a final stop; ``path`` is a JSON path such as
        ``$.steps[2].call``; ``why`` names the rule that is broken; ``remedy`` says what to do.
        """
        super().__init__(what)
        self.what = what
        self.where = where
        self.path = path
        self.why = why
        self.remedy = remedy

    def __str__(self) -> str:
        """Return the whole problem, place first, in at most four short lines."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        if self.path:
            head += f" (at {self.path})"
        rest = [("why", self.why), ("do", self.remedy)]
        return "\n".join([head, *(f"  {label}: {text}" for label, text in rest if text)])


class Problems(Problem):
    """Several problems found in one go, so that a user mends them in one go."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep ``problems`` in the order in which they were found (at least one)."""
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class TargetUnusable(Problem):
    """The target cannot be reached or refuses us: no verdict about it is possible (exit code 3)."""

    exit_code: ClassVar[int] = 3
