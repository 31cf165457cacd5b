"""The deck: which tape is recorded and which is played, by mode, and how that changes.

The addons in the path of the traffic ask it two things, ``recorder`` and ``player``; either may be
absent. A change of mode may take a while (processes start, files are finished), so it happens in
whatever thread asks for it and becomes visible to the traffic in one step.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from proxy_addons.handover import Handover
from proxy_addons.mode import Mode
from proxy_addons.plan import Plan
from proxy_addons.report import State
from proxy_addons.standin import StandIn
from tapestry.problems import Place, Problem

Tell = Callable[[str], None]
Flag = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class _Course:
    """What a mode comes to, given what exists."""

    records: bool = False
    plays: bool = False
    extends: bool = False
    replaces: bool = False


class Deck:
    """Holds the tapes of a proxy. Begins in passthrough."""

    def __init__(self, plan: Plan, tell: Tell, flag: Flag | None = None) -> None:
        """Record as ``plan`` says; its ``replace`` and ``extend`` are set by the mode."""
        self.mode = Mode.PASSTHROUGH
        self.recorder: Handover | None = None
        self.player: StandIn | None = None
        self.plan = plan
        self._tell = tell
        self._flag = flag
        self._open: Handover | None = None
        self._opened_for = Mode.PASSTHROUGH
        self._ended = State()
        self._changing = threading.Lock()

    @property
    def adds(self) -> bool:
        """Tell whether what the player lacks is passed on."""
        return self.player is not None and self.recorder is not None

    def change(self, mode: Mode) -> None:
        """Go over to ``mode``. Raises :class:`Problem`, and then passes everything through.

        From passthrough back to the mode that was left for it, the same recording goes on.
        """
        with self._changing:
            if mode is self.mode:
                return
            self.mode, self.recorder = Mode.PASSTHROUGH, None
            self._stop_playing()
            if mode is Mode.PASSTHROUGH:
                return
            course = self._resumed(mode) or self._begun(mode)
            if course.plays:
                self.player = StandIn(Path(self.plan.out), self._tell_miss(course))
            if course.records:
                self.recorder = self._open
            self.mode = mode

    def close(self) -> list[str]:
        """End everything; returns what was recorded and played, a line or more each."""
        with self._changing:
            self.mode, self.recorder = Mode.PASSTHROUGH, None
            told = [self.player.summary()] if self.player else []
            self._stop_playing()
            if self._open is not None:
                told.append(self._finish())
            return told

    def state(self) -> State:
        """Return how the recording stands, with what could not be handed over among the lost."""
        opened = self._open
        return replace(opened.state, lost=opened.lost) if opened else self._ended

    def _resumed(self, mode: Mode) -> _Course | None:
        if self._open is None or self._opened_for is not mode:
            return None
        return _Course(records=True, plays=mode is Mode.NEW_EPISODES)

    def _begun(self, mode: Mode) -> _Course:
        if self._open is not None:
            self._tell(self._finish())
        course = self._course(mode)
        if course.plays and (self.plan.split or self.plan.rotate):
            raise Problem(
                f"mode '{mode}' plays one file, and this recording is in several",
                where=Place(self.plan.out),
                remedy="use --mode all, or another --out, or leave out --split and --rotate",
            )
        if course.records:
            plan = replace(self.plan, extend=course.extends, replace=course.replaces)
            self._open, self._opened_for = Handover(plan, self._tell, self._flag), mode
        return course

    def _course(self, mode: Mode) -> _Course:
        exists = bool(self.plan.older())
        match mode:
            case Mode.NONE:
                return _Course(plays=True)
            case Mode.ONCE:
                return _Course(plays=True) if exists else _Course(records=True)
            case Mode.NEW_EPISODES:
                return _Course(records=True, plays=exists, extends=True)
            case _:
                return _Course(records=True, replaces=True)

    def _tell_miss(self, course: _Course) -> Tell:
        """Return who hears of misses: nobody when they are new episodes and no faults."""
        return (lambda message: None) if course.records else self._tell

    def _stop_playing(self) -> None:
        player, self.player = self.player, None
        if player is not None:
            player.close()

    def _finish(self) -> str:
        assert self._open is not None
        opened, self._open = self._open, None
        opened.close()
        self._ended = replace(opened.state, lost=opened.lost)
        return opened.summary
