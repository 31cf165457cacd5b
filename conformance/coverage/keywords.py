"""Watches each keyword of the request schemas decide: did it ever accept, did it ever refuse?

A keyword that never refused anything may as well not be there. Requests are watched and not
answers: a server that is right never breaks the schema of an answer, and mutants see to those.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from conformance.coverage.seen import Seen
from conformance.exports.components import component_name, components, reference

KEYWORDS = (
    *("type", "const", "enum", "required", "pattern", "minimum", "maximum", "minLength"),
    *("minItems", "minProperties", "uniqueItems", "oneOf", "anyOf"),
)

Decided = dict[tuple[int, str], set[bool]]


def keyword_items(seen: Seen) -> Iterator[tuple[str, set[bool]]]:
    """Yield every keyword of every request schema by its place, and how it was seen to decide."""
    names = [one.request for one in seen.known.operations if one.request]
    made = components(seen.known, names)
    decided: Decided = defaultdict(set)
    _watch(seen, made, decided)
    for name in sorted({component_name(name) for name in names}):
        for place, schema, keyword in _keywords(made[name], name):
            yield f"{place} {keyword}", decided[id(schema), keyword]


def _watch(seen: Seen, made: dict[str, Any], decided: Decided) -> None:
    from jsonschema import Draft202012Validator, validators

    extend: Any = validators.extend
    watching = extend(
        Draft202012Validator,
        {name: _watched(Draft202012Validator.VALIDATORS[name], name, decided) for name in KEYWORDS},
    )
    document = {"components": {"schemas": made}}
    for name, body in _bodies(seen):
        for _ in watching(document | reference(name)).iter_errors(body):
            pass


def _bodies(seen: Seen) -> Iterator[tuple[str, Any]]:
    """Yield each body with the schema that decides it; one that no operation takes with all."""
    for call in seen.calls:
        if call.operation.request is not None:
            yield call.operation.request, call.request
    for route, body in seen.undispatched:
        yield from ((one.request, body) for one in route.operations.values() if one.request)


def _watched(decide: Callable[..., Any], keyword: str, decided: Decided) -> Callable[..., Any]:
    def validate(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[Any]:
        errors = list(decide(validator, wanted, instance, schema) or ())
        decided[id(schema), keyword].add(not errors)
        yield from errors

    return validate


def _keywords(schema: Any, place: str) -> Iterator[tuple[str, Any, str]]:
    """Yield the keywords that decide, with the schema object that holds each."""
    for keyword in KEYWORDS:
        if keyword in schema:
            yield place, schema, keyword
    for name, member in schema.get("properties", {}).items():
        yield from _keywords(member, f"{place}.{name}")
    if isinstance(schema.get("items"), dict):
        yield from _keywords(schema["items"], f"{place}[*]")
