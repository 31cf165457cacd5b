"""Tells the events of a run as the moments of a time line, one line for each.

Pure, and the only place where events become words; reports show the moments beside the checks.
"""

from __future__ import annotations

from typing import Any

from conformance.model import Moment, Outcome
from conformance.runner.events import (
    Arrived,
    Called,
    Event,
    Provisioned,
    ScenarioStarted,
    SessionChanged,
    StepEnded,
)


class Timeline:
    """Collects events; ``moments`` are in order of scenario start, then of time."""

    def __init__(self) -> None:
        """Start empty."""
        self._moments: dict[str, list[Moment]] = {}
        self._began: dict[str, float] = {}

    def __call__(self, event: Event) -> None:
        """Take note of an event."""
        if isinstance(event, ScenarioStarted):
            self._began[event.scenario] = event.at
            self._moments[event.scenario] = []
        scenario = getattr(event, "scenario", None)
        told = tell(event)
        if scenario is None or told is None or scenario not in self._began:
            return
        title, agent, detail = told
        at = round((event.at - self._began[scenario]) * 1000, 1)
        self._moments[scenario].append(Moment(scenario, at, title, agent, detail))

    @property
    def moments(self) -> tuple[Moment, ...]:
        """Return all moments so far."""
        return tuple(
            moment
            for moments in self._moments.values()
            for moment in sorted(moments, key=lambda one: one.at)
        )


def tell(event: Event) -> tuple[str, str | None, Any] | None:
    """Return title, agent and detail of an event, ``None`` when it is nothing to tell."""
    match event:
        case SessionChanged(_, _, agent, what, detail):
            return what, agent, detail
        case Provisioned(_, _, _, subject, agent, _):
            return f"an email comes in: {subject}", agent, None
        case Called():
            return _tell_call(event)
        case Arrived(_, _, agent, channel, data):
            return f"← {in_words(data)} on {channel}", agent, data
        case StepEnded(_, _, step, kind, outcome, message) if outcome is not Outcome.PASS:
            reason = f": {message}" if message else ""
            return f"{kind} {step}: {outcome}{reason}", None, None
    return None


def _tell_call(event: Called) -> tuple[str, str, Any]:
    status = "no answer" if event.status is None else f"HTTP {event.status}"
    name = event.request.get("operationName") if isinstance(event.request, dict) else None
    what = f"{name} " if isinstance(name, str) else ""
    title = f"→ {what}{event.method} {event.path}: {status} after {event.took * 1000:.0f} ms"
    return title, event.agent, {"request": event.request, "answer": event.answer}


def in_words(data: Any) -> str:
    """Return what kind of notification this is: message type, notification type and state."""
    if not isinstance(data, dict):
        return "a notification without data"
    words = [data.get("messageType"), data.get("notificationType")]
    email = data.get("email")
    if isinstance(email, dict):
        words.append(email.get("state"))
    return " ".join(str(word) for word in words if word) or "a notification"
