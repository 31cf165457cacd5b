"""Turns the catalogue's schemas into named components of one document.

Both formats keep schemas under ``components/schemas`` and refer to them there. Files become names,
relative references become pointers, and what only files need (``$id``, ``$schema``) goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin

from tapestry.catalogue import Catalogue
from tapestry.catalogue.schemas import BASE

POINTER = "#/components/schemas/"
_OF_FILES = frozenset({"$id", "$schema"})


def component_name(schema: str) -> str:
    """Return the name of the component that the schema file ``schema`` becomes."""
    return schema.removesuffix(".yaml").replace("/", ".")


def reference(schema: str) -> dict[str, Any]:
    """Return a reference to the component of a schema file."""
    return {"$ref": POINTER + component_name(schema)}


def components(known: Catalogue, schemas: Iterable[str]) -> dict[str, Any]:
    """Return the components of ``schemas`` and of all that they refer to, by name."""
    made: dict[str, Any] = {}
    waiting = sorted(set(schemas))
    while waiting:
        schema = waiting.pop(0)
        name = component_name(schema)
        if name not in made:
            needed: set[str] = set()
            made[name] = _component(known.schemas.content(schema), schema, needed)
            waiting.extend(sorted(needed))
    return dict(sorted(made.items()))


def _component(value: Any, file: str, needed: set[str]) -> Any:
    if isinstance(value, list):
        return [_component(entry, file, needed) for entry in value]
    if not isinstance(value, dict):
        return value
    made = {
        key: _component(member, file, needed)
        for key, member in value.items()
        if key not in _OF_FILES and key != "$ref"
    }
    if "$ref" not in value:
        return made
    pointed = {"$ref": _pointer(value["$ref"], file, needed)}
    # Older drafts, which AsyncAPI still follows, ignore whatever stands beside a reference.
    return made | {"allOf": [pointed, *made.get("allOf", ())]} if made else pointed


def _pointer(target: str, file: str, needed: set[str]) -> str:
    location, _, fragment = urljoin(BASE + file, target).partition("#")
    schema = location.removeprefix(BASE)
    needed.add(schema)
    return POINTER + component_name(schema) + fragment
