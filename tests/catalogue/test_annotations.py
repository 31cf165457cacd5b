from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tapestry.catalogue.annotations import presence_at, requirement_at, unmentioned
from tapestry.catalogue.schemas import Schemas

MAIN = {
    "x-requirement": "R-WHOLE",
    "allOf": [{"$ref": "part.yaml"}],
    "properties": {
        "list": {"x-requirement": "R-LIST", "items": {"$ref": "#/$defs/entry"}},
        "pair": {
            "prefixItems": [{"x-requirement": "R-FIRST"}],
            "items": {"x-requirement": "R-REST"},
        },
        "free": {"properties": {"known": {}}, "additionalProperties": {"x-requirement": "R-FREE"}},
        "any": True,
    },
    "$defs": {"entry": {"x-requirement": "R-ENTRY", "properties": {"a~b": {}}}},
}
PART = {
    "x-closed": "R-CLOSED",
    "properties": {"inner": {"x-requirement": "R-INNER", "x-presence": "R-THERE"}},
}


@pytest.fixture
def schemas(tmp_path: Path) -> Schemas:
    for name, content in {"main.yaml": MAIN, "part.yaml": PART}.items():
        (tmp_path / name).write_text(json.dumps(content))
    return Schemas(tmp_path)


@pytest.mark.parametrize(
    ("path", "requirement"),
    [
        ((), "R-WHOLE"),
        (("unknown",), "R-WHOLE"),
        (("inner",), "R-INNER"),
        (("inner", "deep", 3), "R-INNER"),
        (("list",), "R-LIST"),
        (("list", 4), "R-ENTRY"),
        (("list", 4, "a~b"), "R-ENTRY"),
        (("pair", 0), "R-FIRST"),
        (("pair", 1), "R-REST"),
        (("free", "x"), "R-FREE"),
        (("any", "x"), "R-WHOLE"),
    ],
)
def test_the_requirement_of_a_place_is_the_nearest_above_it(
    schemas: Schemas, path: tuple[str | int, ...], requirement: str
) -> None:
    assert requirement_at(schemas, "main.yaml", path) == requirement


def test_a_member_may_be_demanded_by_another_requirement_than_its_value_keeps(
    schemas: Schemas,
) -> None:
    assert presence_at(schemas, "main.yaml", ("inner",)) == "R-THERE"
    assert presence_at(schemas, "main.yaml", ("list",)) == "R-LIST"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"inner": 1, "list": [], "any": {"x": 1}}, []),
        ({"new": 1}, [(("new",), "R-CLOSED")]),
        ({"list": [{"a~b": 1}, {"x": 1}]}, [(("list", 1, "x"), None)]),
        ({"free": {"known": 1, "other": 2}}, []),
        ({"pair": [{"x": 1}]}, []),
        ({"new": {"newer": 1}}, [(("new",), "R-CLOSED")]),
        ("text", []),
    ],
)
def test_members_that_no_schema_mentions_are_found(
    schemas: Schemas, value: Any, expected: list[tuple[tuple[str | int, ...], str | None]]
) -> None:
    assert list(unmentioned(schemas, "main.yaml", value)) == expected
