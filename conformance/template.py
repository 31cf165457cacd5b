"""Text with ``${name}`` in it: how a step of a scenario uses what an earlier step captured.

A template that is nothing but one variable keeps the type of its value, so a captured number stays
a number. Filling a template never reads the values for more templates: what a server says cannot
reach into a scenario.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MARK = re.compile(r"\$\$\{|\$\{(?P<name>[^${}]*)\}")

Scope = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Variable:
    """The place of one variable's value."""

    name: str


@dataclass(frozen=True, slots=True)
class Template:
    """Text and variables, in order."""

    parts: tuple[str | Variable, ...]

    @property
    def names(self) -> frozenset[str]:
        """Return the names of the variables in it."""
        return frozenset(part.name for part in self.parts if isinstance(part, Variable))

    def fill(self, scope: Scope) -> Any:
        """Return the text with values put in. Raises :class:`KeyError` for one without a value."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Variable):
            return scope[self.parts[0].name]
        return "".join(
            str(scope[part.name]) if isinstance(part, Variable) else part for part in self.parts
        )


def parse_template(text: str) -> Template:
    """Read text with ``${name}``; ``$${`` stands for a literal ``${``."""
    parts: list[str | Variable] = []
    literal = ""
    position = 0
    for mark in _MARK.finditer(text):
        literal += text[position : mark.start()]
        position = mark.end()
        if mark["name"] is None:
            literal += "${"
            continue
        if literal:
            parts.append(literal)
            literal = ""
        parts.append(Variable(mark["name"]))
    literal += text[position:]
    if literal or not parts:
        parts.append(literal)
    return Template(tuple(parts))


def names_in(value: Any) -> frozenset[str]:
    """Return the names of all variables in the texts of a JSON value."""
    if isinstance(value, str):
        return parse_template(value).names
    if isinstance(value, dict):
        return frozenset().union(*(names_in(member) for member in value.values()))
    if isinstance(value, list):
        return frozenset().union(*(names_in(item) for item in value))
    return frozenset()


def fill(value: Any, scope: Scope) -> Any:
    """Return a JSON value with every template in its texts filled."""
    if isinstance(value, str):
        return parse_template(value).fill(scope)
    if isinstance(value, dict):
        return {key: fill(member, scope) for key, member in value.items()}
    if isinstance(value, list):
        return [fill(item, scope) for item in value]
    return value
