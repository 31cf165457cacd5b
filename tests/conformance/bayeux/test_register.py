from __future__ import annotations

import re

import pytest

from conformance.bayeux.check import GROUPS, all_checks
from conformance.bayeux.requirement import read_register, register
from conformance.model import Level
from tapestry.documents import parse_documents
from tapestry.problems import Problem

CHECKS = all_checks()
LAST_LINE = 1399


def test_there_are_checks_of_every_group_and_their_ids_are_in_order() -> None:
    assert {spec.group for spec in CHECKS} == set(GROUPS)
    ids = [spec.id for spec in CHECKS]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"BAYEUX-[A-Z]+-\d\d", name) for name in ids)


def test_every_check_traces_to_requirements_that_a_server_can_be_blamed_for() -> None:
    for spec in CHECKS:
        assert spec.requirements, spec.id
        assert all(requirement.testable for requirement in spec.requirements), spec.id


def test_a_check_never_mixes_levels() -> None:
    for spec in CHECKS:
        assert len({requirement.level for requirement in spec.requirements}) == 1, spec.id


def test_every_requirement_that_can_be_tested_has_a_check() -> None:
    traced = {requirement.id for spec in CHECKS for requirement in spec.requirements}
    testable = {name for name, requirement in register().items() if requirement.testable}
    assert testable - traced == set()


def test_requirements_stand_somewhere_in_the_text() -> None:
    for requirement in register().values():
        assert all(1 <= line <= LAST_LINE for line in requirement.lines)
        assert list(requirement.lines) == sorted(requirement.lines), requirement.id
        assert requirement.lines or requirement.id.startswith("cometd."), requirement.id
        assert requirement.statement.endswith("."), requirement.id


def test_plain_statements_are_musts() -> None:
    assert all(r.level is Level.MUST for r in register().values() if r.plain)


def test_every_check_says_in_a_sentence_what_it_asks() -> None:
    titles = [spec.title for spec in CHECKS]
    assert all(title and not title.endswith(".") for title in titles)
    assert max(map(len, titles)) <= 100


ROW = "requirements:\n  a.b:\n    lines: [1]\n    section: S\n    statement: T.\n"


@pytest.mark.parametrize(
    ("members", "complaint"),
    [
        ("    level: MUST\n", "has a side and a level"),
        ("    level: MUSTN'T\n    side: server\n", "has a side and a level"),
        ("    level: MUST\n    side: server\n    sidd: x\n", "unknown member sidd"),
        ("    level: MUST\n    side: server\n    observable: false\n", "says why"),
        ("    level: MUST\n    side: server\n    why: because\n", "says why"),
    ],
)
def test_a_fault_in_the_register_is_told_with_its_place(members: str, complaint: str) -> None:
    (document,) = parse_documents(ROW + members, "register.yaml")
    with pytest.raises(Problem, match=complaint) as told:
        read_register(document)
    assert str(told.value).startswith("register.yaml:2:")


def test_a_requirement_says_where_it_stands() -> None:
    assert str(register()["connect.answered"]) == "Connect Response (bayeux.adoc:870)"
    assert str(register()["cometd.ack"]) == "CometD, acknowledge extension"
