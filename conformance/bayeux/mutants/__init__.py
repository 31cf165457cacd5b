"""Bayeux servers with one fault each, and the check that must find it.

They are our own server with something put in front of it that mishears, misspeaks or loses. A check
that no mutant fails proves nothing, so every check of a MUST or SHOULD has at least one here.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from conformance.bayeux.mutants.fault import Mutant

_TABLES = (
    "replies",
    "handshakes",
    "refusals",
    "sessions",
    "events",
    "contents",
    "subscriptions",
    "wires",
)


def all_mutants() -> Mapping[str, Mutant]:
    """Return every mutant by its name."""
    rows: list[Mutant] = []
    for table in _TABLES:
        rows += import_module(f"conformance.bayeux.mutants.{table}").MUTANTS
    found = {mutant.name: mutant for mutant in rows}
    assert len(found) == len(rows), "two mutants of one name"
    return found
