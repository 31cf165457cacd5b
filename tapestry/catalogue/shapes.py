"""Holds one value against one schema and says which sentence of which page each fault breaks.

A fault becomes a violation of the requirement that its place in the schema stands for, at that
requirement's level. A member that no schema mentions is a note. A value that a documented
contradiction allows is a note too, which cites the contradiction and says how it was read.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tapestry.catalogue import violation
from tapestry.catalogue.annotations import presence_at, requirement_at, unmentioned
from tapestry.catalogue.explain import Explained, explain, json_path
from tapestry.catalogue.model import Anomaly, Profile, Requirement
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
        profile: Profile,
    ) -> None:
        """Judge by ``schemas``, under ``profile``.

        Levels are those of ``requirements``, readings those of ``anomalies``.
        """
        self._schemas = schemas
        self._requirements = requirements
        self._profile = profile
        self._anomalies: dict[str, list[Anomaly]] = defaultdict(list)
        for anomaly in anomalies.values():
            for requirement in anomaly.requirements:
                self._anomalies[requirement].append(anomaly)

    def check(self, subject: Subject) -> list[Violation]:
        """Return every violation of ``subject``, faults first, then undocumented members."""
        faults = self._faults(subject)
        more = self._profile.also.get(subject.schema)
        if more is not None:
            faults += self._faults(replace(subject, schema=more))
        return [*faults, *self._undocumented(subject)]

    def holds(self, schema: str, value: Any) -> bool:
        """Tell whether ``value`` breaks nothing of ``schema``; unknown members are no matter."""
        more = self._profile.also.get(schema)
        return self._schemas.holds(schema, value) and (
            more is None or self._schemas.holds(more, value)
        )

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
        level = self._profile.levels.get(requirement, self._requirements[requirement].level)
        return Violation(requirement, level, json_path(path), message, kind, expected, observed)

    def read(self, told: Violation, value: Any, operation: str | None = None) -> Violation:
        """Return ``told``, or a note in its place when a contradiction allows ``value`` there."""
        for anomaly in self._anomalies[told.requirement]:
            theirs = not anomaly.operations or operation in anomaly.operations
            if not theirs or not _covers(anomaly.path, told.path):
                continue
            for reading in anomaly.readings:
                if self._schemas.accepts(reading.schema, value):
                    return replace(
                        told,
                        level=self._profile.readings,
                        kind=violation.READING,
                        message=f"{told.message}; read as: {reading.says} ({anomaly.id})",
                        anomaly=anomaly.id,
                    )
        return told

    def _faults(self, subject: Subject) -> list[Violation]:
        errors = self._schemas.errors(subject.schema, subject.value)
        return [self._fault(line, subject) for line in explain(errors)]

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


def _covers(pattern: str | None, path: str) -> bool:
    """Tell whether ``path`` is the one of an anomaly, in which ``*`` stands for any one step."""
    if pattern is None or "*" not in pattern:
        return pattern == path
    return re.fullmatch(re.escape(pattern).replace(r"\*", r"[^.\[\]]+"), path) is not None


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value
