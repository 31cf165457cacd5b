"""The values of a comparison: one difference at one place, and the finding that groups many.

What was seen at a place is one thing; its kind says what that means for whoever relies on the
server. The kinds are a contract with other programs, which call them classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from conformance.judge.steps import Step


class Seen(StrEnum):
    """What was seen."""

    REMOVED = "removed"
    ADDED = "added"
    TYPE = "type changed"
    VALUE = "changed"
    MISSING = "missing"
    EXTRA = "extra"
    DUPLICATED = "duplicated"
    MISPLACED = "misplaced"
    REORDERED = "out of order"
    UNANSWERED = "not answered"
    CAUSE = "cause changed"
    LATE = "late"


class Kind(StrEnum):
    """What it means: does it break a client, change or delay what it sees, or add to it?"""

    BREAKING = "breaking"
    CHANGED = "changed"
    TIMING = "timing"
    ADDITIVE = "additive"


class Absent:
    """The value of what is not there; JSON's null is something else."""

    def __repr__(self) -> str:
        """Return the word that reports print."""
        return "(absent)"


ABSENT = Absent()

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between an event and its counterpart, or an event that has none.

    ``step`` is the event in the old story (in the new one when it has none in the old). ``path``
    leads into what the event says, beginning with ``data`` or ``channel`` of a delivery, with
    ``answer``, ``request`` or ``status`` of a call; it is empty when the event as a whole is meant.
    ``old`` and ``new`` are the values there, :data:`ABSENT` on the side that has none.
    """

    seen: Seen
    step: Step
    path: Steps = ()
    old: Any = ABSENT
    new: Any = ABSENT
    counterpart: Step | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """All differences of one kind, path and shape; ``where`` names the place of the first.

    ``message`` is the whole finding on one line, path first, with both values.
    """

    kind: Kind
    seen: Seen
    path: str
    old: Any
    new: Any
    count: int
    where: str
    message: str

    @property
    def gates(self) -> bool:
        """Tell whether a client would notice; what is only added, it may ignore."""
        return self.kind is not Kind.ADDITIVE


@dataclass(frozen=True, slots=True)
class Comparison:
    """What comparing two stories came to; ``compared`` counts the events that were looked at."""

    findings: tuple[Finding, ...]
    compared: int = 0

    @property
    def equal(self) -> bool:
        """Tell whether there is no difference at all."""
        return not self.findings

    @property
    def gates(self) -> bool:
        """Tell whether any finding gates."""
        return any(finding.gates for finding in self.findings)
