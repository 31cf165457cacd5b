"""Every matcher both ways: what it takes, and what it finds wrong with the rest."""

from typing import Any

import pytest

from conformance.jsonpath import MISSING
from conformance.judge.match import match
from conformance.judge.match_syntax import parse_matcher
from conformance.judge.matchers import (
    Alias,
    AliasedText,
    Extra,
    Host,
    Literal,
    Members,
    OfType,
    Reading,
    described,
)

READINGS = {
    "X-1": (
        Reading("done", lambda value: value == "Completed"),
        Reading("nothing at all", lambda value: value is None),
    )
}
SCOPE = {"email": "id-1", "n": 3, "known": "k", "dotted": "a.c"}

TAKES = [
    (None, None),
    (True, True),
    (1, 1.0),
    ("text", "text"),
    ({}, {}),
    ({"a": 1}, {"a": 1, "b": 2}),
    ([1, [2]], [1, [2]]),
    ("${email}", "id-1"),
    ("${n}", 3),
    ("/x/${email}", "/x/id-1"),
    ({"a": {"$absent": True}}, {}),
    ({"a": {"$any": True}}, {"a": None}),
    ({"$present": True}, 0),
    ({"$type": "integer"}, 3),
    ({"$type": "integer"}, 3.0),
    ({"$type": "number"}, 3.5),
    ({"$type": ["string", "null"]}, None),
    ({"$type": "boolean"}, False),
    ({"$type": "object"}, {}),
    ({"$type": "array"}, []),
    ({"$regex": "^a.c$"}, "abc"),
    ({"$regex": "^${dotted}$"}, "a.c"),
    ({"$one_of": [1, {"$type": "string"}]}, "x"),
    ({"a": {"$one_of": [1, {"$absent": True}]}}, {}),
    ({"a": {"$optional": 1}}, {}),
    ({"a": {"$optional": 1}}, {"a": 1}),
    ({"$not": 1}, 2),
    ({"$unordered": [1, 2, 2]}, [2, 1, 2]),
    ({"$contains": [{"id": 2}]}, [{"id": 1}, {"id": 2, "x": 0}]),
    ({"$closed": {"a": 1}}, {"a": 1}),
    ({"$equals": {"$any": True}}, {"$any": True}),
    ({"$alias": "known"}, "k"),
    ({"$alias": "new"}, "whatever"),
    ({"a": {"$alias": "new"}, "b": {"$alias": "new"}}, {"a": 1, "b": 1}),
    ({"$reading": "X-1"}, "Completed"),
    ({"$reading": "X-1"}, MISSING),
]


@pytest.mark.parametrize(("expected", "observed"), TAKES)
def test_it_takes_what_it_says(expected: Any, observed: Any) -> None:
    assert match(_read(expected), observed, SCOPE).findings == ()


REFUSES = [
    (1, True, "type", "$"),
    (0, False, "type", "$"),
    (0, "0", "type", "$"),
    (None, 0, "type", "$"),
    ("a", "b", "mismatch", "$"),
    ({"a": 1}, {}, "missing", "$.a"),
    ({"a": 1}, [], "type", "$"),
    ({"a": {"b": 1}}, {"a": {"b": 2}}, "mismatch", "$.a.b"),
    ({"a b": 1}, {"a b": 2}, "mismatch", "$['a b']"),
    ([1], [1, 2], "mismatch", "$"),
    ([1], {}, "type", "$"),
    ([1, 2], [1, 3], "mismatch", "$[1]"),
    ("${email}", "id-2", "mismatch", "$"),
    ({"a": {"$absent": True}}, {"a": None}, "unexpected", "$.a"),
    ({"a": {"$any": True}}, {}, "missing", "$.a"),
    ({"$type": "integer"}, True, "type", "$"),
    ({"$type": "integer"}, 3.5, "type", "$"),
    ({"$type": "number"}, "3", "type", "$"),
    ({"$type": ["string", "null"]}, 1, "type", "$"),
    ({"$regex": "^a"}, "ba", "mismatch", "$"),
    ({"$regex": "1"}, 1, "mismatch", "$"),
    ({"$regex": "^${dotted}$"}, "abc", "mismatch", "$"),
    ({"$one_of": [1, 2]}, 3, "mismatch", "$"),
    ({"a": {"$one_of": [1, 2]}}, {}, "missing", "$.a"),
    ({"a": {"$optional": 1}}, {"a": 2}, "mismatch", "$.a"),
    ({"$not": 1}, 1, "mismatch", "$"),
    ({"a": {"$not": 1}}, {}, "missing", "$.a"),
    ({"$unordered": [1, 2]}, [1, 1], "missing", "$"),
    ({"$unordered": [1]}, [1, 1], "mismatch", "$"),
    ({"$unordered": [1]}, "1", "type", "$"),
    ({"$contains": [1]}, [2], "missing", "$"),
    ({"$contains": [1, 1]}, [1], "missing", "$"),
    ({"$contains": [1]}, {}, "type", "$"),
    ({"$closed": {"a": 1}}, {"a": 1, "b": 2}, "unexpected", "$.b"),
    ({"$equals": {"a": 1}}, {"a": 1, "b": 2}, "mismatch", "$"),
    ({"$alias": "known"}, "other", "mismatch", "$"),
    ({"a": {"$alias": "new"}, "b": {"$alias": "new"}}, {"a": 1, "b": 2}, "mismatch", "$.b"),
    ({"$reading": "X-1"}, "Odd", "mismatch", "$"),
    ({"$any": True}, MISSING, "missing", "$"),
]


