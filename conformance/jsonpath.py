"""Points into JSON values: the one notation that scenarios, findings and target files share.

Only what a capture or a finding needs: the root, members and items (RFC 9535, singular queries).
No filters and no wildcards, so a path names one node or none, and nothing in it is ever executed.
"""

from __future__ import annotations

import re
from typing import Any, Final

Path = tuple[str | int, ...]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_STEP = re.compile(
    r"\.(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|\[(?P<item>[0-9]+)\]"
    r"|\[(?P<quote>['\"])(?P<quoted>.*?)(?P=quote)\]"
)


class _Missing:
    """The type of :data:`MISSING`, which no JSON value equals."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


def parse_path(text: str) -> Path:
    """Read ``$.email.to[0]`` or ``$['a b']``. Raises :class:`ValueError` saying what is wrong."""
    if not text.startswith("$"):
        raise ValueError("a path starts with '$'")
    steps: list[str | int] = []
    position = 1
    while position < len(text):
        step = _STEP.match(text, position)
        if step is None:
            raise ValueError(f"cannot read {text[position:]!r}; write .name, ['name'] or [0]")
        position = step.end()
        if step["item"] is not None:
            steps.append(int(step["item"]))
        else:
            steps.append(step["name"] if step["name"] is not None else step["quoted"])
    return tuple(steps)


def step_into(path: str, step: str | int) -> str:
    """Return the text of ``path`` one step deeper."""
    if isinstance(step, int):
        return f"{path}[{step}]"
    if _PLAIN.match(step):
        return f"{path}.{step}"
    quote = '"' if "'" in step else "'"
    return f"{path}[{quote}{step}{quote}]"


def write_path(path: Path) -> str:
    """Return the text of a whole path."""
    text = "$"
    for step in path:
        text = step_into(text, step)
    return text


def find(path: Path, value: Any) -> Any:
    """Return the node at ``path`` in ``value``, or :data:`MISSING`."""
    for step in path:
        if not _leads_on(value, step):
            return MISSING
        value = value[step]
    return value


def _leads_on(value: Any, step: str | int) -> bool:
    if isinstance(step, str):
        return isinstance(value, dict) and step in value
    return isinstance(value, list) and step < len(value)
