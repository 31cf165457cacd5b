"""Which live value stands for which recorded one, where the two must differ.

A tape holds pseudonyms where a live client sends the real thing. When a call that holds them
matches, pseudonym and value are bound, one to one; from then on the tape's answers and
notifications show the live value, and no other value passes for it. Bindings live in memory only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tapestry.player.likeness import LiveCall, resource
from tapestry.story.alias import Path
from tapestry.story.model import Call

Pair = tuple[str, str]
Counterparts = Callable[[Path, str, str], Sequence[Pair] | None]
"""Tells which pieces of a recorded and a live text at a path may stand for each other.

The texts are the same but for these pairs; ``None`` when they differ in more.
"""


def no_counterparts(path: Path, recorded: str, live: str) -> None:
    """Let no two different texts stand for each other."""


class Bindings:
    """The bindings of one play."""

    def __init__(self, counterparts: Counterparts = no_counterparts) -> None:
        """Begin with none; ``counterparts`` says what may be bound."""
        self._counterparts = counterparts
        self._live: dict[str, str] = {}
        self._recorded: dict[str, str] = {}

    @property
    def exact(self) -> bool:
        """Tell whether no value can ever stand for another."""
        return self._counterparts is no_counterparts

    @property
    def version(self) -> int:
        """Return how many values are bound; what is bound once stays so."""
        return len(self._live)

    def allow(self, path: Path, recorded: str, live: str) -> bool:
        """Tell whether ``live`` may stand where the tape has ``recorded``."""
        pairs = self._counterparts(path, recorded, live)
        return pairs is not None and all(
            self._live.get(ours, theirs) == theirs and self._recorded.get(theirs, ours) == ours
            for ours, theirs in pairs
        )

    def learn(self, call: Call, live: LiveCall) -> None:
        """Bind what differs in two calls that match."""
        if self.exact:
            return
        self._learn(("path",), resource(call.path), resource(live.path))
        self._learn(("query",), dict(call.query), dict(live.query))
        self._learn((), call.request, live.body)

    def as_live(self, value: Any) -> Any:
        """Return a JSON value of the tape with every bound piece replaced by the live one.

        A piece is a whole text or a segment of a uri: a bound word of a sentence is chance.
        """
        if not self._live:
            return value
        if isinstance(value, dict):
            return {key: self.as_live(member) for key, member in value.items()}
        if isinstance(value, list):
            return [self.as_live(member) for member in value]
        if not isinstance(value, str):
            return value
        segments = value.split("/")
        return self._live.get(value) or "/".join(self._live.get(part, part) for part in segments)

    def _learn(self, path: Path, recorded: Any, live: Any) -> None:
        if isinstance(recorded, dict) and isinstance(live, dict):
            for key in recorded.keys() & live.keys():
                self._learn((*path, key), recorded[key], live[key])
        elif isinstance(recorded, list) and isinstance(live, list):
            for index, pair in enumerate(zip(recorded, live, strict=False)):
                self._learn((*path, index), *pair)
        elif isinstance(recorded, str) and isinstance(live, str) and recorded != live:
            for ours, theirs in self._counterparts(path, recorded, live) or ():
                self._bind(ours, theirs)

    def _bind(self, recorded: str, live: str) -> None:
        if recorded and recorded not in self._live:
            self._live[recorded], self._recorded[live] = live, recorded
