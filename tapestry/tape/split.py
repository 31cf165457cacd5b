"""One file an agent: hands each entry to the tape of whoever it belongs to.

For ``day.yaml`` the tape of ``agent#2`` is ``day.agent-2.yaml``; what belongs to nobody that is
known goes to ``day.unknown.yaml``. A file begins with its agent's first entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from tapestry.problems import Problem
from tapestry.tape.model import Entry

UNKNOWN = "unknown"


class Part(Protocol):
    """The tape of one agent."""

    @property
    def written(self) -> int:
        """Return how many entries it holds."""

    @property
    def lost(self) -> int:
        """Return how many entries could not be written."""

    @property
    def size(self) -> int:
        """Return its bytes."""

    def append(self, entry: Entry) -> None:
        """Write ``entry``."""

    def tick(self, now: float) -> None:
        """Do what is due at ``now``."""

    def close(self, *, rewrite: bool = True) -> None:
        """End the tape."""


class Split:
    """A sink with a tape for each agent."""

    def __init__(
        self,
        path: Path,
        open_part: Callable[[Path], Part],
        on_failure: Callable[[str], None] = lambda message: None,
    ) -> None:
        """Open tapes with ``open_part``, which may raise :class:`Problem`, when they are needed."""
        self.path = path
        self._open_part = open_part
        self._on_failure = on_failure
        self._parts: dict[str, Part | None] = {}
        self._unwritten = 0

    @property
    def written(self) -> int:
        """Return how many entries all tapes hold."""
        return sum(part.written for part in self._open())

    @property
    def lost(self) -> int:
        """Return how many entries could not be written."""
        return self._unwritten + sum(part.lost for part in self._open())

    @property
    def size(self) -> int:
        """Return the bytes of all tapes."""
        return sum(part.size for part in self._open())

    def append(self, entry: Entry) -> None:
        """Write ``entry`` to its agent's tape."""
        agent = entry.agent or UNKNOWN
        if agent not in self._parts:
            self._parts[agent] = self._begin(agent_path(self.path, entry.agent))
        part = self._parts[agent]
        if part is None:
            self._unwritten += 1
        else:
            part.append(entry)

    def tick(self, now: float) -> None:
        """Pass the time on to all tapes."""
        for part in self._open():
            part.tick(now)

    def close(self, *, rewrite: bool = True) -> None:
        """End all tapes."""
        for part in self._open():
            part.close(rewrite=rewrite)

    def _begin(self, path: Path) -> Part | None:
        try:
            return self._open_part(path)
        except Problem as problem:
            self._on_failure(str(problem))
            return None

    def _open(self) -> list[Part]:
        return [part for part in self._parts.values() if part is not None]


def agent_path(path: Path, agent: str | None) -> Path:
    """Return the file of ``agent`` within the recording ``path``."""
    name = (agent or UNKNOWN).replace("#", "-")
    return path.with_name(f"{path.stem}.{name}{path.suffix}")


def agent_files(path: Path) -> list[Path]:
    """Return the agents' files of the recording ``path`` that exist, rotated ones too."""
    stem, suffix = re.escape(path.stem), re.escape(path.suffix)
    name = re.compile(rf"{stem}\.(?:agent-\d+|{UNKNOWN})(?:-\d{{4,}})?{suffix}")
    return sorted(found for found in path.parent.iterdir() if name.fullmatch(found.name))
