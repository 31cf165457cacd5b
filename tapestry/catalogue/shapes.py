"""Holds one value against one schema and says which sentence of which page each fault breaks.

A fault becomes a violation of the requirement that its place in the schema stands for, at that
requirement's level. A member that no schema mentions is a note. A value that a documented
contradiction allows is a note too, which cites the contradiction and says how it was read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tapestry.catalogue import violation
from tapestry.catalogue.annotations import presence_at, requirement_at, unmentioned
from tapestry.catalogue.explain import Explained, explain, json_path
from tapestry.catalogue.model import Anomaly, Requirement
from tapestry.catalogue.schemas import Schemas
from tapestry.catalogue.violation import Violation

UNDOCUMENTED = "TAPESTRY-01"

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is being checked: a value, its schema, whose operation it is, where its paths begin."""

    schema: str
    value: Any
    operation: str | None = None
    prefix: Path = ()


class Shapes:
    """Schemas together with the registers that give their faults a meaning."""

    def __init__(
        self,
        schemas: Schemas,
        requirements: Mapping[str, Requirement],
        anomalies: Mapping[str, Anomaly],
    ) -> None:
        """Judge by ``schemas``; levels are those of ``requirements``, readings of ``anomalies``."""
        self._schemas = schemas
        self._requirements = requirements
        self._anomalies: dict[str, list[Anomaly]] = defaultdict(list)
        for anomaly in anomalies.values():
            for requirement in anomaly.requirements:
                self._anomalies[requirement].append(anomaly)

    def check(self, subject: Subject) -> list[Violation]:
        """Return every violation of ``subject``, faults first, then undocumented members."""
        errors = self._schemas.errors(subject.schema, subject.value)
        faults = [self._fault(line, subject) for line in explain(errors)]
        return [*faults, *self._undocumented(subject)]

    def violation(
        self,
        requirement: str,
        path: Path,
        kind: str,
        message: str,
        expected: Any = None,
        observed: Any = None,
    ) -> Violation:
        """Return a violation of ``requirement`` at the level that the register gives it."""
        level = self._requirements[requirement].level
        return Violation(requirement, level, json_path(path), message, kind, expected, observed)

    def read(self, told: Violation, value: Any, operation: str | None = None) -> Violation:
        """Return ``told``, or a note in its place when a contradiction allows ``value`` there."""
        for anomaly in self._anomalies[told.requirement]:
            theirs = not anomaly.operations or operation in anomaly.operations
            if not theirs or anomaly.path != told.path:
                continue
            for reading in anomaly.readings:
                if self._schemas.accepts(reading.schema, value):
                    message = f"{told.message}; read as: {reading.says} ({anomaly.id})"
                    kind = violation.READING
                    return replace(
                        told, level="INFO", kind=kind, message=message, anomaly=anomaly.id
                    )
        return told

    def _fault(self, line: Explained, subject: Subject) -> Violation:
        told = self.violation(
            self._requirement_of(line, subject.schema),
            (*subject.prefix, *line.path),
            line.kind,
            line.message,
            line.expected,
            line.observed,
        )
        return self.read(told, _at(subject.value, line.path), subject.operation)

    def _requirement_of(self, line: Explained, schema: str) -> str:
        own = line.schema if isinstance(line.schema, dict) else {}
        named = own.get(f"x-{line.keyword}") or (
            presence_at(self._schemas, schema, (*line.path, line.member))
            if line.member is not None
            else own.get("x-requirement")
        )
        return named or requirement_at(self._schemas, schema, line.path) or UNDOCUMENTED

    def _undocumented(self, subject: Subject) -> Iterator[Violation]:
        for path, closed in unmentioned(self._schemas, subject.schema, subject.value):
            yield self.violation(
                closed or UNDOCUMENTED,
                (*subject.prefix, *path),
                violation.UNEXPECTED if closed else violation.UNKNOWN_FIELD,
                "no page documents this member",
            )


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value
