"""Finds the route of a request among path templates, in time that grows with the path alone.

Templates are kept in a tree by segment. A literal segment wins over a parameter, and parameters are
percent-decoded, so an identifier compares equal however a client chose to encode it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tapestry.catalogue.model import Operation, Recognised


@dataclass(frozen=True, slots=True)
class Route:
    """A method on a path template, and the operations it leads to by ``operationName``."""

    method: str
    template: str
    operations: Mapping[str | None, Operation]

    @property
    def by_name(self) -> bool:
        """Tell whether the body's ``operationName`` chooses the operation."""
        return None not in self.operations


@dataclass(slots=True)
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    parameter: _Node | None = None
    routes: dict[str, Route] = field(default_factory=dict)


class Router:
    """All routes of a catalogue."""

    def __init__(self, operations: Iterable[Operation], base: str, member: str) -> None:
        """Index ``operations``, which are all below the path ``base``.

        ``member`` is that of a request body which chooses among the operations of one route.
        """
        self._base = base
        self._member = member
        self._root = _Node()
        for operation in operations:
            self._add(operation)

    def _add(self, operation: Operation) -> None:
        node = self._root
        for segment in _segments(operation.path):
            if segment.startswith("{"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literals.setdefault(segment, _Node())
        known = node.routes.get(operation.method)
        others = known.operations if known else {}
        node.routes[operation.method] = Route(
            operation.method, operation.path, {**others, operation.operation_name: operation}
        )

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """Return the route of a request and its decoded parameters, ``None`` when there is none.

        A context path before the base is allowed (Interpreting a Response shows one), so is a
        slash at the end (StartContactCenterSession prints one).
        """
        start = path.find(self._base + "/")
        if start < 0:
            return None
        segments = _segments(path[start:])
        found = _descend(self._root, segments, ())
        if found is None or method.upper() not in found[0].routes:
            return None
        node, values = found
        route = node.routes[method.upper()]
        names = [part[1:-1] for part in _segments(route.template) if part.startswith("{")]
        return route, {name: unquote(value) for name, value in zip(names, values, strict=True)}

    def recognise(self, method: str, path: str, body: Any) -> Recognised | None:
        """Return the operation that a request asks for, ``None`` when none is documented."""
        found = self.find(method, path)
        if found is None:
            return None
        route, params = found
        name = body.get(self._member) if isinstance(body, dict) else None
        operation = route.operations.get(None)
        if operation is None and isinstance(name, str):
            operation = route.operations.get(name)
        return Recognised(operation, params) if operation else None


def _segments(path: str) -> list[str]:
    return path.split("?", 1)[0].strip("/").split("/")


def _descend(
    node: _Node, segments: list[str], values: tuple[str, ...]
) -> tuple[_Node, tuple[str, ...]] | None:
    if not segments:
        return (node, values) if node.routes else None
    first, rest = segments[0], segments[1:]
    literal = node.literals.get(unquote(first))
    found = _descend(literal, rest, values) if literal else None
    if found is None and node.parameter is not None and first:
        found = _descend(node.parameter, rest, (*values, first))
    return found
