"""How a check ends before its last line: a requirement is broken, or the question does not arise.

A check is a story told to a server, and most faults leave nothing to tell on. So these are
exceptions; faults that do leave something are collected and returned.
"""

from __future__ import annotations

from typing import Any

from conformance.model import Finding


class Broken(Exception):
    """The server broke what the check is about."""

    def __init__(
        self,
        message: str,
        *,
        kind: str = "mismatch",
        path: str = "$",
        expected: Any = None,
        observed: Any = None,
    ) -> None:
        """Say what was expected and what was observed, as a :class:`Finding` has it."""
        super().__init__(message)
        self.finding = Finding(kind, message, path, expected, observed)


class Unanswered(Broken):
    """A message got no reply: none in its response, or none in time."""


class NotApplicable(Exception):
    """The server lacks something optional that the check needs; the text says what."""


class Unreachable(Exception):
    """Nothing accepts connections where the server should be: no verdict, an error."""
