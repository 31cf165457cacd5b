"""Values: what DeepDiff is asked, how lists are keyed, and the traps that were measured."""

import time

import pytest
from deepdiff import DeepDiff

from conformance.judge.compare import differences, unequal
from conformance.judge.difference import ABSENT, Seen


def found(old, new):
    return sorted(
        ((seen.value, path, mine, theirs) for seen, path, mine, theirs in differences(old, new)),
        key=str,
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 2}, ("changed", ("a",), 1, 2)),
        ({"a": 1}, {"a": "1"}, ("type changed", ("a",), 1, "1")),
        ({"a": 1}, {"a": True}, ("type changed", ("a",), 1, True)),
        ({"a": 1}, {"a": 1.5}, ("changed", ("a",), 1, 1.5)),
        ({"a": 1}, {}, ("removed", ("a",), 1, ABSENT)),
        ({}, {"a": None}, ("added", ("a",), ABSENT, None)),
        ({"a": [1, 1]}, {"a": [1]}, ("removed", ("a", 1), 1, ABSENT)),
        ({"a": [1]}, {"a": [1, 1]}, ("added", ("a", 1), ABSENT, 1)),
        ({"a": ["x", "y"]}, {"a": ["y"]}, ("removed", ("a", "[x]"), "x", ABSENT)),
        (
            {"a": [{"id": "x", "n": 1}]},
            {"a": [{"id": "x", "n": 2}]},
            ("changed", ("a", "[x]", "n"), 1, 2),
        ),
        ({"a": {}}, {"a": []}, ("type changed", ("a",), {}, [])),
        ("a", "b", ("changed", (), "a", "b")),
        ({"a['b": 1}, {"a['b": 2}, ("changed", ("a['b",), 1, 2)),
    ],
)
def test_every_kind_of_difference(old, new, expected):
    assert found(old, new) == [expected]


@pytest.mark.parametrize(
    "entries", [[1, 1], [{"id": "x"}, {"id": "x"}], [{"n": 1}], [[1]], ["1", 1], [{"id": 7}]]
)
def test_a_list_without_distinct_keys_stays_a_list(entries):
    assert unequal(entries, [*entries, 0]) == (entries, [*entries, 0])


def test_lists_are_keyed_on_both_sides_or_on_neither():
    assert unequal({"a": [1, 2]}, {"a": [2, 3]}) == ({"a": {"[1]": 1}}, {"a": {"[3]": 3}})
    assert unequal({"a": [1, 2]}, {"a": [3, 3]}) == ({"a": [1, 2]}, {"a": [3, 3]})


@pytest.mark.parametrize("value", [None, [], {}, [1, [2]], {"a": [{"id": "x", "b": {}}]}])
def test_nothing_is_left_of_equal_values(value):
    assert unequal(value, value) is None
    assert found(value, value) == []


def test_equal_parts_never_reach_the_comparison():
    old, new = {"same": {"k": [1]}, "a": {"x": 1, "y": 2}}, {"same": {"k": [1]}, "a": {"x": 1}}
    assert unequal(old, new) == ({"a": {"y": 2}}, {"a": {}})


def test_equality_is_that_of_json():
    assert unequal({"a": 1}, {"a": True}) is not None
    assert unequal({"a": "1"}, {"a": 1}) is not None


def test_two_objects_that_differ_a_lot_are_told_field_by_field():
    old, new = ({f"{side}{n}": n for n in range(20)} | {"same": 1} for side in "ab")
    assert {seen for seen, *_ in differences({"a": old}, {"a": new})} == {Seen.REMOVED, Seen.ADDED}
    assert len(found({"a": old}, {"a": new})) == 40
    assert "values_changed" in DeepDiff({"a": old}, {"a": new})  # why the threshold is set


def test_two_hundred_changed_entries_are_told_shortly_and_quickly():
    def entries(value):
        return [{"id": f"e{n}", "n": value, **{f"k{k}": k for k in range(10)}} for n in range(200)]

    begun = time.process_time()
    told = found({"emails": entries(1)}, {"emails": entries(2)[::-1]})
    assert len(told) == 200
    assert max(len(str(one)) for one in told) < 80
    assert time.process_time() - begun < 5
