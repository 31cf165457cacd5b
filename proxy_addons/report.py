"""What the writing process tells the proxy, a line of JSON each.

It says once that it has begun (or why it cannot), then faults and violations as they come and the
state of affairs twice a second, and at the end what was recorded.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Begun:
    """The files are open."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The files cannot be opened; the fields are those of :class:`~tapestry.problems.Problem`."""

    what: str
    file: str | None = None
    why: str | None = None
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """Something a person should know."""

    message: str


@dataclass(frozen=True, slots=True)
class Violated:
    """What the exchange or socket ``key`` said is not as documented."""

    key: str
    message: str


@dataclass(frozen=True, slots=True)
class State:
    """How the recording stands. ``lost`` counts entries that are not in it."""

    agents: int = 0
    calls: int = 0
    deliveries: int = 0
    violations: int = 0
    entries: int = 0
    bytes: int = 0
    open: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """The recording is closed."""

    summary: str


Report = Begun | Refused | Told | Violated | State | Ended

_KINDS: dict[str, type[Any]] = {
    kind.__name__.lower(): kind for kind in (Begun, Refused, Told, Violated, State, Ended)
}


def line_of(report: Report) -> bytes:
    """Return ``report`` as a line."""
    return json.dumps({"kind": type(report).__name__.lower(), **asdict(report)}).encode() + b"\n"


def report_of(line: bytes) -> Report:
    """Return the report that ``line`` holds."""
    fields = json.loads(line)
    report: Report = _KINDS[fields.pop("kind")](**fields)
    return report
