"""Advice: how a server tells a client when, how and whether to come back.

Server and client machine read and write it here, in seconds; on the wire it is in milliseconds
(Bayeux 1.0, "advice"). ``maxInterval`` is CometD's own: how long a session outlives its last
connect reply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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

    A negative ``interval`` says not to retry. ``multiple_clients`` tells a client that others run
    beside it in its browser; ``hosts`` are servers to try instead. ``special`` is what differs for
    single transports. New advice replaces the old one as a whole.
    """

    reconnect: Reconnect | None = None
    timeout: float | None = None
    interval: float | None = None
    max_interval: float | None = None
    multiple_clients: bool = False
    hosts: tuple[str, ...] = ()
    special: Mapping[Transport, Advice] = field(default_factory=dict, hash=False)

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
            fields.get("multiple-clients") is True,
            _names(fields.get("hosts")),
        )

    def over(self, transport: Transport) -> Advice:
        """Return the advice as it holds for one transport."""
        special = self.special.get(transport)
        if special is None:
            return self
        given = {name: getattr(special, name) for name in _SPECIAL}
        given = {name: value for name, value in given.items() if value is not None}
        return replace(self, **given, special={})

    def as_field(self) -> dict[str, Any]:
        """Return the value of the ``advice`` field: only what is given, in whole milliseconds."""
        fields: dict[str, Any] = {"reconnect": self.reconnect.value} if self.reconnect else {}
        times = {
            "interval": self.interval,
            "timeout": self.timeout,
            "maxInterval": self.max_interval,
        }
        fields |= {
            name: round(seconds * 1000) for name, seconds in times.items() if seconds is not None
        }
        if self.multiple_clients:
            fields["multiple-clients"] = True
        if self.hosts:
            fields["hosts"] = list(self.hosts)
        return fields | {kind.value: advice.as_field() for kind, advice in self.special.items()}


_SPECIAL = ("reconnect", "timeout", "interval", "max_interval")


def _reconnect(value: Any) -> Reconnect | None:
    return Reconnect(value) if value in tuple(Reconnect) else None


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value / 1000 if abs(value) <= LONGEST_MS else None


def _names(value: Any) -> tuple[str, ...]:
    names = value if isinstance(value, list) else []
    return tuple(name for name in names if isinstance(name, str))
