"""Reads what one step does: from the raw mapping under ``call``, ``expect`` and so on to a value.

The shape has been checked by schema before; what is left to find here needs the rest of the
scenario: whether agents and anchor steps exist, whether matchers and paths can be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from conformance.jsonpath import MISSING, Path, parse_path
from conformance.judge.matchers import Matcher
from conformance.language.names import RawPath
from conformance.language.scenario import (
    ANSWER_WITHIN,
    WITHIN,
    Action,
    Call,
    Expect,
    Never,
    Presence,
    Provision,
    Ready,
    Statuses,
    Step,
)

ACTIONS = ("ready", "provision", "call", "expect", "never")


class Context(Protocol):
    """What a step must know of its scenario, and where its faults go."""

    agents: dict[str, Presence]
    steps: list[Step]

    def problem(self, path: RawPath, what: str, remedy: str) -> None:
        """Note a fault."""

    def matcher(self, raw: Any, path: RawPath) -> Matcher:
        """Read an expected value."""

    def known_agent(self, name: str, path: RawPath) -> None:
        """Note a fault unless the agent takes part."""

    def earlier_step(self, name: str, path: RawPath) -> None:
        """Note a fault unless the step stands before."""


class StepReader:
    """Reads the action of one step, which stands at ``path``."""

    def __init__(self, context: Context, raw: Any, path: RawPath) -> None:
        """Prepare to read ``raw``."""
        self._context = context
        self._raw = raw
        self._path = path

    def read(self, kind: str) -> Action:
        """Return the action of this kind, one of :data:`ACTIONS`."""
        match kind:
            case "ready":
                return self._ready()
            case "provision":
                return self._provision()
            case "call":
                return self._call()
            case "expect":
                return self._expect()
        return self._never()

    def _ready(self) -> Ready:
        self._context.known_agent(self._raw, self._path)
        if self._context.agents.get(self._raw) is Presence.READY:
            self._context.problem(
                self._path,
                f"{self._raw} is ready from the start",
                f"list it under agents as '{self._raw}: connected'",
            )
        return Ready(self._raw)

    def _provision(self) -> Provision:
        agent = self._raw.get("agent")
        if agent is not None:
            self._context.known_agent(agent, (*self._path, "agent"))
        return Provision(
            name=self._raw["as"],
            kind=self._raw.get("kind", "email"),
            agent=agent,
            subject=self._raw.get("subject"),
            sender=self._raw.get("from"),
            to=self._raw.get("to"),
        )

    def _call(self) -> Call:
        method, _, path = self._raw["request"].partition(" ")
        if "json" in self._raw and "text" in self._raw:
            self._context.problem(
                (*self._path, "text"), "a request has one body", "give json or text, not both"
            )
        answer = self._raw.get("answer", {})
        body = None
        if "json" in answer:
            body = self._context.matcher(answer["json"], (*self._path, "answer", "json"))
        return Call(
            agent=self._agent(),
            method=method,
            path=path,
            json=self._raw.get("json", MISSING),
            text=self._raw.get("text"),
            within=seconds(self._raw.get("within"), ANSWER_WITHIN),
            status=read_statuses(answer.get("status", "2xx")),
            body=body,
            capture=self._captures(),
        )

    def _expect(self) -> Expect:
        return Expect(
            agent=self._agent(),
            data=self._context.matcher(self._raw["data"], (*self._path, "data")),
            where=self._optional_matcher("where"),
            channel=self._optional_matcher("channel"),
            within=seconds(self._raw.get("within"), WITHIN),
            after=self._anchor(),
            capture=self._captures(),
        )

    def _never(self) -> Never:
        return Never(
            agent=self._agent(),
            data=self._context.matcher(self._raw["data"], (*self._path, "data")),
            channel=self._optional_matcher("channel"),
            within=seconds(self._raw.get("within"), WITHIN),
            after=self._anchor(),
        )

    def _agent(self) -> str:
        self._context.known_agent(self._raw["agent"], (*self._path, "agent"))
        return str(self._raw["agent"])

    def _optional_matcher(self, key: str) -> Matcher | None:
        if key not in self._raw:
            return None
        return self._context.matcher(self._raw[key], (*self._path, key))

    def _anchor(self) -> str:
        """Return the step that a notification follows from, which must stand before it.

        Agents subscribe before the first step, so a notification is never missed for lack of a
        subscription as long as something is done before it is waited for.
        """
        after = self._raw.get("after")
        if after is not None:
            self._context.earlier_step(after, (*self._path, "after"))
            return str(after)
        for step in reversed(self._context.steps):
            if isinstance(step.action, Ready | Provision | Call):
                return step.id
        self._context.problem(
            self._path,
            "nothing has happened that this could follow from",
            "put it behind the step that causes it",
        )
        return ""

    def _captures(self) -> Mapping[str, Path]:
        captures = {}
        for name, text in self._raw.get("capture", {}).items():
            try:
                captures[name] = parse_path(text)
            except ValueError as fault:
                self._context.problem(
                    (*self._path, "capture", name), f"not a JSON path: {text!r}", str(fault)
                )
        return captures


def seconds(text: str | None, default: float) -> float:
    """Read ``5s`` or ``250ms``; the shape has been checked by schema."""
    if text is None:
        return default
    return float(text[:-2]) / 1000 if text.endswith("ms") else float(text[:-1])


def read_statuses(raw: Any) -> Statuses:
    """Read ``200``, ``4xx`` or a list of such."""
    given = raw if isinstance(raw, list) else [raw]
    return Statuses(
        codes=frozenset(one for one in given if isinstance(one, int)),
        classes=frozenset(int(one[0]) for one in given if isinstance(one, str)),
    )
