"""What became of a cassette in a play: used, unused, missed, and what the user ought to know.

An unused entry may mean that the desktop no longer makes a call that it used to make; a play that
ends without a word would hide that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tapestry.player.casting import Casting
from tapestry.player.miss import Cause, recorded_label
from tapestry.story.model import Call, Delivery

MAX_LISTED = 20


@dataclass(frozen=True, slots=True)
class Summary:
    """The state of a play: recorded calls and deliveries that took part and that did not.

    ``missed`` counts live calls without an answer by cause and label.
    """

    used: tuple[Call, ...]
    unused: tuple[Call, ...]
    delivered: int
    undelivered: tuple[Delivery, ...]
    missed: Mapping[tuple[Cause, str], int]
    castings: tuple[Casting, ...]
    warnings: tuple[str, ...]

    @property
    def misses(self) -> int:
        """Return how many live calls got no answer from the tape."""
        return sum(self.missed.values())


def as_json(summary: Summary) -> dict[str, Any]:
    """Return the summary for programs."""
    return {
        "calls": {
            "used": len(summary.used),
            "unused": [_call(call) for call in summary.unused],
        },
        "deliveries": {
            "released": summary.delivered,
            "waiting": [_delivery(delivery) for delivery in summary.undelivered],
        },
        "misses": [
            {"cause": str(cause), "call": label, "count": count}
            for (cause, label), count in summary.missed.items()
        ],
        "agents": [
            {"client": str(casting.who), "agent": casting.agent, "how": str(casting.how)}
            for casting in summary.castings
        ],
        "warnings": list(summary.warnings),
    }


def as_text(summary: Summary) -> str:
    """Return the summary for people: one line of counts, then what calls for attention."""
    calls = len(summary.used) + len(summary.unused)
    deliveries = summary.delivered + len(summary.undelivered)
    lines = [
        f"replayed {len(summary.used)} of {calls} recorded calls and {summary.delivered} of "
        f"{deliveries} deliveries; {summary.misses} missed"
    ]
    lines += _listed("unused", [_told_call(call) for call in summary.unused])
    lines += _listed("not released", [_told_delivery(d) for d in summary.undelivered])
    missed = (f"{cause}: {label} ({n} times)" for (cause, label), n in summary.missed.items())
    lines += _listed("missed", list(missed))
    lines += _listed("warning", list(summary.warnings))
    return "\n".join(lines)


def _listed(title: str, items: list[str]) -> list[str]:
    more = len(items) - MAX_LISTED
    rest = [f"  {title}: and {more} more"] if more > 0 else []
    return [f"  {title}: {item}" for item in items[:MAX_LISTED]] + rest


def _call(call: Call) -> dict[str, Any]:
    return {"entry": call.entry + 1, "agent": call.agent, "call": recorded_label(call)}


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "entry": delivery.entry + 1,
        "agent": delivery.agent,
        "channel": delivery.channel,
        "messageType": delivery.message_type,
    }


def _told_call(call: Call) -> str:
    return f"entry {call.entry + 1}, {call.agent}: {recorded_label(call)}"


def _told_delivery(delivery: Delivery) -> str:
    what = delivery.message_type or "message"
    return f"entry {delivery.entry + 1}, {delivery.agent}: {what} on {delivery.channel}"
