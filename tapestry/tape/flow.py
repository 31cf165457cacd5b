"""Flow style: an entry as one line of JSON, a hundred times quicker to write and read than YAML.

This is what a recording appends while it runs. The line holds ASCII only, so that any text a server
can send survives (lone surrogates, NUL, U+2028), and it is read by the JSON parser alone.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from tapestry.documents import MAX_DEPTH, Document
from tapestry.problems import Place, Problem

MARK = "--- "


def dump_flow(plain: Any) -> str:
    """Return ``plain`` as one line of JSON, with its line feed and without the ``---`` mark."""
    return json.dumps(plain, separators=(",", ":"), allow_nan=False) + "\n"


def parse_flow(text: str, where: Place) -> Document:
    """Read one line of JSON that begins at ``where``. Raises :class:`Problem`."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as fault:
        place = Place(where.file, where.line, (where.column or 1) + fault.colno - 1)
        raise Problem(f"not JSON: {fault.msg}", where=place) from None
    except (ValueError, RecursionError) as fault:
        raise Problem(f"not JSON: {fault}", where=where) from None
    if _may_be_deep(text) and depth(value) > MAX_DEPTH:
        raise Problem(f"nested deeper than {MAX_DEPTH} levels", where=where)
    return Document(value, where.file, {(): where})


def depth(value: Any) -> int:
    """Return how many lists and mappings stand inside one another in ``value``."""
    level, deepest = [value], 0
    while level := [item for item in level if isinstance(item, (dict, list))]:
        deepest += 1
        level = [
            child for item in level for child in (item.values() if isinstance(item, dict) else item)
        ]
    return deepest


def _may_be_deep(text: str) -> bool:
    return text.count("[") + text.count("{") > MAX_DEPTH


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON number")
