"""What a scan finds: signs in a text, and findings, which are signs at a place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tapestry.problems import Place


class Level(StrEnum):
    """How bad it is; only information does not gate."""

    SECRET = "secret"  # noqa: S105 - a level, not a secret
    PERSONAL = "personal"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that looks like a secret or like personal data; ``value`` is never printed."""

    kind: str
    level: Level
    value: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A sign at its place.

    ``entry`` counts the entries of a cassette from 1 behind its header; ``path`` is a JSON path
    into the document; ``shown`` is the value, masked.
    """

    kind: str
    level: Level
    where: Place
    path: str
    entry: int | None
    shown: str


def masked(value: str) -> str:
    """Return a hint of ``value`` that helps to find it and does not give it away."""
    start = value[:2] if len(value) >= 12 else ""
    return f"{start}… ({len(value)} characters)"
