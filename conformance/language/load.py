"""Reads a scenario file: its shape by schema, then everything the shape alone cannot tell.

All faults of a file are gathered and raised together, each at file:line:col, so that an author
mends them in one go.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from conformance.judge.match_syntax import MatcherFault, Readings, parse_matcher
from conformance.judge.matchers import Matcher, Reading
from conformance.language.names import (
    RawPath,
    agent_names,
    aliases,
    provision_names,
    suggestion,
    uses,
)
from conformance.language.scenario import CheckSpec, Presence, Scenario, Step
from conformance.language.steps import ACTIONS, StepReader
from conformance.model import Level
from tapestry.documents import Document, read_document
from tapestry.problems import Problem, Problems

SUFFIX = ".tapestry.yaml"


def load_scenario(file: Path | str) -> Scenario:
    """Read one scenario file. Raises :class:`Problem` with every fault in it."""
    return read_scenario(read_document(Path(file)))


def read_scenario(document: Document) -> Scenario:
    """Read a scenario from its document. Raises :class:`Problem`."""
    from tapestry.catalogue.own import check_own

    problems = check_own(document, "scenario")
    if problems:
        raise Problems(problems)
    reader = _Reader(document, _accepted_readings)
    scenario = reader.read()
    if reader.problems:
        raise Problems(reader.problems)
    return scenario


def _accepted_readings(anomaly: str) -> tuple[Reading, ...]:
    from tapestry.catalogue import catalogue

    known = catalogue()
    return tuple(
        Reading(reading.says, partial(known.schemas.accepts, reading.schema))
        for reading in known.anomalies[anomaly].readings
    )


class _Reader:
    """Reads one document; what is wrong gathers in ``problems``."""

    def __init__(self, document: Document, readings: Readings) -> None:
        self.document = document
        self.readings = readings
        self.problems: list[Problem] = []
        self.raw: Mapping[str, Any] = document.value
        self.agents = _read_agents(self.raw["agents"])
        self.checks: dict[str, CheckSpec] = {}
        self.steps: list[Step] = []
        self.known: set[str] = set(self.raw.get("variables", {}))
        self.later: dict[str, int] = {}

    def read(self) -> Scenario:
        own = self._check_spec(self.raw, ())
        self.checks[own.id] = own
        for agent in self.agents:
            self.known.update(agent_names(agent))
        self._look_ahead()
        for n, raw in enumerate(self.raw["steps"]):
            self._read_step(n, raw)
        return Scenario(
            id=own.id,
            title=own.title,
            agents=self.agents,
            steps=tuple(self.steps),
            checks=tuple(self.checks.values()),
            needs=tuple(self.raw.get("needs", ())),
            alone=self.raw.get("alone", False),
            variables=self.raw.get("variables", {}),
            file=self.document.file,
            line=self.document.place("id").line,
        )

    def problem(self, path: RawPath, what: str, remedy: str) -> None:
        self.problems.append(Problem(what, where=self.document.place(*path), remedy=remedy))

    def matcher(self, raw: Any, path: RawPath) -> Matcher:
        try:
            return parse_matcher(raw, self.readings)
        except MatcherFault as fault:
            self.problem((*path, *fault.path), fault.what, fault.remedy)
            return parse_matcher(None)

    def known_agent(self, name: str, path: RawPath) -> None:
        if name not in self.agents:
            self.problem(
                path, f"unknown agent {name!r}", f"taking part are {', '.join(self.agents)}"
            )

    def earlier_step(self, name: str, path: RawPath) -> None:
        if all(step.id != name for step in self.steps):
            self.problem(path, f"no earlier step {name!r}", "name a step that stands before")

    def _look_ahead(self) -> None:
        """Note which step sets each variable first, to tell 'too early' from 'unknown'."""
        for n, raw in enumerate(self.raw["steps"]):
            for name in _given_by(raw):
                self.later.setdefault(name, n)

    def _read_step(self, n: int, raw: Mapping[str, Any]) -> None:
        path: RawPath = ("steps", n)
        kinds = [kind for kind in ACTIONS if kind in raw]
        if len(kinds) != 1:
            self.problem(
                path, "a step does one thing", f"give it exactly one of {', '.join(ACTIONS)}"
            )
            return
        self._check_uses(raw, path)
        identifier = raw.get("id", f"step-{n + 1}")
        if any(step.id == identifier for step in self.steps):
            self.problem((*path, "id"), f"duplicate step id {identifier!r}", "rename one")
        for i, name in enumerate(raw.get("requires", ())):
            self.earlier_step(name, (*path, "requires", i))
        given = frozenset(_given_by(raw))
        self.steps.append(
            Step(
                id=identifier,
                action=StepReader(self, raw[kinds[0]], (*path, kinds[0])).read(kinds[0]),
                check=self._check_of(raw, path),
                requires=tuple(raw.get("requires", ())),
                uses=frozenset(name for name, _ in uses(raw)),
                gives=given,
                line=self.document.place(*path).line,
            )
        )
        self.known |= given

    def _check_uses(self, raw: Any, path: RawPath) -> None:
        for name, where in uses(raw, path):
            if name in self.known:
                continue
            if name in self.later:
                self.problem(
                    where,
                    f"${{{name}}} is used before it is set",
                    f"it is set by step {self.later[name] + 1}; move this step behind it",
                )
            else:
                known = frozenset(self.known)
                self.problem(where, f"unknown variable ${{{name}}}", suggestion(name, known))

    def _check_of(self, raw: Mapping[str, Any], path: RawPath) -> str:
        given = raw.get("check", self.raw["id"])
        if isinstance(given, str):
            if given not in self.checks:
                self.problem(
                    (*path, "check"),
                    f"no check {given!r} is declared before",
                    "declare it here: {id: ..., title: ...}",
                )
            return given
        spec = self._check_spec(given, (*path, "check"))
        if spec.id in self.checks:
            self.problem((*path, "check", "id"), f"duplicate check id {spec.id!r}", "rename one")
        self.checks[spec.id] = spec
        return spec.id

    def _check_spec(self, raw: Mapping[str, Any], path: RawPath) -> CheckSpec:
        return CheckSpec(
            id=raw["id"],
            title=raw["title"],
            level=Level(raw.get("level", self.raw.get("level", Level.MUST))),
            requirements=tuple(raw.get("requirements", ())),
            line=self.document.place(*path, "id").line,
        )


def _read_agents(raw: Any) -> dict[str, Presence]:
    if isinstance(raw, list):
        return dict.fromkeys(raw, Presence.READY)
    return {name: Presence(presence) for name, presence in raw.items()}


def _given_by(raw: Mapping[str, Any]) -> list[str]:
    """Return the variables that a raw step sets."""
    given = list(aliases(raw))
    for kind in ("call", "expect"):
        given.extend(raw.get(kind, {}).get("capture", {}))
    if "provision" in raw:
        given.extend(provision_names(raw["provision"]["as"]))
    return given
