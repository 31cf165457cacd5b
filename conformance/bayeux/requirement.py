"""The register of the specification's requirements: what each check traces to.

The register is data (``schemas/bayeux/requirements.yaml``), so that the list of what is and is not
tested can be read without reading code; a test holds register and checks against each other, both
ways.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from conformance.model import Level
from tapestry import shipped
from tapestry.documents import Document, read_document
from tapestry.problems import Problem

FILE = "bayeux.adoc"

_KNOWN = frozenset(
    {"level", "side", "lines", "section", "statement", "plain", "observable", "why", "suspect"}
)
_SIDES = frozenset({"server", "client", "both"})


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement; ``lines`` are those of the specification's source, empty for CometD's own.

    ``plain`` marks a MUST that the text states as a fact, without the keyword; ``suspect`` one that
    every independent server breaks.
    """

    id: str
    level: Level
    side: str
    lines: tuple[int, ...]
    section: str
    statement: str
    plain: bool = False
    suspect: bool = False
    observable: bool = True
    why: str | None = None

    @property
    def testable(self) -> bool:
        """Tell whether a black-box test of a server can see it kept or broken."""
        return self.observable and self.side != "client"

    def __str__(self) -> str:
        """Return where the requirement stands: the section, and the lines."""
        lines = ", ".join(map(str, self.lines))
        return f"{self.section} ({FILE}:{lines})" if lines else self.section


@cache
def register() -> Mapping[str, Requirement]:
    """Return all requirements by id. Raises :class:`Problem` when the register has a fault."""
    return read_register(read_document(shipped.schemas() / "bayeux" / "requirements.yaml"))


def read_register(document: Document) -> Mapping[str, Requirement]:
    """Read a register from its document. Raises :class:`Problem` at the place of a fault."""
    return {
        name: _read(document, name, raw) for name, raw in document.value["requirements"].items()
    }


def _read(document: Document, name: str, raw: Mapping[str, Any]) -> Requirement:
    def refuse(what: str) -> Problem:
        return Problem(what, where=document.place("requirements", name), path=name)

    unknown = raw.keys() - _KNOWN
    if unknown:
        raise refuse(f"unknown member {', '.join(sorted(unknown))}")
    if raw.get("side") not in _SIDES or raw.get("level") not in set(Level):
        raise refuse("a requirement has a side and a level")
    if raw.get("observable", True) == ("why" in raw):
        raise refuse("what cannot be observed, and only that, says why")
    return Requirement(
        id=name,
        level=Level(raw["level"]),
        side=raw["side"],
        lines=tuple(raw["lines"]),
        section=raw["section"],
        statement=raw["statement"],
        plain=raw.get("plain", False),
        suspect=raw.get("suspect", False),
        observable=raw.get("observable", True),
        why=raw.get("why"),
    )
