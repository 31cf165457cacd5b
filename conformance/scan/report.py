"""Prints what a scan found: a line a finding for people, JSON for programs. Values are masked."""

from __future__ import annotations

import json
from collections import Counter

from conformance.scan.files import Scanned
from conformance.scan.sign import Finding


def render_text(scanned: Scanned) -> str:
    """Return one line a finding and a last line that sums up."""
    levels = Counter(finding.level.value for finding in scanned.findings)
    counts = ", ".join(f"{levels[level]} {level}" for level in ("secret", "personal", "info"))
    files = f"{len(scanned.files)} file{'' if len(scanned.files) == 1 else 's'}"
    return "\n".join([*map(_line, scanned.findings), f"scanned {files}: {counts}"]) + "\n"


def render_json(scanned: Scanned) -> str:
    """Return ``{"findings": [...]}``, described by ``schemas/tapestry/scan.yaml``."""
    findings = [
        {
            "kind": finding.kind,
            "level": finding.level.value,
            "file": finding.where.file,
            "line": finding.where.line,
            "column": finding.where.column,
            "entry": finding.entry,
            "path": finding.path,
            "shown": finding.shown,
        }
        for finding in scanned.findings
    ]
    return json.dumps({"files": list(scanned.files), "findings": findings}, indent=2) + "\n"


def _line(finding: Finding) -> str:
    entry = f" entry {finding.entry}" if finding.entry is not None else ""
    path = f" {_printable(finding.path)}" if finding.path != "$" else ""
    shown = _printable(finding.shown)
    return f"{finding.where}:{entry}{path} {finding.level.value} {finding.kind} {shown}"


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
