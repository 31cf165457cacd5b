"""Reads the expected side of a scenario: plain values expect themselves, ``$`` keys are matchers.

``{$regex: ...}`` and its like expect a kind of value. What cannot be read is told with the path
that leads to it, so that a loader can name the line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from conformance.jsonpath import Path
from conformance.judge.matchers import (
    Absent,
    Alias,
    Anything,
    Contains,
    Contradiction,
    Extra,
    Items,
    Literal,
    Matcher,
    Members,
    Not,
    OfType,
    OneOf,
    Reading,
    Regex,
    Text,
)
from conformance.template import parse_template

TYPES = ("string", "integer", "number", "boolean", "null", "object", "array")

Readings = Callable[[str], tuple[Reading, ...]]
"""Gives the accepted readings of a contradiction by its id; raises :class:`KeyError`."""


class MatcherFault(Exception):
    """An expected value that cannot be read; ``path`` leads to it within that value."""

    def __init__(self, path: Path, what: str, remedy: str) -> None:
        """Say what is wrong and what to write instead."""
        super().__init__(what)
        self.path = path
        self.what = what
        self.remedy = remedy


def no_readings(anomaly: str) -> tuple[Reading, ...]:
    """Know no documented contradiction. Raises :class:`KeyError`."""
    raise KeyError(anomaly)


def parse_matcher(raw: Any, readings: Readings = no_readings, path: Path = ()) -> Matcher:
    """Read an expected value. ``readings`` knows the documented contradictions.

    Raises :class:`MatcherFault` for an unknown matcher or a wrong argument.
    """
    if isinstance(raw, str):
        template = parse_template(raw)
        return Text(template) if template.names else Literal(template.fill({}))
    if isinstance(raw, list):
        return Items(_parse_all(raw, readings, path))
    if not isinstance(raw, dict):
        return Literal(raw)
    marked = [key for key in raw if key.startswith("$")]
    if not marked:
        return Members(
            {key: parse_matcher(raw[key], readings, (*path, key)) for key in raw},
        )
    if len(raw) > 1:
        raise MatcherFault(
            (*path, marked[0]),
            f"{marked[0]} stands beside other keys",
            "a matcher is an object of its own; {$equals: ...} takes a value as it is",
        )
    return _parse_marked(marked[0], raw[marked[0]], readings, path)


def _parse_all(raw: list[Any], readings: Readings, path: Path) -> tuple[Matcher, ...]:
    return tuple(parse_matcher(item, readings, (*path, n)) for n, item in enumerate(raw))


def _parse_marked(mark: str, given: Any, readings: Readings, path: Path) -> Matcher:
    parse = MATCHERS.get(mark)
    if parse is None:
        near = get_close_matches(mark, MATCHERS, n=1, cutoff=0.5)
        known = f"did you mean {near[0]}?" if near else f"known are {', '.join(MATCHERS)}"
        raise MatcherFault((*path, mark), f"unknown matcher {mark}", known)
    return parse(given, readings, (*path, mark))


def _parse_type(given: Any, readings: Readings, path: Path) -> Matcher:
    types = tuple(given) if isinstance(given, list) else (given,)
    wrong = [name for name in types if name not in TYPES]
    if wrong or not types:
        raise MatcherFault(path, f"no such type: {wrong or given!r}", f"one of {', '.join(TYPES)}")
    return OfType(types)


def _parse_regex(given: Any, readings: Readings, path: Path) -> Matcher:
    if not isinstance(given, str):
        raise MatcherFault(path, "a regular expression is a text", "quote it")
    regex = Regex(parse_template(given))
    try:
        regex.pattern(dict.fromkeys(regex.source.names, ""))
    except re.error as fault:
        raise MatcherFault(path, f"not a regular expression: {fault}", "mend it") from None
    return regex


def _parse_one_of(given: Any, readings: Readings, path: Path) -> Matcher:
    return OneOf(_parse_all(_a_list(given, path), readings, path))


def _parse_not(given: Any, readings: Readings, path: Path) -> Matcher:
    return Not(parse_matcher(given, readings, path))


def _parse_optional(given: Any, readings: Readings, path: Path) -> Matcher:
    return OneOf((parse_matcher(given, readings, path), Absent()))


def _parse_unordered(given: Any, readings: Readings, path: Path) -> Matcher:
    return Items(_parse_all(_a_list(given, path, empty=True), readings, path), ordered=False)


def _parse_contains(given: Any, readings: Readings, path: Path) -> Matcher:
    return Contains(_parse_all(_a_list(given, path), readings, path))


def _parse_closed(given: Any, readings: Readings, path: Path) -> Matcher:
    matcher = parse_matcher(given, readings, path)
    if not isinstance(matcher, Members):
        raise MatcherFault(path, "only an object can be closed", "give it an object")
    return Members(matcher.members, Extra.REFUSE)


def _parse_equals(given: Any, readings: Readings, path: Path) -> Matcher:
    return Literal(given)


def _parse_any(given: Any, readings: Readings, path: Path) -> Matcher:
    _only_true(given, path)
    return Anything()


def _parse_absent(given: Any, readings: Readings, path: Path) -> Matcher:
    _only_true(given, path)
    return Absent()


def _parse_alias(given: Any, readings: Readings, path: Path) -> Matcher:
    if not isinstance(given, str) or not given:
        raise MatcherFault(path, "an alias needs a name", "write {$alias: name}")
    return Alias(given)


def _parse_reading(given: Any, readings: Readings, path: Path) -> Matcher:
    try:
        accepted = readings(given)
    except KeyError:
        accepted = ()
    if not accepted:
        raise MatcherFault(
            path,
            f"no accepted readings for {given!r}",
            "name an entry of schemas/anomalies.yaml that has readings",
        )
    return Contradiction(given, accepted)


def _a_list(given: Any, path: Path, *, empty: bool = False) -> list[Any]:
    if not isinstance(given, list) or not (given or empty):
        raise MatcherFault(path, "a list of values is needed", "write [first, second]")
    return given


def _only_true(given: Any, path: Path) -> None:
    if given is not True:
        raise MatcherFault(path, f"takes only true, not {given!r}", "write true")


# Every matcher by the key that it is written with, and what reads its argument.
MATCHERS: dict[str, Callable[[Any, Readings, Path], Matcher]] = {
    "$any": _parse_any,
    "$present": _parse_any,
    "$absent": _parse_absent,
    "$type": _parse_type,
    "$regex": _parse_regex,
    "$one_of": _parse_one_of,
    "$not": _parse_not,
    "$optional": _parse_optional,
    "$unordered": _parse_unordered,
    "$contains": _parse_contains,
    "$closed": _parse_closed,
    "$equals": _parse_equals,
    "$alias": _parse_alias,
    "$reading": _parse_reading,
}
