"""Groups differences into findings: one line for one cause, however often it shows.

The same field that is gone from 200 notifications is one finding, counted, with the first
place named. Different values at one path stay apart while they are few: two new states are two
findings, two hundred new texts are one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from conformance.judge.difference import ABSENT, Absent, Difference, Finding, Kind, Seen, Steps
from conformance.judge.steps import Prepared, Step, canonical
from conformance.reports.shorten import LINE, one_line, short
from tapestry.story.model import Call, Delivery

VARIETY = 4
"""How many different pairs of values at one path are told apart."""

_PLAIN = re.compile(r"[A-Za-z_$][\w$-]*\Z")
_ORDER = {kind: rank for rank, kind in enumerate(Kind)}

Family = tuple[Kind, Seen, str]


class Groups:
    """Collects differences by kind, path and shape, and words them."""

    def __init__(self, old: Prepared, new: Prepared, names: Mapping[str, str]) -> None:
        """Speak of events by the old story's names; ``names`` translates the new one's ids."""
        self._old = old
        self._new = new
        self._names = names

    def findings(
        self, differences: Iterable[Difference], kind_of: Callable[[Difference], Kind]
    ) -> tuple[Finding, ...]:
        """Return one finding a group: the gravest kind first, then in order of the first place."""
        families: dict[Family, dict[str, list[Difference]]] = {}
        for one in differences:
            family = (kind_of(one), one.seen, path_text(one))
            families.setdefault(family, {}).setdefault(_values(one), []).append(one)
        found: list[tuple[int, Finding]] = []
        for family, groups in families.items():
            told = list(groups.values())
            if len(told) > VARIETY:
                told = [[one for group in told for one in group]]
            for group in told:
                first = min(group, key=lambda one: one.step.event.n)
                found.append((first.step.event.n, self._finding(family, first, len(group))))
        found.sort(key=lambda placed: (_ORDER[placed[1].kind], placed[0]))
        return tuple(finding for _, finding in found)

    def _finding(self, family: Family, first: Difference, count: int) -> Finding:
        kind, seen, path = family
        old = self._value(first, first.old, self._old)
        new = self._value(first, first.new, self._new)
        where = self._where(first)
        message = _message(path, _told(seen, old, new), count, where)
        return Finding(kind, seen, path, old, new, count, where, message)

    def _value(self, difference: Difference, value: Any, side: Prepared) -> Any:
        """Return a value as it is to be shown: calls and interactions by their names."""
        if difference.seen is Seen.CAUSE and isinstance(value, int):
            cause = side.story.events[value - 1]
            return f"{cause.operation} (event {value})" if isinstance(cause, Call) else value
        if difference.path == ("interaction",):
            return self._alias(value, side)
        return value

    def _where(self, difference: Difference) -> str:
        step, other = difference.step, difference.counterpart
        is_old = difference.seen not in (Seen.EXTRA, Seen.DUPLICATED)
        subject = self._subject(step, self._old if is_old else self._new)
        events = f"event {step.event.n}" + ("" if is_old else " of the new")
        if other is not None and other.event.n != step.event.n:
            events += f", new {other.event.n}"
        return " ".join(filter(None, (step.event.agent, step.title, subject))) + f", {events}"

    def _subject(self, step: Step, side: Prepared) -> str:
        interaction = getattr(step.event, "interaction", None)
        return self._alias(interaction, side) if interaction else ""

    def _alias(self, interaction: str, side: Prepared) -> str:
        """Return an interaction of either story under the name that the old one gives it."""
        alias = side.aliases.named(interaction)
        return alias if side is self._old else self._names.get(alias, alias)


def path_text(difference: Difference) -> str:
    """Return the path of a difference as people and rules write it.

    What stands in a notification's data is written from there (``email.userData._AutoReplyCount``),
    what stands in a call behind the operation (``Accept.answer.statusCode``); a whole event is
    written ``delivery[StatusChange Processing]``. Entries of lists are all ``[*]``.
    """
    step, path = difference.step, difference.path
    if not path or path[0] in ("latency", "cause", "agent", "interaction"):
        return f"{step.stream}[{step.title}]" + _steps(path)
    if not isinstance(step.event, Delivery):
        return step.title + _steps(path)
    if path[0] == "data" and len(path) > 1 and path[1] != "channel":
        path = path[1:]
    return _steps(path).lstrip(".")


def _steps(path: Steps) -> str:
    return "".join(_step(step) for step in path)


def _step(step: str | int) -> str:
    if isinstance(step, int) or step.startswith("["):
        return "[*]"
    return f".{step}" if _PLAIN.match(step) else f"[{step!r}]"


def _values(difference: Difference) -> str:
    """Return what tells apart two differences of one family: their values, where few are usual."""
    is_entry = bool(difference.path) and str(difference.path[-1]).startswith("[")
    if difference.seen in (Seen.VALUE, Seen.TYPE) or is_entry:
        return canonical([_plain(difference.old), _plain(difference.new)])
    return ""


def _told(seen: Seen, old: Any, new: Any) -> str:
    if seen in (Seen.MISSING, Seen.EXTRA, Seen.DUPLICATED):
        return seen
    if seen is Seen.LATE:
        return f"{seen}, {old} ms → {new} ms"
    if isinstance(new, Absent):
        return f"{seen}, was {short(old)}"
    if isinstance(old, Absent):
        return f"{seen}, is {short(new)}"
    return f"{seen}, {short(old)} → {short(new)}"


def _message(path: str, told: str, count: int, where: str) -> str:
    """Put a finding on one line of at most 200 characters: path first, then both values."""
    times = f" × {count}, first" if count > 1 else ""  # noqa: RUF001 - times, not the letter
    room = LINE - len(told) - len(times) - 6
    path = one_line(path, max(room - min(len(where), 60), 20))
    head = f"{path}: {told}{times}"
    return one_line(f"{head} ({one_line(where, max(LINE - len(head) - 3, 1))})")


def _plain(value: Any) -> Any:
    return None if value is ABSENT else value
