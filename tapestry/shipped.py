"""Finds the data that ships with Tapestry: ``schemas/`` and ``cassettes/``.

In a checkout they stand at the top level, where people read and edit them; in an installed wheel
they travel inside the ``tapestry`` package, so that a user's own ``schemas`` package is never
shadowed. This module is the only one that knows the difference.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@cache
def _room(name: str) -> Path:
    for home in (_PACKAGE, _PACKAGE.parent):
        room = home / name
        if room.is_dir():
            return room
    raise FileNotFoundError(f"{name}/ is missing from this installation of Tapestry")


def schemas() -> Path:
    """Return the folder of shipped schemas, tables and registers."""
    return _room("schemas")


def cassettes() -> Path:
    """Return the folder of shipped recordings."""
    return _room("cassettes")
