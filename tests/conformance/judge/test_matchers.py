from typing import Any

import pytest

from conformance.judge.match_syntax import MatcherFault, parse_matcher
from conformance.judge.matchers import (
    Alias,
    AliasedText,
    Items,
    Reading,
    names_bound,
    names_used,
)


@pytest.mark.parametrize(
    ("raw", "path", "what"),
    [
        ({"a": {"$regx": "x"}}, ("a", "$regx"), "unknown matcher $regx"),
        ({"$any": True, "b": 1}, ("$any",), "$any stands beside other keys"),
        ([{"$type": "text"}], (0, "$type"), "no such type"),
        ({"$type": []}, ("$type",), "no such type"),
        ({"$regex": "("}, ("$regex",), "not a regular expression"),
        ({"$regex": 5}, ("$regex",), "a regular expression is a text"),
        ({"$one_of": []}, ("$one_of",), "a list of values is needed"),
        ({"$one_of": [1, {"$type": "x"}]}, ("$one_of", 1, "$type"), "no such type"),
        ({"$contains": "x"}, ("$contains",), "a list of values is needed"),
        ({"$closed": 1}, ("$closed",), "only an object can be closed"),
        ({"$any": False}, ("$any",), "takes only true"),
        ({"$absent": "yes"}, ("$absent",), "takes only true"),
        ({"$alias": 5}, ("$alias",), "an alias needs a name"),
        ({"$reading": "NO-SUCH"}, ("$reading",), "no accepted readings"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(raw: Any, path: tuple, what: str) -> None:
    with pytest.raises(MatcherFault) as caught:
        parse_matcher(raw)
    assert caught.value.path == path
    assert what in caught.value.what
    assert caught.value.remedy


def test_an_unknown_matcher_is_told_with_the_nearest_known_one() -> None:
    with pytest.raises(MatcherFault) as caught:
        parse_matcher({"$oneof": [1]})
    assert caught.value.remedy == "did you mean $one_of?"


def test_a_contradiction_without_readings_accepts_nothing() -> None:
    with pytest.raises(MatcherFault, match="no accepted readings"):
        parse_matcher({"$reading": "X"}, lambda anomaly: ())


def test_names_are_told_apart_into_needed_and_bound() -> None:
    matcher = parse_matcher(
        {
            "a": "${used}",
            "b": [{"$alias": "bound"}, {"$optional": {"$alias": "perhaps"}}],
            "c": {"$not": "${other}"},
            "d": {"$equals": "${literal}"},
            "e": {"$regex": "/${tail}$"},
        }
    )
    assert names_used(matcher) == {"used", "other", "tail"}
    assert names_bound(matcher) == {"bound", "perhaps"}
    assert names_bound(AliasedText(("/x/", Alias("email#1")))) == {"email#1"}


def test_the_empty_set_is_a_set() -> None:
    assert parse_matcher({"$unordered": []}) == Items((), ordered=False)


def test_readings_are_compared_by_what_they_say() -> None:
    assert Reading("same", bool) == Reading("same", str)
