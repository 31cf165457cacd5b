"""The record modes, in the words that VCR and its descendants have taught everyone."""

from __future__ import annotations

from enum import StrEnum

from tapestry.problems import Problem


class Mode(StrEnum):
    """What a recorder does with a call."""

    NONE = "none"
    ONCE = "once"
    NEW_EPISODES = "new_episodes"
    ALL = "all"
    PASSTHROUGH = "passthrough"


MEANING: dict[Mode, str] = {
    Mode.NONE: "play the cassette and nothing else; what it lacks is an error",
    Mode.ONCE: "record when the cassette does not exist yet, else as none (default)",
    Mode.NEW_EPISODES: "play the cassette, pass on and add what it lacks",
    Mode.ALL: "record and replace an older cassette",
    Mode.PASSTHROUGH: "pass traffic on and record nothing",
}


def mode_of(text: str) -> Mode:
    """Return the mode called ``text``. Raises :class:`Problem`."""
    try:
        return Mode(text.strip().lower().replace("-", "_"))
    except ValueError:
        raise Problem(f"not a mode: {text!r}", remedy=f"one of {', '.join(Mode)}") from None
