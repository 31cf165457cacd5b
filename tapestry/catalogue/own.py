"""Checks our own file types against their schemas, and tells faults where an editor can jump to.

Scenarios, targets, cassettes and the tables of ``schemas/`` are written by people. Each type has a
schema under ``schemas/tapestry``; a fault is told with file, line and column, and a mistyped key
with the key that was most likely meant.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache

from tapestry import shipped
from tapestry.catalogue import violation
from tapestry.catalogue.explain import Explained, explain, json_path
from tapestry.catalogue.schemas import Schemas, meta_errors
from tapestry.documents import Document
from tapestry.problems import Problem


def check_own(document: Document, kind: str) -> list[Problem]:
    """Return what is wrong with ``document`` as a file of type ``kind``, in order of place.

    ``kind`` names a schema: ``schemas/tapestry/<kind>.yaml``, such as ``scenario`` or ``target``.
    Raises :class:`Problem` for a kind that has none.
    """
    lines = explain(_schemas().errors(f"tapestry/{kind}.yaml", document.value))
    problems = [_problem(document, kind, line) for line in lines]
    return sorted(problems, key=_position)


def check_schema(document: Document) -> list[Problem]:
    """Return what is wrong with ``document`` as a JSON Schema of draft 2020-12."""
    lines = explain(meta_errors(document.value))
    return sorted((_problem(document, "JSON Schema", line) for line in lines), key=_position)


@cache
def _schemas() -> Schemas:
    return Schemas(shipped.schemas())


def _problem(document: Document, kind: str, line: Explained) -> Problem:
    extra = line.kind == violation.UNEXPECTED and line.member is not None
    path = (*line.path, line.member) if extra and line.member is not None else line.path
    return Problem(
        line.message,
        where=document.place(*path),
        path=json_path(path),
        why=_why(line, kind),
        remedy=_remedy(line) if extra else None,
    )


def _why(line: Explained, kind: str) -> str:
    described = line.schema.get("description") if isinstance(line.schema, dict) else None
    return str(described) if described and line.path else f"the format of a {kind} says so"


def _remedy(line: Explained) -> str:
    known = [str(name) for name in line.expected]
    near = get_close_matches(str(line.observed), known, 1, 0.5)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"use one of {', '.join(known)}" if known else "remove it"


def _position(problem: Problem) -> tuple[int, int]:
    where = problem.where
    return (where.line or 0, where.column or 0) if where else (0, 0)
