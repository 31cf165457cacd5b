"""Takes a parsed document apart, naming the place of whatever does not fit.

A cassette is edited by hand, so a mistyped key or a number where text belongs must be told at
file:line:col with the nearest right word, in the same voice for both styles of the file.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from tapestry.documents import Document, Path_
from tapestry.problems import Problem


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a document, with the way that leads to it."""

    document: Document
    value: Any
    path: Path_ = ()

    def fields(self, required: Collection[str], optional: Collection[str]) -> dict[str, Node]:
        """Return the nodes under a mapping that has the required keys and no unknown ones.

        Raises :class:`Problem`; for an unknown key it names the nearest known one.
        """
        children = self.mapping()
        for key in children:
            if key not in required and key not in optional:
                raise self._unknown_key(key, [*required, *optional])
        for key in required:
            if key not in children:
                raise self.problem(f"key {key!r} is missing", remedy=f"add {key}: ...")
        return children

    def mapping(self) -> dict[str, Node]:
        """Return the nodes under a mapping, by key. Raises :class:`Problem`."""
        if not isinstance(self.value, dict):
            raise self.problem(f"expected a mapping, found {_word(self.value)}")
        return {
            key: Node(self.document, value, (*self.path, key)) for key, value in self.value.items()
        }

    def items(self) -> list[Node]:
        """Return the nodes of a sequence. Raises :class:`Problem`."""
        if not isinstance(self.value, list):
            raise self.problem(f"expected a list, found {_word(self.value)}")
        return [Node(self.document, value, (*self.path, n)) for n, value in enumerate(self.value)]

    def text(self) -> str:
        """Return the text here. Raises :class:`Problem`."""
        if not isinstance(self.value, str):
            raise self.problem(
                f"expected text, found {_word(self.value)}", remedy="put it in quotes"
            )
        return self.value

    def one_of(self, words: Collection[str]) -> str:
        """Return the text here, which must be one of ``words``. Raises :class:`Problem`."""
        text = self.text()
        if text not in words:
            raise self.problem(
                f"{text!r} is not one of: {', '.join(words)}", remedy=_near(text, words)
            )
        return text

    def number(self) -> float:
        """Return the finite number here, 0 or more. Raises :class:`Problem`."""
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float)):
            raise self.problem(f"expected a number, found {_word(self.value)}")
        if not (math.isfinite(self.value) and self.value >= 0):
            raise self.problem("expected a finite number, 0 or more")
        return float(self.value)

    def whole_number(self) -> int:
        """Return the integer here, 0 or more. Raises :class:`Problem`."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or self.value < 0:
            raise self.problem(f"expected a whole number, 0 or more, found {_word(self.value)}")
        return self.value

    def problem(self, what: str, remedy: str | None = None) -> Problem:
        """Return a problem that is placed at this node."""
        return Problem(
            what,
            where=self.document.place(*self.path),
            path=_json_path(self.path) if self.path else None,
            remedy=remedy,
        )

    def _unknown_key(self, key: str, known: Collection[str]) -> Problem:
        child = Node(self.document, None, (*self.path, key))
        remedy = _near(key, known) or f"use one of: {', '.join(known)}"
        return child.problem(f"unknown key {key!r}", remedy=remedy)


def _near(word: str, known: Collection[str]) -> str | None:
    nearest = get_close_matches(word, known, n=1)
    return f"did you mean {nearest[0]!r}?" if nearest else None


def _json_path(path: Path_) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "$" + "".join(steps)


def _word(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case str():
            return "text"
        case dict():
            return "a mapping"
        case list():
            return "a list"
    return "a number"
