"""The closed set of matchers: what can be expected of a JSON value.

They are values, read once from the expected side alone (:mod:`conformance.judge.match_syntax`).
What a server says is only ever compared against them, so a message that happens to hold
``{"$any": true}`` confuses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, assert_never

from conformance.template import Scope, Template


class Extra(StrEnum):
    """What becomes of members that an expected object does not name."""

    ALLOW = "allow"
    REPORT = "report"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Literal:
    """Exactly this JSON value; 1 and 1.0 are the same number, 1 and true are not the same."""

    value: Any


@dataclass(frozen=True, slots=True)
class Text:
    """The text, or the value, that a template amounts to."""

    template: Template


@dataclass(frozen=True, slots=True)
class Members:
    """An object with at least these members."""

    members: Mapping[str, Matcher]
    extra: Extra = Extra.ALLOW


@dataclass(frozen=True, slots=True)
class Items:
    """A list of exactly these items; with ``ordered`` false, in any order."""

    items: tuple[Matcher, ...]
    ordered: bool = True


@dataclass(frozen=True, slots=True)
class Contains:
    """A list in which each of these matches an item of its own."""

    items: tuple[Matcher, ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """Any of these."""

    options: tuple[Matcher, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a documented contradiction: what it says, and whether a value follows it."""

    says: str
    accepts: Callable[[Any], bool] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Whatever one of the accepted readings of a documented contradiction allows."""

    anomaly: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Anything that is there and that this does not match."""

    matcher: Matcher


@dataclass(frozen=True, slots=True)
class OfType:
    """A value of one of these JSON types."""

    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Regex:
    """A text in which the expression is found; variables in it stand for themselves literally."""

    source: Template

    def pattern(self, scope: Scope) -> re.Pattern[str]:
        """Return the expression with its variables put in."""
        literal = {name: re.escape(str(scope[name])) for name in self.source.names}
        return re.compile(str(self.source.fill(literal)))


@dataclass(frozen=True, slots=True)
class Anything:
    """Whatever it is, but it is there."""


@dataclass(frozen=True, slots=True)
class Absent:
    """The member does not exist."""


@dataclass(frozen=True, slots=True)
class Alias:
    """A value that is bound to ``name`` where it is first met, and is the same ever after."""

    name: str


@dataclass(frozen=True, slots=True)
class Host:
    """The scheme and host at the head of a uri, whichever they are, or neither."""


@dataclass(frozen=True, slots=True)
class AliasedText:
    """Text that holds values bound to names: ``/api/v2/email/`` and then ``email#1``."""

    parts: tuple[str | Alias | Host, ...]


Matcher = (
    Literal
    | Text
    | Members
    | Items
    | Contains
    | OneOf
    | Contradiction
    | Not
    | OfType
    | Regex
    | Anything
    | Absent
    | Alias
    | AliasedText
)


def children(matcher: Matcher) -> tuple[Matcher, ...]:
    """Return the matchers directly within ``matcher``."""
    match matcher:
        case Members(members):
            return tuple(members.values())
        case Items(items) | Contains(items):
            return items
        case OneOf(options):
            return options
        case Not(matcher=inner):
            return (inner,)
    return ()


def names_used(matcher: Matcher) -> frozenset[str]:
    """Return the variables that must have a value before ``matcher`` can be tried."""
    own: frozenset[str] = frozenset()
    if isinstance(matcher, Text):
        own = matcher.template.names
    elif isinstance(matcher, Regex):
        own = matcher.source.names
    return own.union(*(names_used(child) for child in children(matcher)))


def names_bound(matcher: Matcher) -> frozenset[str]:
    """Return the aliases that a match binds."""
    own: set[str] = set()
    match matcher:
        case Alias(name):
            own.add(name)
        case AliasedText(parts):
            own.update(part.name for part in parts if isinstance(part, Alias))
    return frozenset(own).union(*(names_bound(child) for child in children(matcher)))


def described(matcher: Matcher, scope: Scope) -> Any:
    """Return what ``matcher`` expects as a JSON value for people to read."""
    match matcher:
        case Literal(value):
            return value
        case Text(template):
            return template.fill(scope)
        case Members(members):
            return {key: described(member, scope) for key, member in members.items()}
        case Items(items, ordered):
            listed = [described(item, scope) for item in items]
            return listed if ordered else {"$unordered": listed}
        case Contains(items):
            return {"$contains": [described(item, scope) for item in items]}
        case OneOf(options):
            return {"$one_of": [described(option, scope) for option in options]}
        case Contradiction(anomaly):
            return {"$reading": anomaly}
        case Not(matcher=unwanted):
            return {"$not": described(unwanted, scope)}
        case OfType(types):
            return {"$type": types[0] if len(types) == 1 else list(types)}
        case Regex():
            return {"$regex": matcher.pattern(scope).pattern}
        case Anything():
            return {"$any": True}
        case Absent():
            return {"$absent": True}
        case Alias(name):
            return scope.get(name, {"$alias": name})
        case AliasedText(parts):
            return "".join(_described_part(part, scope) for part in parts)
    assert_never(matcher)


def _described_part(part: str | Alias | Host, scope: Scope) -> str:
    match part:
        case str():
            return part
        case Host():
            return ""
        case Alias(name):
            return str(scope.get(name, f"<{name}>"))
