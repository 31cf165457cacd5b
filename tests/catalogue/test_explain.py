from __future__ import annotations

from typing import Any

import pytest

from tapestry.catalogue.explain import explain, in_words, json_path, shown, type_of
from tapestry.catalogue.schemas import errors_under, meta_errors


def lines(schema: dict[str, Any], value: Any) -> list[str]:
    told = explain(errors_under(schema, value))
    return [f"{json_path(line.path)} {line.kind}: {line.message}" for line in told]


STEP = {
    "oneOf": [
        {
            "type": "object",
            "required": ["call"],
            "properties": {"call": {"type": "string"}, "status": {"type": "integer"}},
            "additionalProperties": False,
        },
        {
            "type": "object",
            "required": ["never"],
            "properties": {"never": {"type": "object"}},
            "additionalProperties": False,
        },
    ]
}
EITHER = {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}
ANY = {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"type": "integer"}, "0", "$ type: expected integer, found string"),
        ({"type": ["string", "null"]}, 1, "$ type: expected string or null, found integer"),
        ({"type": "integer", "const": 0}, True, "$ type: expected integer, found boolean"),
        ({"enum": ["a", "b"]}, "c", "$ value: 'c' is not one of a, b"),
        (
            {"enum": ["Ringing", "Idle"]},
            "Rinnging",
            "$ value: 'Rinnging' is not one of Ringing, Idle; did you mean Ringing?",
        ),
        ({"enum": list(range(9))}, 10, "$ value: 10 is not one of the 9 that are known"),
        ({"const": None}, False, "$ value: expected null, found false"),
        ({"const": "x"}, {"a": 1}, "$ value: expected 'x', found an object with 1 member"),
        ({"const": "x"}, [1, 2], "$ value: expected 'x', found an array with 2 entries"),
        ({"pattern": "^a$"}, "b", "$ value: 'b' does not have the form ^a$"),
        (
            {"pattern": "^a$", "x-form": "of an a"},
            "b",
            "$ value: 'b' does not have the form of an a",
        ),
        ({"not": {}}, 1, "$ unexpected: 1 must not stand here"),
        ({"minLength": 1}, "", "$ value: '' is shorter than 1"),
        ({"maxItems": 1}, [1, 2], "$ value: an array with 2 entries is longer than 1"),
        ({"minimum": 1}, 0.5, "$ value: 0.5 is below 1"),
        ({"maximum": 1}, 2, "$ value: 2 is above 1"),
        ({"uniqueItems": True}, [1, 1], "$ value: the same entry stands twice"),
        ({"multipleOf": 2}, 3, "$ value: 3 breaks multipleOf"),
        ({"required": ["a"]}, {}, "$ missing: a is missing"),
        (
            {"properties": {"ab": {}}, "additionalProperties": False},
            {"abc": 1},
            "$ unexpected: 'abc' is not a key that is known here",
        ),
        (
            {"patternProperties": {"^x-": {}}, "additionalProperties": False},
            {"x-a": 1, "y": 1},
            "$ unexpected: 'y' is not a key that is known here",
        ),
        (EITHER, {}, "$ choice: exactly one of a and b is needed, found none"),
        (EITHER, {"a": 1, "b": 1}, "$ choice: exactly one of a and b is needed, found a and b"),
        (ANY, {}, "$ choice: at least one of a and b is needed, found none"),
        ({"type": "object", **EITHER}, 7, "$ type: expected object, found integer"),
        (STEP, {"call": 1}, "$.call type: expected string, found integer"),
        (
            STEP,
            {"call": "x", "stauts": 1},
            "$ unexpected: 'stauts' is not a key that is known here",
        ),
        (
            STEP,
            {"cal": "x"},
            "$ choice: an object with 1 member is none of: "
            "an object with call or an object with never",
        ),
        (
            {"oneOf": [{"type": "string"}, {"const": 1}, {"title": "A list"}, False]},
            1,
            "$ choice: 1 is none of: string or 1 or A list or anything",
        ),
        (
            {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/x"}], "$defs": {"x": {"minimum": 5}}},
            [],
            None,
        ),
        (
            {
                "anyOf": [{"type": "string"}, {"$ref": "#/$defs/x"}],
                "$defs": {"x": {"type": "null"}},
            },
            [],
            "$ choice: an array with 0 entries is none of: string or x",
        ),
    ],
)
def test_an_error_is_told_in_one_line(
    schema: dict[str, Any], value: Any, expected: str | None
) -> None:
    assert lines(schema, value) == ([expected] if expected else [])


def test_a_value_of_the_wrong_type_is_not_blamed_for_more() -> None:
    schema = {"properties": {"n": {"type": "integer", "enum": [1, 2]}, "m": {"enum": [1]}}}
    assert lines(schema, {"n": "1", "m": 2}) == [
        "$.n type: expected integer, found string",
        "$.m value: 2 is not one of 1",
    ]


def test_no_line_quotes_a_whole_value() -> None:
    long = "x" * 5000
    [told] = lines({"const": "y"}, long)
    assert len(told) < 200
    [told] = lines({"required": ["a"]}, {"b": long})
    assert "x" not in told.replace("missing", "")


@pytest.mark.parametrize("name", ["password", "apiToken", "Cookie", "client_secret", "clientId"])
def test_the_values_of_secret_members_are_withheld(name: str) -> None:
    told = " ".join(lines({"properties": {name: {"const": "a"}}}, {name: "hunter2"}))
    assert "hunter2" not in told
    assert "(withheld)" in told
    assert shown("hunter2", (name,)) == "(withheld)"


def test_values_are_shown_short_and_by_type() -> None:
    assert shown("a" * 100) == "a" * 59 + "\u2026"
    assert shown({"a": 1}) == "an object with 1 member"
    assert shown([1]) == "an array with 1 entry"
    assert shown(3) == 3
    assert in_words(None) == "null"
    assert in_words(2.5) == "2.5"
    assert [type_of(value) for value in (None, True, 1, 1.5, "", [], {}, ())] == [
        *("null", "boolean", "integer", "number", "string", "array", "object", "tuple")
    ]


def test_a_json_path_quotes_names_that_need_it() -> None:
    assert json_path(("a", 0, "b-c", "d e")) == "$.a[0].b-c['d e']"
    assert json_path(()) == "$"


def test_the_meta_schema_is_applied() -> None:
    [line] = explain(meta_errors({"type": "strnig"})) or [None]
    assert line is not None
    assert line.path == ("type",)
