"""The value that every check of a message ends in: one broken sentence, at one place.

Runner, ``check`` and the reports print it on one line. It carries what was expected and observed in
a shortened form, never a whole body, so that no report can leak what a message held.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["MUST", "SHOULD", "MAY", "INFO"]

MISSING = "missing"
TYPE = "type"
VALUE = "value"
CHOICE = "choice"
UNEXPECTED = "unexpected"
UNKNOWN_FIELD = "unknown-field"
UNKNOWN_TYPE = "unknown-type"
UNKNOWN_OPERATION = "unknown-operation"
CHANNEL = "channel"
READING = "reading"


@dataclass(frozen=True, slots=True)
class Violation:
    """One place where a message is not as documented.

    ``requirement`` is an id of the register and ``level`` how binding it is; ``path`` a JSON path
    into the body, or into the whole Bayeux message for a notification (``$.data.email.state``);
    ``kind`` one of the constants of this module. A ``reading`` is a difference that a documented
    contradiction allows: ``anomaly`` names it, and the level is then INFO.
    """

    requirement: str
    level: Level
    path: str
    message: str
    kind: str
    expected: Any = None
    observed: Any = None
    anomaly: str | None = None

    def __str__(self) -> str:
        """Return the violation on one line: level, requirement, path, message."""
        return f"{self.level} {self.requirement} {self.path}: {self.message}"
