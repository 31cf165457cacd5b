"""Compares a live call with a recorded one, field by field.

Matching and explaining are the same question asked twice: no difference means the tape has the
answer, and the fewest differences name the nearest candidate when it has not. What a server's
address adds to a uri is no difference, nor is a value that the client itself invents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import unquote

from tapestry.story.alias import Path, host_neutral
from tapestry.story.model import Call

Query = Mapping[str, str | list[str]]

CACHE_BUSTER = "_"
"""The query parameter that JavaScript clients make up to defeat caches; it asks for nothing."""


class Absent(Enum):
    """The value of a field that one of the two calls does not have."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call that a live client makes; ``path`` is percent-encoded, ``body`` JSON, text or None."""

    method: str
    path: str
    query: Query
    body: Any = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which a live call (``observed``) is not the recorded one (``expected``).

    ``path`` is ``method``, ``path``, ``query.NAME`` or a JSON path into the body. A value is
    :data:`ABSENT` when that side does not have the field.
    """

    path: str
    expected: Any
    observed: Any


Interchangeable = Callable[[Path, str, str], bool]
"""Tells whether two different strings at a path may stand for each other.

Paths into the body are as they are; the others are ``path`` and ``query``, ``NAME``.
"""


def never(path: Path, recorded: str, live: str) -> bool:
    """Let no two different strings stand for each other."""
    return False


def resource(path: str) -> str:
    """Return the resource that a path names: decoded, without the trailing slash.

    Documents and desktops write both ``/api/v2/me`` and ``/api/v2/me/``.
    """
    return "/" + "/".join(unquote(part) for part in path.strip("/").split("/"))


def differences(
    recorded: Call, live: LiveCall, interchangeable: Interchangeable = never
) -> tuple[Difference, ...]:
    """Return every field in which ``live`` differs from ``recorded``, the path before the rest."""
    return tuple(_differences(recorded, live, interchangeable))


def is_like(recorded: Call, live: LiveCall, interchangeable: Interchangeable = never) -> bool:
    """Tell whether nothing differs; stops at the first difference."""
    return next(_differences(recorded, live, interchangeable), None) is None


def _differences(
    recorded: Call, live: LiveCall, interchangeable: Interchangeable
) -> Iterator[Difference]:
    paths = resource(recorded.path), resource(live.path)
    if paths[0] != paths[1] and not interchangeable(("path",), *paths):
        yield Difference("path", recorded.path, live.path)
    if recorded.method != live.method:
        yield Difference("method", recorded.method, live.method)
    yield from _in_query(recorded.query, live.query, interchangeable)
    yield from _in_value((), recorded.request, live.body, interchangeable)


def _in_query(recorded: Query, live: Query, same: Interchangeable) -> Iterator[Difference]:
    for name in (*recorded, *(name for name in live if name not in recorded)):
        expected, observed = recorded.get(name, ABSENT), live.get(name, ABSENT)
        if name != CACHE_BUSTER and not _equal(("query", name), expected, observed, same):
            yield Difference(f"query.{name}", expected, observed)


def _in_value(
    path: Path, expected: Any, observed: Any, same: Interchangeable
) -> Iterator[Difference]:
    if isinstance(expected, dict) and isinstance(observed, dict):
        for key in (*expected, *(key for key in observed if key not in expected)):
            found = expected.get(key, ABSENT), observed.get(key, ABSENT)
            yield from _in_value((*path, key), *found, same)
    elif isinstance(expected, list) and isinstance(observed, list):
        for index in range(max(len(expected), len(observed))):
            found = _item(expected, index), _item(observed, index)
            yield from _in_value((*path, index), *found, same)
    elif not _equal(path, expected, observed, same):
        yield Difference(json_path(path), expected, observed)


def _item(items: list[Any], index: int) -> Any:
    return items[index] if index < len(items) else ABSENT


def _equal(path: Path, expected: Any, observed: Any, same: Interchangeable) -> bool:
    if isinstance(expected, str) and isinstance(observed, str):
        return (
            expected == observed
            or host_neutral(expected) == host_neutral(observed)
            or same(path, expected, observed)
        )
    if isinstance(expected, bool) or isinstance(observed, bool):
        return expected is observed  # in Python 1 == True; in JSON it is not
    return bool(expected == observed)


def json_path(path: Path) -> str:
    """Write a path as JSON path: ``$.email.to[0]``."""
    return "$" + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in path)
