"""What a check of a client is: an id for ever, a sentence, and a reading of a situation's log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from conformance.bayeux.requirement import Requirement, register
from conformance.model import Finding, Level
from conformance.probe.log import Log

Reading = Callable[[Log], list[Finding]]


class NotApplicable(Exception):
    """The log says nothing about the question: the client lacks an option; the text says which."""


@dataclass(frozen=True, slots=True)
class ClientCheck:
    """One check on the log of one situation, or on those of all when ``situation`` is ``None``.

    Without requirements it is about what the specification leaves open and peers depend on: INFO.
    """

    id: str
    title: str
    situation: str | None
    requirements: tuple[Requirement, ...]
    level: Level
    read: Reading

    @property
    def line(self) -> int | None:
        """Return the first line of the specification that it traces to."""
        return next((line for r in self.requirements for line in r.lines), None)


_FOUND: dict[str, ClientCheck] = {}


def check(
    identifier: str,
    title: str,
    *requirements: str,
    situation: str | None = None,
    level: Level | None = None,
) -> Callable[[Reading], Reading]:
    """Register a reading as a check. Its level is that of its requirements, which agree.

    ``level`` is given only where the text that a check traces to is weaker than the requirement.
    """

    def enlist(read: Reading) -> Reading:
        assert identifier not in _FOUND, identifier
        traced = tuple(register()[name] for name in requirements)
        own = level or (traced[0].level if traced else Level.INFO)
        _FOUND[identifier] = ClientCheck(identifier, title, situation, traced, own, read)
        return read

    return enlist


def all_checks() -> tuple[ClientCheck, ...]:
    """Return every check: those of messages first, then those of single situations."""
    for module in ("messages", "behaviour", "resilience"):
        import_module(f"conformance.probe.checks.{module}")
    return tuple(_FOUND.values())
