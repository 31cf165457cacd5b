"""Keeps what must not be shown out of events, and so out of every report and log.

Passwords, session cookies and CSRF tokens are known to the runner by value. A server that echoes
one in an answer would otherwise have it printed in a time line.
"""

from __future__ import annotations

from typing import Any

HIDDEN = "[hidden]"
SHORTEST = 4


class Secrets:
    """The secret texts of one run, and how they are blotted out."""

    def __init__(self) -> None:
        """Know none."""
        self._known: set[str] = set()

    def add(self, text: str | None) -> None:
        """Learn a secret; one of under four characters cannot be told from ordinary text."""
        if text and len(text) >= SHORTEST:
            self._known.add(text)

    def hide(self, value: Any) -> Any:
        """Return a JSON value, or a text, without any known secret."""
        if isinstance(value, str):
            for secret in self._known:
                value = value.replace(secret, HIDDEN)
            return value
        if isinstance(value, dict):
            return {self.hide(key): self.hide(member) for key, member in value.items()}
        if isinstance(value, list):
            return [self.hide(item) for item in value]
        return value
