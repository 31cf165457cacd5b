"""A situation: a name for ever, a sentence, and the script that brings it about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from conformance.probe.stage import Stage

Script = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Situation:
    """One thing that happens to a client; ``name`` is also the last segment of its path."""

    name: str
    title: str
    script: Script


_FOUND: dict[str, Situation] = {}


def situation(name: str, title: str) -> Callable[[Script], Script]:
    """Register a script under a name, which may be given once only."""

    def enlist(script: Script) -> Script:
        assert name not in _FOUND, name
        _FOUND[name] = Situation(name, title, script)
        return script

    return enlist


def all_situations() -> tuple[Situation, ...]:
    """Return every situation, in the order in which they are written down."""
    import conformance.probe.situations  # noqa: F401 - registers them

    return tuple(_FOUND.values())
