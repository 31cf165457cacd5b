"""Compares what was observed with what was expected, and tells every difference at once.

Pure: a matcher, a value and the variables that are known give findings, notes and the aliases that
were bound on the way. Every finding carries its path and both values; nothing stops at the first,
because the reader of a report wants to mend them in one go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

from conformance.jsonpath import MISSING, step_into
from conformance.judge.matchers import (
    Absent,
    Alias,
    AliasedText,
    Anything,
    Contains,
    Contradiction,
    Extra,
    Host,
    Items,
    Literal,
    Matcher,
    Members,
    Not,
    OfType,
    OneOf,
    Regex,
    Text,
    described,
)
from conformance.model import Finding
from conformance.template import Scope

_PYTHON_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int, float),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "object": (dict,),
    "array": (list,),
}


@dataclass(frozen=True, slots=True)
class Match:
    """What came of comparing: no ``findings`` is a match; ``bound`` holds new aliases."""

    findings: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    bound: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether the observed value is as expected."""
        return not self.findings


def match(matcher: Matcher, observed: Any, scope: Scope | None = None, path: str = "$") -> Match:
    """Compare ``observed`` with ``matcher``; ``path`` is where it stands in its message.

    ``scope`` holds the values of variables and of the aliases bound so far. Raises
    :class:`KeyError` when a variable that is needed has no value.
    """
    comparison = _Comparison(scope or {}, {}, [], [])
    comparison.compare(matcher, observed, path)
    return Match(tuple(comparison.findings), tuple(comparison.notes), comparison.bound)


