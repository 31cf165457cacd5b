from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapestry.catalogue.printed import samples

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def faults(text: str) -> list[tuple[str, int]]:
    return [(fault.rule, fault.offset) for sample in samples(text) for fault in sample.faults]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{ "a": 1, "b": [true, null, -1.5e3], "c": {"d": ""} }', []),
        ("{ }", []),
        ("prose with {id} and a colon: here", []),
        (r'{"a": "an \" escaped quote"}', []),
        ('{"a": "b="=x="", "c": 1}', [("unescaped-quotes", 6)]),
        ('{"a": "x\n y", "c": 1}', [("line-break", 6)]),
        (
            '{"a": None, "b": True, "c": False}',
            [
                ("python-literal", 6),
                ("python-literal", 17),
                ("python-literal", 28),
            ],
        ),
        ('"a": 0', [("lost-braces", 0)]),
        ('"a": 0, "b": {"c": 1}', [("lost-braces", 0)]),
        ('"a": 0 }', [("lost-braces", 0)]),
        ('{"a": {"b": 1}', [("lost-braces", 0)]),
        ('{"a": {"b": 1', [("lost-braces", 6), ("lost-braces", 0)]),
        ('{"a": "x"\n "b": 1}', [("lost-braces", 11)]),
        ('{"a": [ "b": 1}', [("lost-lists", 6)]),
        ('{"a": [1, 2}', [("lost-lists", 6)]),
        ('{"a": [1, 2', [("lost-lists", 6), ("lost-braces", 0)]),
        ('{"a": 1]}', [("lost-braces", 7)]),
        ('{"a": "never closed', [("lost-braces", 0)]),
    ],
)
def test_each_fault_is_told_at_its_place(text: str, expected: list[tuple[str, int]]) -> None:
    assert faults(text) == expected


def test_samples_are_found_in_a_page_one_by_one() -> None:
    text = 'Response\n{ "statusCode": 0 }\nCometD Response\n{"messageType": "X", "data": {}}\nItem'
    found = list(samples(text))
    assert [text[one.start : one.end] for one in found] == [
        '{ "statusCode": 0 }',
        '{"messageType": "X", "data": {}}',
    ]
    assert found[1].keys == {"messageType", "data"}


@given(JSON)
def test_whole_json_has_no_fault_and_is_read_to_its_end(value: object) -> None:
    text = json.dumps({"value": value}, indent=1)
    [only] = samples(text)
    assert not only.faults
    assert text[only.start : only.end] == text


@given(st.text(alphabet='{}[]":,\\ \nNoneab1', max_size=60))
def test_no_text_makes_it_fail_or_run_forever(text: str) -> None:
    for sample in samples(text):
        assert sample.start <= sample.end <= len(text)