@pytest.mark.parametrize(("expected", "observed", "kind", "path"), REFUSES)
def test_it_finds_what_is_wrong_and_where(
    expected: Any, observed: Any, kind: str, path: str
) -> None:
    [finding] = match(_read(expected), observed, SCOPE).findings
    assert (finding.kind, finding.path) == (kind, path)
    assert finding.message


def test_every_difference_is_told_not_the_first() -> None:
    expected = {"a": 1, "b": {"c": 2, "d": 3}, "e": [1, 2]}
    observed = {"a": 0, "b": {"c": 0}, "e": [1, 0]}
    found = [finding.path for finding in match(_read(expected), observed).findings]
    assert found == ["$.a", "$.b.c", "$.b.d", "$.e[1]"]


def test_a_finding_shows_both_values() -> None:
    [finding] = match(_read({"a": {"$one_of": [1, {"$regex": "x"}]}}), {"a": 5}).findings
    assert finding.expected == {"$one_of": [1, {"$regex": "x"}]}
    assert finding.observed == 5


def test_of_alternatives_the_nearest_is_told() -> None:
    expected = _read({"$one_of": [{"a": 1, "b": 2}, {"$absent": True}]})
    [finding] = match(expected, {"a": 1, "b": 3}).findings
    assert (finding.path, finding.expected, finding.observed) == ("$.b", 2, 3)


def test_a_message_that_looks_like_a_matcher_matches_nothing_but_itself() -> None:
    hostile = {"$any": True}
    assert match(_read({"a": "${hostile}"}), {"a": 1}, {"hostile": hostile}).findings
    assert match(_read({"a": "${hostile}"}), {"a": hostile}, {"hostile": hostile}).findings == ()
    assert match(_read("plain"), hostile).findings


def test_aliases_are_bound_where_they_match_and_only_there() -> None:
    expected = _read({"$one_of": [{"a": {"$alias": "x"}, "b": 1}, {"a": {"$alias": "y"}}]})
    assert match(expected, {"a": 5, "b": 2}).bound == {"y": 5}


def test_the_reading_of_a_contradiction_is_noted() -> None:
    result = match(_read({"s": {"$reading": "X-1"}}), {"s": "Completed"})
    assert [(note.kind, note.path) for note in result.notes] == [("reading", "$.s")]
    assert "X-1" in result.notes[0].message
    assert "done" in result.notes[0].message


def test_members_that_are_not_named_are_told_on_demand() -> None:
    matcher = Members({"a": Literal(1)}, Extra.REPORT)
    result = match(matcher, {"a": 1, "b": 2})
    assert result.findings == ()
    assert [note.path for note in result.notes] == ["$.b"]


URI = AliasedText((Host(), "/api/v2/email/", Alias("email#1")))


@pytest.mark.parametrize(
    ("observed", "bound"),
    [
        ("http://one:8080/api/v2/email/abc", {"email#1": "abc"}),
        ("/api/v2/email/abc", {"email#1": "abc"}),
        ("http://one/api/v2/email/abc/more", None),
        ("http://one/api/v2/emails/abc", None),
        (5, None),
    ],
)
def test_text_with_an_alias_in_it_binds_the_alias_on_any_host(
    observed: Any, bound: dict[str, str] | None
) -> None:
    result = match(URI, observed)
    assert bool(result) is (bound is not None)
    assert result.bound == (bound or {})


def test_text_with_an_alias_that_is_bound_must_hold_its_value() -> None:
    scope = {"email#1": "a.c"}
    assert match(URI, "https://two/api/v2/email/a.c", scope)
    [finding] = match(URI, "https://two/api/v2/email/abc", scope).findings
    assert finding.expected == "/api/v2/email/a.c"


def test_an_unset_variable_is_the_callers_error() -> None:
    with pytest.raises(KeyError):
        match(_read("${nobody}"), "x")


@pytest.mark.parametrize(("expected", "_"), TAKES)
def test_what_is_expected_can_be_told_as_json(expected: Any, _: Any) -> None:
    import json

    json.dumps(described(_read(expected), SCOPE))


def test_unbound_aliases_are_told_by_name() -> None:
    assert described(Alias("x"), {}) == {"$alias": "x"}
    assert described(URI, {}) == "/api/v2/email/<email#1>"
    assert described(OfType(("string",)), {}) == {"$type": "string"}


def _read(expected: Any) -> Any:
    return parse_matcher(expected, lambda anomaly: READINGS[anomaly])
