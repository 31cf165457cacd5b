"""Checks files of our own types against their schema, and schemas against JSON Schema itself."""

from __future__ import annotations

from conformance.offline.kinds import Kind, Recognised
from conformance.offline.remark import Remark, from_problem
from tapestry.catalogue.own import check_own, check_schema
from tapestry.problems import Problem, Problems


def check_own_file(found: Recognised) -> list[Remark]:
    """Return every remark on a scenario, a target, a table, a report or a schema."""
    assert found.document is not None
    try:
        if found.kind is Kind.SCHEMA:
            problems = check_schema(found.document)
        else:
            assert found.own is not None
            problems = check_own(found.document, found.own) or _beyond_shape(found)
    except Problem as problem:
        problems = list(problem.problems) if isinstance(problem, Problems) else [problem]
    return [from_problem(problem, str(found.file)) for problem in problems]


def _beyond_shape(found: Recognised) -> list[Problem]:
    """Return what a schema cannot say: names that are used and not declared, and the like."""
    if found.own == "scenario":
        from conformance.language.load import load_scenario

        load_scenario(found.file)
    return []
