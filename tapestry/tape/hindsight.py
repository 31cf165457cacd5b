"""Goes over a finished cassette once more with all that its recording has learned.

While a recording runs, an entry is written before it is known what later ones will show: that a
word in an early text is somebody's login, say. When it has ended, everything is known.
"""

from __future__ import annotations

from pathlib import Path

from tapestry.tape import codec
from tapestry.tape.compressed import is_jsonl
from tapestry.tape.pieces import split
from tapestry.tape.redact import Redactor


def revise(path: Path, redactor: Redactor) -> int:
    """Replace in the cassette at ``path`` what ``redactor`` has learned since it was written.

    Returns how many entries that concerns; the file is replaced in one step, in the style that it
    has, and only when there are any. Needs memory for one entry. Raises
    :class:`~tapestry.problems.Problem`.
    """
    hindsight = redactor.hindsight()
    with codec.reading(path) as tape:
        changed = sum(hindsight.entry(entry) != entry for entry in tape)
    if changed:
        with codec.reading(path) as tape:
            codec.write(path, tape.header, map(hindsight.entry, tape), _style(path))
    return changed


def _style(path: Path) -> codec.Style:
    if is_jsonl(path):
        return "jsonl"
    with path.open("rb") as file:
        first = next(split(file, str(path)))
    return "flow" if first.flow else "block"
