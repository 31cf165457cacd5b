"""Explains why the tape has no answer to a live call.

"No match" without a reason is what hurts users of replay tools most. So a miss names one of four
causes and the nearest recorded calls, each with the fields in which it differs. What a live
client sent is shown only field by field, cut short, and never when the field's name says that it is
secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from heapq import nsmallest
from typing import Any

from tapestry.player.likeness import ABSENT, Difference, LiveCall, differences, resource
from tapestry.story.model import Call
from tapestry.tape.policy import Site, rule_for
from tapestry.tape.replacement import SECRETS

STATUS = 404
"""A desktop knows what to do with it, and 5xx would make many of them try again for ever."""

NOT_FOUND = 6
"""The statusCode for something that does not exist (GWS, Return Values)."""

NEAREST = 3
MAX_SHOWN = 80

_STEPS = re.compile(r"[.\[\]]+")


class Cause(StrEnum):
    """Why a call missed."""

    NO_SUCH_EXCHANGE = "no such exchange"
    ALREADY_USED = "already used"
    OUT_OF_ORDER = "out of order"
    WRONG_AGENT = "wrong agent"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A recorded call that is like the missed one, but for ``differences``."""

    call: Call
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Miss:
    """A live call that the tape does not answer.

    ``agent`` is whom the client plays, ``None`` while that is open; ``awaited`` are the recorded
    calls that come before an out of order one.
    """

    live: LiveCall
    agent: str | None
    cause: Cause
    candidates: tuple[Candidate, ...] = ()
    awaited: tuple[Call, ...] = ()


def nearest(live: LiveCall, calls: Iterable[Call]) -> tuple[Candidate, ...]:
    """Return the calls that differ from ``live`` least, one of each kind, nearest first."""
    kinds = {(call.method, call.path, json.dumps(call.request)): call for call in calls}
    found = (Candidate(call, differences(call, live)) for call in kinds.values())
    return tuple(nsmallest(NEAREST, found, key=lambda candidate: _distance(candidate, live)))


def answer(miss: Miss) -> dict[str, Any]:
    """Return the JSON body that the live client gets."""
    return {
        "statusCode": NOT_FOUND,
        "statusMessage": f"{miss.cause}: {_sentence(miss)}",
        "tapestry": {
            "cause": str(miss.cause),
            "agent": miss.agent,
            "method": miss.live.method,
            "path": miss.live.path,
            "awaited": [_reference(call) for call in miss.awaited],
            "nearest": [
                {**_reference(candidate.call), "differences": list(_shown(candidate))}
                for candidate in miss.candidates
            ],
        },
    }


def text(miss: Miss) -> str:
    """Return the miss for people: cause, sentence, nearest calls with their differences."""
    who = f" ({miss.agent})" if miss.agent else ""
    lines = [f"miss: {miss.cause}: {label(miss.live)}{who}", f"  {_sentence(miss)}"]
    for candidate in miss.candidates:
        lines.append(f"  nearest: {_name(candidate.call)}")
        lines += [f"    {_line(difference)}" for difference in _shown(candidate)]
    return "\n".join(lines)


def label(live: LiveCall) -> str:
    """Return a live call in one line: method, path and operation."""
    name = live.body.get("operationName") if isinstance(live.body, dict) else None
    operation = f" {_value(name)}" if isinstance(name, str) else ""
    return f"{live.method} {live.path}{operation}"


def recorded_label(call: Call) -> str:
    """Return a recorded call in one line, as :func:`label` does."""
    return label(LiveCall(call.method, call.path, call.query, call.request))


def _sentence(miss: Miss) -> str:
    match miss.cause:
        case Cause.NO_SUCH_EXCHANGE:
            return "the cassette has no such call"
        case Cause.ALREADY_USED:
            return "every such call on the cassette has been played, and it would change something"
        case Cause.OUT_OF_ORDER:
            before = ", ".join(_name(call) for call in miss.awaited[:NEAREST])
            return f"on the cassette this comes before it: {before}"
        case Cause.WRONG_AGENT:
            agents = ", ".join(dict.fromkeys(found.call.agent for found in miss.candidates))
            return f"on the cassette another agent makes this call: {agents}"


def _reference(call: Call) -> dict[str, Any]:
    return {
        "entry": call.entry + 1,
        "agent": call.agent,
        "method": call.method,
        "path": call.path,
        "operation": call.operation,
    }


def _name(call: Call) -> str:
    return f"entry {call.entry + 1}, {call.agent}: {recorded_label(call)}"


def _shown(candidate: Candidate) -> Iterator[dict[str, Any]]:
    """Yield the differences as JSON; a side that lacks the field has no member."""
    for difference in candidate.differences:
        sides = {"expected": difference.expected, "observed": difference.observed}
        secret = _is_secret(difference.path)
        yield {"path": difference.path} | {
            side: "***" if secret else _bounded(value)
            for side, value in sides.items()
            if value is not ABSENT
        }


def _is_secret(path: str) -> bool:
    """Tell whether any member along ``path`` is one whose value no recording would keep."""
    rules = (rule_for(Site.KEY, step) for step in _STEPS.split(path))
    return any(rule is not None and rule.kind in SECRETS for rule in rules)


def _line(difference: dict[str, Any]) -> str:
    expected = _value(difference["expected"]) if "expected" in difference else "nothing"
    observed = _value(difference["observed"]) if "observed" in difference else "nothing"
    return f"{difference['path']}: cassette has {expected}, call has {observed}"


def _bounded(value: Any) -> Any:
    """Return a value that is safe to show: short, and without what may hide inside a structure."""
    if isinstance(value, dict | list):
        return f"({'object' if isinstance(value, dict) else 'array'} of {len(value)})"
    if isinstance(value, str) and len(value) > MAX_SHOWN:
        return value[:MAX_SHOWN] + "…"
    return value


def _value(value: Any) -> str:
    return json.dumps(_bounded(value), ensure_ascii=False)


def _distance(candidate: Candidate, live: LiveCall) -> tuple[int, int, int]:
    """Order candidates: same resource first, then few other differences, then a similar path."""
    paths = {difference.path for difference in candidate.differences}
    ours, theirs = resource(live.path).split("/"), resource(candidate.call.path).split("/")
    unlike = sum(a != b for a, b in zip(ours, theirs, strict=False)) + abs(len(ours) - len(theirs))
    return ("path" in paths) + ("method" in paths), unlike, len(paths)
