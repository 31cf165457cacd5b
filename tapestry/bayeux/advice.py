"""Advice: how a server tells a client when, how and whether to come back.

Server and client machine read and write it here, in seconds; on the wire it is in milliseconds
(Bayeux 1.0, "advice"). ``maxInterval`` is CometD's own: how long a session outlives its last
connect reply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tapestry.bayeux.message import Transport

LONGEST_MS = 10**12


class Reconnect(StrEnum):
    """What a client does when a connect ends or fails ("reconnect advice field")."""

    RETRY = "retry"
    HANDSHAKE = "handshake"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Advice:
    """One piece of advice; a field that was not given is ``None``. Times are in seconds.

    A negative ``interval`` says not to retry. New advice replaces the old one as a whole.
    """

    reconnect: Reconnect | None = None
    timeout: float | None = None
    interval: float | None = None
    max_interval: float | None = None

    @classmethod
    def parse(cls, value: Any, transport: Transport | None = None) -> Advice:
        """Read an ``advice`` field; whatever in it is not usable counts as not given.

        Advice for one ``transport`` stands under its name and goes before the general one
        ("advice": "within a transport specific section").
        """
        if not isinstance(value, Mapping):
            return cls()
        special = value.get(transport) if transport else None
        fields = {**value, **special} if isinstance(special, Mapping) else value
        return cls(
            _reconnect(fields.get("reconnect")),
            _seconds(fields.get("timeout")),
            _seconds(fields.get("interval")),
            _seconds(fields.get("maxInterval")),
        )

    def as_field(self) -> dict[str, Any]:
        """Return the value of the ``advice`` field: only what is given, in whole milliseconds."""
        fields: dict[str, Any] = {"reconnect": self.reconnect.value} if self.reconnect else {}
        times = {
            "interval": self.interval,
            "timeout": self.timeout,
            "maxInterval": self.max_interval,
        }
        return fields | {
            name: round(seconds * 1000) for name, seconds in times.items() if seconds is not None
        }


def _reconnect(value: Any) -> Reconnect | None:
    return Reconnect(value) if value in tuple(Reconnect) else None


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value / 1000 if abs(value) <= LONGEST_MS else None
