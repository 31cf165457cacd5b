from __future__ import annotations

import pytest

from tapestry.catalogue.own import check_own, check_schema
from tapestry.documents import Document, parse_documents
from tapestry.problems import Problem


def document(text: str) -> Document:
    [only] = parse_documents(text, "file.yaml")
    return only


HEADER = "tapestry: 1\nrecorded: 2026-11-21T09:30:00.000Z\n"
EXCHANGE = (
    "kind: exchange\nat: 1\ntook: 2\nrequest: {method: GET, path: /}\nresponse: {status: 200}\n"
)


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        (HEADER, "cassette", []),
        (EXCHANGE, "cassette", []),
        (
            HEADER + "upstraem: x\n",
            "cassette",
            ["file.yaml:3:1: 'upstraem' is not a key that is known here (at $.upstraem)"],
        ),
        (
            EXCHANGE.replace("status: 200", "status: '200'"),
            "cassette",
            [
                "file.yaml:5:12: expected integer, found string (at $.response.status)",
            ],
        ),
        ("at: 1\n", "cassette", ["file.yaml:1:1: kind is missing (at $)"]),
        (
            "kind: exhange\n",
            "cassette",
            [
                "file.yaml:1:1: 'exhange' is not one of exchange, frame, end;"
                " did you mean exchange? (at $.kind)"
            ],
        ),
        (
            "kind: frame\nat: 1\nsocket: w1\nfrom: server\nbody: {json: 1, text: x}\n",
            "cassette",
            [
                "file.yaml:5:1: exactly one of json and text and base64 and empty is needed,"
                " found json and text (at $.body)"
            ],
        ),
    ],
)
def test_faults_are_told_where_an_editor_can_jump_to(
    text: str, kind: str, expected: list[str]
) -> None:
    problems = check_own(document(text), kind)
    assert [str(problem).split("\n")[0] for problem in problems] == expected


def test_a_mistyped_key_is_told_with_the_one_that_was_meant() -> None:
    [problem] = check_own(document(HEADER + "upstraem: x\n"), "cassette")
    assert problem.remedy == "did you mean 'upstream'?"


def test_a_key_like_no_other_is_told_with_those_there_are() -> None:
    [problem] = check_own(document(HEADER + "zzz: x\n"), "cassette")
    assert problem.remedy == "use one of tapestry, recorded, upstream, tool, redaction"


def test_the_why_is_what_the_schema_says_of_the_member() -> None:
    [problem] = check_own(document(EXCHANGE.replace("at: 1", "at: soon")), "cassette")
    assert problem.why == "Milliseconds since the header's moment."


def test_all_faults_are_told_in_order_of_place() -> None:
    text = EXCHANGE.replace("took: 2", "took: x\nzz: 1").replace("GET", "7")
    lines = [
        problem.where and problem.where.line for problem in check_own(document(text), "cassette")
    ]
    assert lines == sorted(line for line in lines if line)
    assert len(lines) == 3


def test_a_type_without_a_schema_is_told() -> None:
    with pytest.raises(Problem, match=r"no schema 'tapestry/horse\.yaml'"):
        check_own(document("a: 1"), "horse")


def test_a_schema_is_held_against_json_schema_itself() -> None:
    good = "$schema: https://json-schema.org/draft/2020-12/schema\ntype: object\n"
    assert check_schema(document(good)) == []
    [problem] = check_schema(document(good.replace("object", "objcet")))
    assert problem.where is not None
    assert problem.where.line == 2
