"""Prints what ``check`` found: lines for people, the contract's JSON for programs.

The same remark on many entries of a cassette is one line with a count, because a server that adds a
member adds it to every message. The JSON has them all.
"""

from __future__ import annotations

import json
from collections import Counter

from conformance.offline.files import Checked
from conformance.offline.remark import Remark

MAX_LINE = 240


def render_text(checked: Checked) -> str:
    """Return one line a remark, file first, and a last line that sums up."""
    groups: dict[tuple[object, ...], list[Remark]] = {}
    for remark in checked.remarks:
        key = (remark.where.file, remark.requirement, remark.path, remark.message)
        groups.setdefault(key, []).append(remark)
    lines = [_line(same[0], len(same)) for same in groups.values()]
    return "\n".join([*lines, _summary(checked)]) + "\n"


def render_json(checked: Checked) -> str:
    """Return ``{"findings": [...]}``, described by ``schemas/tapestry/check.yaml``."""
    findings = [
        {
            "requirement": remark.requirement,
            "level": remark.level,
            "path": remark.path,
            "entry": remark.entry,
            "message": remark.message,
            "file": remark.where.file,
            "line": remark.where.line,
            "column": remark.where.column,
            "kind": remark.kind,
            "anomaly": remark.anomaly,
        }
        for remark in checked.remarks
    ]
    return json.dumps({"findings": findings}, ensure_ascii=True, indent=2) + "\n"


def _line(remark: Remark, count: int) -> str:
    place = str(remark.where)
    if remark.entry is not None:
        place += f" entry {remark.entry}"
    path = "" if remark.path == "$" else f"{remark.path}: "
    times = f" ({count} times)" if count > 1 else ""
    line = f"{place}: {remark.level} {remark.requirement} {path}{_printable(remark.message)}"
    return (line if len(line) <= MAX_LINE else line[: MAX_LINE - 1] + "…") + times


def _summary(checked: Checked) -> str:
    levels = Counter(remark.level for remark in checked.remarks)
    counts = ", ".join(f"{levels[level]} {level}" for level in ("MUST", "SHOULD", "INFO"))
    found = f"{_count(len(checked.remarks), 'finding')} ({counts})"
    skipped = f"; {_count(len(checked.skipped), 'file')} skipped, nothing to check"
    return f"checked {_count(len(checked.files), 'file')}: {found}" + (
        skipped if checked.skipped else ""
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _printable(text: str) -> str:
    """Keep control characters of recorded values from reaching a terminal."""
    return "".join(char if char.isprintable() else "�" for char in " ".join(text.split()))
