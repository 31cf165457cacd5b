"""Follows the variables of a scenario through its steps, before any step is acted out.

A variable that is misspelt, or used before the step that sets it, would otherwise show up as a
failure of the target, and after the target has been changed. So each use is held here against what
is known at that point, and reported where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from conformance.template import names_in

RawPath = tuple[str | int, ...]

AGENT_FIELDS = ("user_uri", "username")
PROVISION_FIELDS = ("subject", "from", "to", "id")

_NOT_TEMPLATES = frozenset({"$equals", "$alias", "$reading", "capture", "check", "id"})


def uses(raw: Any, path: RawPath = ()) -> Iterator[tuple[str, RawPath]]:
    """Yield every variable that a raw step uses, and where."""
    if isinstance(raw, dict):
        for key, member in raw.items():
            if key not in _NOT_TEMPLATES or (key == "id" and path and path[-1] != "steps"):
                yield from uses(member, (*path, key))
    elif isinstance(raw, list):
        for n, item in enumerate(raw):
            yield from uses(item, (*path, n))
    elif isinstance(raw, str):
        for name in sorted(names_in(raw)):
            yield name, path


def aliases(raw: Any) -> Iterator[str]:
    """Yield every alias that the expected values of a raw step bind."""
    if isinstance(raw, dict):
        for key, member in raw.items():
            if key == "$alias" and isinstance(member, str):
                yield member
            elif key != "$equals":
                yield from aliases(member)
    elif isinstance(raw, list):
        for item in raw:
            yield from aliases(item)


def agent_names(agent: str) -> list[str]:
    """Return the variables that an agent brings with it."""
    return [f"{agent}.{field}" for field in AGENT_FIELDS]


def provision_names(name: str) -> list[str]:
    """Return the variables that bringing an interaction about sets."""
    return [f"{name}.{field}" for field in PROVISION_FIELDS]


def suggestion(name: str, known: frozenset[str]) -> str:
    """Return advice for a variable that is not known."""
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    if near:
        return f"did you mean ${{{near[0]}}}?"
    return "known here are " + (", ".join(sorted(known)) or "none")
