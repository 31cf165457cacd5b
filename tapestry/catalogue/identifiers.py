"""Knows which values name something, and which ones vary by nature.

An email's id is another one in every run, a date too, but the former must stay the same within one
run and the latter need not. Both facts are data (``identifiers.yaml``): tails of paths, in which
list positions do not count, and of which the longest one wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from tapestry.catalogue.tables import IdentifierTable

_STEP = re.compile(r"\['([^']*)'\]|\[\"([^\"]*)\"\]|\[\d*\*?\]|([^.\[\]]+)")


@dataclass(frozen=True, slots=True)
class InUri:
    """An identifier that stands in a uri: its kind, the decoded value, and where it stands."""

    kind: str
    value: str
    start: int
    end: int


class Identifiers:
    """The table of identifiers, ready to be asked."""

    def __init__(self, table: IdentifierTable) -> None:
        """Index ``table``."""
        self._fields = _by_tail(table.fields)
        self._volatile = _by_tail(dict.fromkeys(table.volatile, True))
        self._uris = [
            (kind, _uri_pattern(template))
            for kind, templates in table.uris.items()
            for template in templates
        ]

    def kind(self, path: str | Sequence[str | int]) -> str | None:
        """Return the kind of identifier at ``path``, ``None`` when it is none.

        ``path`` is a key (``contactId``), a JSON path (``$.data.email.id``) or a sequence of steps.
        """
        return _longest(self._fields, steps(path))

    def volatile(self, path: str | Sequence[str | int]) -> bool:
        """Tell whether the value at ``path`` is, or stands below, one that varies by nature."""
        names = steps(path)
        return any(_longest(self._volatile, names[:length]) for length in range(1, len(names) + 1))

    def in_uri(self, text: str) -> InUri | None:
        """Return the identifier that the uri ``text`` ends with, ``None`` when it has none."""
        for kind, pattern in self._uris:
            found = pattern.search(text)
            if found:
                return InUri(kind, unquote(found["id"]), found.start("id"), found.end("id"))
        return None


def steps(path: str | Sequence[str | int]) -> tuple[str, ...]:
    """Return the member names along ``path``, without list positions and the root ``$``."""
    if isinstance(path, str):
        found = ("".join(groups) for groups in _STEP.findall(path))
        return tuple(name for name in found if name and name != "$")
    return tuple(step for step in path if isinstance(step, str))


def _by_tail[T](table: Mapping[str, T]) -> dict[tuple[str, ...], T]:
    return {tuple(tail.split(".")): value for tail, value in table.items()}


def _longest[T](table: Mapping[tuple[str, ...], T], names: tuple[str, ...]) -> T | None:
    tails: Iterable[tuple[str, ...]] = (names[start:] for start in range(len(names)))
    return next((table[tail] for tail in tails if tail in table), None)


def _uri_pattern(template: str) -> re.Pattern[str]:
    named = re.sub(r"\{(\w+)\}", lambda found: f"(?P<{found[1]}>[^/?#\\s]+)", template)
    return re.compile(rf"(?:^|/){named.lstrip('/')}(?=[?#]|/?$)")
