"""Reads what our schemas say beside the standard keywords: which requirement a place stands for.

``x-requirement`` on a schema names the sentence that the value there must keep, and holds for all
below it until another is named; ``x-presence`` on a member names the sentence that demands the
member; ``x-oneOf`` and ``x-anyOf`` name the one behind a choice; ``x-closed`` the one that forbids
further members. They are found by walking value and schema together, through ``$ref`` and
``allOf``; the same walk finds the members that no schema mentions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tapestry.catalogue.schemas import Schemas

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class View:
    """One subschema that applies at a place, and the schema file that it stands in."""

    schema: Any
    file: str


def views(schemas: Schemas, view: View) -> Iterator[View]:
    """Yield ``view`` and all that apply together with it: ``$ref`` and ``allOf``, in order."""
    if view.schema is True:
        yield View({}, view.file)
    if not isinstance(view.schema, dict):
        return
    yield view
    if "$ref" in view.schema:
        yield from views(schemas, View(*schemas.resolve(view.schema["$ref"], view.file)))
    for part in view.schema.get("allOf", ()):
        yield from views(schemas, View(part, view.file))


def step_into(schemas: Schemas, at: Sequence[View], step: str | int) -> list[View]:
    """Return the views of the member or entry ``step`` below the place of the views ``at``."""
    below: list[View] = []
    for view in at:
        child = _child(view.schema, step)
        if child is not None:
            below.extend(views(schemas, View(child, view.file)))
    return below


def requirement_at(schemas: Schemas, name: str, path: Sequence[str | int]) -> str | None:
    """Return the requirement that the value at ``path`` stands for under the schema ``name``."""
    at = root(schemas, name)
    found = annotation(at, "x-requirement")
    for step in path:
        at = step_into(schemas, at, step)
        found = annotation(at, "x-requirement") or found
    return found


def presence_at(schemas: Schemas, name: str, path: Sequence[str | int]) -> str | None:
    """Return the requirement that demands a member at ``path``."""
    at = root(schemas, name)
    for step in path:
        at = step_into(schemas, at, step)
    return annotation(at, "x-presence") or requirement_at(schemas, name, path)


def unmentioned(schemas: Schemas, name: str, value: Any) -> Iterator[tuple[Path, str | None]]:
    """Yield the path of every member in ``value`` that the schema ``name`` does not mention.

    With it comes the requirement that forbids such members, ``None`` where the schema is open.
    """
    yield from _unmentioned(place(schemas, name), value, ())


def place(schemas: Schemas, name: str) -> Place:
    """Return the place of a whole value of the schema ``name``."""
    if name not in schemas.places:
        schemas.places[name] = Place(schemas, root(schemas, name))
    found: Place = schemas.places[name]
    return found


def requirements_of(schemas: Schemas, name: str) -> frozenset[str]:
    """Return every requirement that the schema ``name`` and those it refers to stand for."""
    found: set[str] = set()
    open_, done = [View(schemas.content(name), name)], set()
    while open_:
        view = open_.pop()
        if id(view.schema) in done:
            continue
        done.add(id(view.schema))
        if isinstance(view.schema, list):
            open_.extend(View(entry, view.file) for entry in view.schema)
        elif isinstance(view.schema, dict):
            found |= {str(view.schema[key]) for key in _CITING & view.schema.keys()}
            open_.extend(View(member, view.file) for member in view.schema.values())
            if isinstance(view.schema.get("$ref"), str):
                open_.append(View(*schemas.resolve(view.schema["$ref"], view.file)))
    return frozenset(found)


_CITING = frozenset({"x-requirement", "x-presence", "x-closed", "x-oneOf", "x-anyOf"})


def root(schemas: Schemas, name: str) -> list[View]:
    """Return the views that apply to a whole value of the schema ``name``."""
    return list(views(schemas, View(schemas.content(name), name)))


def annotation(at: Sequence[View], keyword: str) -> str | None:
    """Return the value of ``keyword`` in the first view that has it."""
    return next((str(view.schema[keyword]) for view in at if keyword in view.schema), None)


class Place:
    """One place in a value, with all that its schema says of it; what is below is found once.

    Members that no schema names share one place, so that memory grows with the schema alone.
    """

    __slots__ = ("_below", "_schemas", "_views", "closed", "is_object", "names")

    def __init__(self, schemas: Schemas, at: list[View]) -> None:
        """Stand where the views ``at`` apply."""
        self._schemas = schemas
        self._views = at
        self.names = tuple(
            dict.fromkeys(name for view in at for name in view.schema.get("properties", ()))
        )
        self._below: dict[str | int | None, Place | None] = {}
        self.is_object = any("properties" in view.schema for view in at)
        self.closed = annotation(at, "x-closed")

    def below(self, step: str | int) -> Place | None:
        """Return the place of the member or entry ``step``, ``None`` when no schema mentions it."""
        key = step if isinstance(step, int) or step in self.names else None
        if isinstance(step, int):
            key = min(step, _LAST)
        if key not in self._below:
            at = step_into(self._schemas, self._views, step)
            self._below[key] = Place(self._schemas, at) if at else None
        return self._below[key]


_LAST = 16
"""Entries from here on share one place: no documented list has so many entries of their own."""


def _unmentioned(place: Place | None, value: Any, path: Path) -> Iterator[tuple[Path, str | None]]:
    if place is None:
        return
    if isinstance(value, dict) and place.is_object:
        for key, member in value.items():
            below = place.below(key)
            if below is None:
                yield (*path, key), place.closed
            elif isinstance(member, (dict, list)):
                yield from _unmentioned(below, member, (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            if isinstance(entry, (dict, list)):
                yield from _unmentioned(place.below(index), entry, (*path, index))


def _child(schema: Any, step: str | int) -> Any:
    if isinstance(step, int):
        prefix = schema.get("prefixItems", [])
        return prefix[step] if step < len(prefix) else schema.get("items")
    if step in schema.get("properties", {}):
        return schema["properties"][step]
    return schema.get("additionalProperties")
