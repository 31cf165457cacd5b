"""Puts values of any size on one line, so that a finding stays within its 200 characters.

What a target says is shown to an operator, so control characters are spelt out: a body must not be
able to move the cursor of a terminal or colour its own verdict.
"""

from __future__ import annotations

import json
from typing import Any

LINE = 200


def short(value: Any, limit: int = 60) -> str:
    """Return ``value`` as JSON on one line, cut in the middle of nothing: ``limit`` at the most."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def one_line(text: str, limit: int = LINE) -> str:
    """Return ``text`` without line breaks, at most ``limit`` characters long."""
    flat = "".join(_visible(char) for char in " ".join(text.split()))
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def _visible(char: str) -> str:
    return char if char.isprintable() else f"\\x{ord(char):02x}"