@dataclass(slots=True)
class _Comparison:
    scope: Scope
    bound: dict[str, Any]
    findings: list[Finding]
    notes: list[Finding]

    def compare(self, matcher: Matcher, observed: Any, path: str) -> None:
        if isinstance(matcher, Absent):
            if observed is not MISSING:
                self._find("unexpected", "must not be there", path, observed=observed)
            return
        if observed is MISSING and not isinstance(matcher, OneOf | Contradiction):
            self._find("missing", "is missing", path, expected=described(matcher, self.scope))
            return
        match matcher:
            case Anything():
                pass
            case Literal(value):
                self._equal(value, observed, path)
            case Text(template):
                self._equal(template.fill(self.scope), observed, path)
            case Members():
                self._members(matcher, observed, path)
            case Items():
                self._items(matcher, observed, path)
            case Contains():
                self._contains(matcher, observed, path)
            case OneOf():
                self._one_of(matcher, observed, path)
            case Contradiction():
                self._contradiction(matcher, observed, path)
            case Not(matcher=unwanted):
                if self._on_the_side(unwanted, observed, path).findings == []:
                    self._differ("mismatch", "is what it must not be", matcher, observed, path)
            case OfType(types):
                if not _is_of_type(types, observed):
                    self._differ("type", "is not of the right type", matcher, observed, path)
            case Regex():
                self._regex(matcher, observed, path)
            case Alias(name):
                self._alias(name, observed, path)
            case AliasedText():
                self._aliased_text(matcher, observed, path)
            case _:
                assert_never(matcher)

    def _find(
        self, kind: str, message: str, path: str, expected: Any = None, observed: Any = None
    ) -> None:
        self.findings.append(Finding(kind, message, path, expected, observed))

    def _differ(self, kind: str, message: str, matcher: Matcher, observed: Any, path: str) -> None:
        self._find(kind, message, path, described(matcher, self.scope), observed)

    def _equal(self, expected: Any, observed: Any, path: str) -> None:
        if same(expected, observed):
            return
        kind = "mismatch" if json_type(expected) == json_type(observed) else "type"
        self._find(kind, "is not the expected value", path, expected, observed)

    def _members(self, matcher: Members, observed: Any, path: str) -> None:
        if not isinstance(observed, dict):
            self._differ("type", "is not an object", matcher, observed, path)
            return
        for key, member in matcher.members.items():
            self.compare(member, observed.get(key, MISSING), step_into(path, key))
        if matcher.extra is Extra.ALLOW:
            return
        for key in observed.keys() - matcher.members.keys():
            extra = Finding(
                "unexpected", "is not expected here", step_into(path, key), observed=observed[key]
            )
            (self.findings if matcher.extra is Extra.REFUSE else self.notes).append(extra)

    def _items(self, matcher: Items, observed: Any, path: str) -> None:
        if not isinstance(observed, list):
            self._differ("type", "is not a list", matcher, observed, path)
            return
        if len(observed) != len(matcher.items):
            expected = described(matcher, self.scope)
            self._find("mismatch", "is a list of another length", path, expected, observed)
        elif not matcher.ordered:
            self._each_somewhere(matcher.items, observed, path)
        else:
            for n, (item, value) in enumerate(zip(matcher.items, observed, strict=True)):
                self.compare(item, value, step_into(path, n))

    def _contains(self, matcher: Contains, observed: Any, path: str) -> None:
        if not isinstance(observed, list):
            self._differ("type", "is not a list", matcher, observed, path)
            return
        self._each_somewhere(matcher.items, observed, path)

    def _each_somewhere(self, items: tuple[Matcher, ...], observed: list[Any], path: str) -> None:
        free = list(observed)
        for item in items:
            for n, value in enumerate(free):
                if self._try(item, value, path):
                    del free[n]
                    break
            else:
                self._find(
                    "missing", "has no such item", path, described(item, self.scope), observed
                )

    def _one_of(self, matcher: OneOf, observed: Any, path: str) -> None:
        for option in matcher.options:
            if self._try(option, observed, path):
                return
        if observed is MISSING:
            self._find("missing", "is missing", path, described(matcher, self.scope))
        else:
            self.findings.extend(self._closest(matcher, observed, path))

    def _closest(self, matcher: OneOf, observed: Any, path: str) -> list[Finding]:
        """Tell what is wrong in terms of the alternative that was most likely meant.

        That is the one with the fewest differences, as long as they lie within the value.
        """
        tried = []
        for option in matcher.options:
            side = self._on_the_side(option, observed, path)
            if all(finding.path != path for finding in side.findings):
                tried.append(side.findings)
        if tried:
            return min(tried, key=len)
        expected = described(matcher, self.scope)
        message = "is none of the accepted values"
        return [Finding("mismatch", message, path, expected, observed)]

    def _contradiction(self, matcher: Contradiction, observed: Any, path: str) -> None:
        value = None if observed is MISSING else observed
        for reading in matcher.readings:
            if reading.accepts(value):
                message = f"accepted, as {matcher.anomaly} can be read: {reading.says}"
                self.notes.append(Finding("reading", message, path, observed=value))
                return
        self._differ("mismatch", f"follows no reading of {matcher.anomaly}", matcher, value, path)

    def _on_the_side(self, matcher: Matcher, observed: Any, path: str) -> _Comparison:
        side = _Comparison(self.scope, dict(self.bound), [], [])
        side.compare(matcher, observed, path)
        return side

    def _try(self, matcher: Matcher, observed: Any, path: str) -> bool:
        """Compare on the side, and keep what was bound and noted only when it matches."""
        side = self._on_the_side(matcher, observed, path)
        if side.findings:
            return False
        self.bound.update(side.bound)
        self.notes.extend(side.notes)
        return True

    def _regex(self, matcher: Regex, observed: Any, path: str) -> None:
        pattern = matcher.pattern(self.scope)
        if not isinstance(observed, str) or not pattern.search(observed):
            self._differ("mismatch", "does not match", matcher, observed, path)

    def _alias(self, name: str, observed: Any, path: str) -> None:
        if name in self.scope or name in self.bound:
            known = self.bound.get(name, self.scope.get(name))
            if not same(known, observed):
                self._find("mismatch", f"is not the same {name} as before", path, known, observed)
            return
        self.bound[name] = observed

    def _aliased_text(self, matcher: AliasedText, observed: Any, path: str) -> None:
        pattern, names = self._as_pattern(matcher)
        found = re.fullmatch(pattern, observed, re.DOTALL) if isinstance(observed, str) else None
        if found is None:
            self._differ("mismatch", "is not the expected text", matcher, observed, path)
            return
        for name, value in zip(names, found.groups(), strict=True):
            self._alias(name, value, path)

    def _as_pattern(self, matcher: AliasedText) -> tuple[str, list[str]]:
        pattern, names = "", []
        known = {**self.scope, **self.bound}
        for part in matcher.parts:
            if isinstance(part, str):
                pattern += re.escape(part)
            elif isinstance(part, Host):
                pattern += r"(?:https?://[^/?#]+)?"
            elif part.name in known:
                pattern += re.escape(str(known[part.name]))
            else:
                pattern += r"([^/?#]+)"
                names.append(part.name)
        return pattern, names


def same(expected: Any, observed: Any) -> bool:
    """Tell whether two JSON values are equal; a boolean is no number."""
    if isinstance(expected, bool) or isinstance(observed, bool):
        return expected is observed
    if isinstance(expected, dict) and isinstance(observed, dict):
        return expected.keys() == observed.keys() and all(
            same(expected[key], observed[key]) for key in expected
        )
    if isinstance(expected, list) and isinstance(observed, list):
        return len(expected) == len(observed) and all(map(same, expected, observed))
    return bool(expected == observed)


def json_type(value: Any) -> str:
    """Return the JSON type of a value, numbers being one type."""
    if value is None:
        return "null"
    named = {bool: "boolean", str: "string", dict: "object", list: "array"}
    return named.get(type(value), "number")


def _is_of_type(types: tuple[str, ...], value: Any) -> bool:
    return any(_is_one(name, value) for name in types)


def _is_one(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _PYTHON_TYPES[name])
