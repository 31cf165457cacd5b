"""Holds every answer and notification of a run against its documented shape.

A scenario names the few members that its story turns on; the catalogue knows all the others. What
it finds joins the findings of the step that saw the message, so that a check speaks for the whole
message and not only for the members that somebody thought of.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conformance.jsonpath import MISSING
from conformance.model import Finding, Level
from conformance.runner.agent import Answer
from tapestry.catalogue import Catalogue, Violation

Judged = list[tuple[Level, Finding]]


def judge_answer(catalogue: Catalogue, method: str, path: str, body: Any, answer: Answer) -> Judged:
    """Return what is wrong with the shape of an answer, by level."""
    known = catalogue.recognise(method, path, None if body is MISSING else body)
    operation = known.operation if known else None
    observed = None if answer.body is MISSING else answer.body
    return _judged(catalogue.check_answer(operation, answer.status, observed))


def judge_notification(catalogue: Catalogue, channel: str, data: Any) -> Judged:
    """Return what is wrong with the shape of a notification, by level."""
    return _judged(catalogue.check_notification(channel, data))


def _judged(violations: Iterable[Violation]) -> Judged:
    return [(Level(violation.level), _finding(violation)) for violation in violations]


def _finding(violation: Violation) -> Finding:
    return Finding(
        violation.kind,
        f"{violation.message} ({violation.requirement})",
        violation.path,
        violation.expected,
        violation.observed,
    )
