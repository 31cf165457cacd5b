"""All message schemas as one JSON Schema document, each still under its own ``$id``.

This is the bundling that JSON Schema 2020-12 describes (section 9.3): references stay as they are,
and a validator that is given the one document can resolve them all.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tapestry.catalogue import Catalogue
from tapestry.catalogue.schemas import BASE

_NOT_MESSAGES = frozenset({"tapestry", "samples", "bayeux"})


def bundle(known: Catalogue) -> dict[str, Any]:
    """Return the bundle; the schema of each file stands under its path, ``email/email.yaml``."""
    names = sorted(
        file.relative_to(known.folder).as_posix()
        for room in known.folder.iterdir()
        if room.is_dir() and room.name not in _NOT_MESSAGES
        for file in Path(room).glob("*.yaml")
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{BASE}bundle.json",
        "title": "Messages of Genesys Web Services v2, as documented",
        "$defs": {name: known.schemas.content(name) for name in names},
    }
