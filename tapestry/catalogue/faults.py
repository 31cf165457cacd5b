"""Makes broken values from a good one: a single fault for each keyword that decides anything.

A judge that has only seen good requests knows half of a server, and a schema whose keywords have
never refused anything says nothing. Both are put to the test with the same faults, drawn from the
schemas themselves, so that a new keyword is tried without anybody thinking of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tapestry.catalogue.annotations import Path, View, root, step_into
from tapestry.catalogue.explain import json_path
from tapestry.catalogue.schemas import Schemas

GONE = object()
"""Stands for a member that is taken away."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken value: the keyword it breaks, where, and what stands there (or ``GONE``)."""

    keyword: str
    path: Path
    given: Any
    value: Any

    @property
    def title(self) -> str:
        """Return the fault in a few words, such as ``$.saveLAR breaks type``."""
        return f"{json_path(self.path)} breaks {self.keyword}"


def faults(schemas: Schemas, name: str, good: Any) -> Iterator[Fault]:
    """Yield a fault for each keyword of the schema ``name`` that ``good`` can be made to break."""
    seen: set[tuple[str, str]] = set()
    for fault in _faults(schemas, root(schemas, name), good, ()):
        value = replaced(good, fault.path, fault.given)
        key = (fault.keyword, repr(value))
        broken = {error.keyword for error in schemas.errors(name, value)}
        if key not in seen and fault.keyword in broken:
            seen.add(key)
            yield Fault(fault.keyword, fault.path, fault.given, value)


def replaced(value: Any, path: Path, given: Any) -> Any:
    """Return ``value`` with ``given`` at ``path``, or without what stands there for ``GONE``."""
    if not path:
        return given
    first, *rest = path
    if isinstance(value, dict) and isinstance(first, str):
        if not rest and given is GONE:
            return {key: member for key, member in value.items() if key != first}
        return value | {first: replaced(value.get(first), tuple(rest), given)}
    return [
        replaced(entry, tuple(rest), given) if index == first else entry
        for index, entry in enumerate(value)
    ]


def _faults(schemas: Schemas, at: list[View], value: Any, path: Path) -> Iterator[Fault]:
    for view in at:
        for keyword, wanted in view.schema.items():
            for below, given in _BREAKS.get(keyword, _unbroken)(wanted, value):
                yield Fault(keyword, (*path, *below), given, None)
    steps: list[str | int] = list(value) if isinstance(value, dict) else []
    if isinstance(value, list) and value:
        steps = [0]
    for step in steps:
        yield from _faults(schemas, step_into(schemas, at, step), value[step], (*path, step))


Breaks = Iterator[tuple[Path, Any]]

_OF_ANOTHER_TYPE: tuple[tuple[set[str], Any], ...] = (
    ({"string"}, "no such thing"),
    ({"object"}, {"no": "such thing"}),
    ({"array"}, ["no such thing"]),
    ({"integer", "number"}, 7),
)


def _unbroken(_wanted: Any, _value: Any) -> Breaks:
    return iter(())


def _type(wanted: Any, _value: Any) -> Breaks:
    allowed = {wanted} if isinstance(wanted, str) else set(wanted)
    for types, given in _OF_ANOTHER_TYPE:
        if not types & allowed:
            yield (), given
            return
    yield (), True


def _other_value(wanted: Any, _value: Any) -> Breaks:
    yield (), 99 if isinstance(wanted, int) else "NoSuchThing"


def _required(wanted: list[str], value: Any) -> Breaks:
    for member in wanted:
        if isinstance(value, dict) and member in value:
            yield (member,), GONE


def _choice(wanted: list[Any], value: Any) -> Breaks:
    """Take the members of a choice away, or name another one besides."""
    members = [member for branch in wanted for member in branch.get("required", ())]
    for member in members:
        if isinstance(value, dict):
            yield (member,), GONE if member in value else value[_given(members, value)]


def _given(members: list[str], value: Any) -> str:
    return next(member for member in members if member in value)


def _twice(wanted: Any, value: Any) -> Breaks:
    if wanted and isinstance(value, list) and value:
        yield (), [*value, value[0]]


def _refused(wanted: Any, _value: Any) -> Breaks:
    yield (), wanted.get("const", "anything")


_BREAKS: dict[str, Callable[[Any, Any], Breaks]] = {
    "type": _type,
    "const": _other_value,
    "enum": _other_value,
    "required": _required,
    "oneOf": _choice,
    "anyOf": _choice,
    "not": _refused,
    "uniqueItems": _twice,
    "pattern": lambda wanted, value: iter([((), "no such form\n")]),
    "minLength": lambda wanted, value: iter([((), "")]),
    "minItems": lambda wanted, value: iter([((), [])]),
    "minProperties": lambda wanted, value: iter([((), {})]),
    "minimum": lambda wanted, value: iter([((), wanted - 1)]),
    "maximum": lambda wanted, value: iter([((), wanted + 1)]),
    "dependentRequired": lambda wanted, value: iter(
        [((member,), GONE) for members in wanted.values() for member in members]
    ),
}
