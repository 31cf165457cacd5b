"""The story as JSON: what ``show --format json`` prints, a contract with other programs."""

from __future__ import annotations

from typing import Any

from tapestry.story.model import Call, Delivery, EndEvent, Event, SessionEvent, Story


def story_json(story: Story) -> dict[str, Any]:
    """Return ``{"agents": [...], "sessions": [...], "events": [...]}``.

    Every event has ``n``, ``at`` (ms), ``agent`` and ``kind``: ``session``, ``call``, ``delivery``
    or ``end``. A delivery's ``cause`` is the ``n`` of a call, or null when it is unsolicited.
    """
    return {
        "agents": list(story.agents),
        "sessions": list(story.sessions),
        "events": [event_json(event) for event in story.events],
    }


def event_json(event: Event) -> dict[str, Any]:
    """Return one event as it stands in the contract."""
    kind, members = _members(event)
    return {"n": event.n, "at": round(event.at, 3), "agent": event.agent, "kind": kind, **members}


def _members(event: Event) -> tuple[str, dict[str, Any]]:
    match event:
        case Call():
            return "call", {
                "operation": event.operation,
                "method": event.method,
                "path": event.path,
                "query": dict(event.query),
                "status": event.status,
                "took": round(event.took, 3),
                "interaction": event.interaction,
                "reference": event.reference,
                "request": event.request,
                "body": event.body,
            }
        case Delivery():
            return "delivery", {
                "session": event.session,
                "channel": event.channel,
                "messageType": event.message_type,
                "notificationType": event.notification_type,
                "interaction": event.interaction,
                "cause": event.cause,
                "rule": event.rule.value if event.rule else None,
                "ambiguous": event.ambiguous,
                "data": event.data,
            }
        case SessionEvent():
            return "session", {
                "session": event.session or None,
                "action": event.action,
                "channel": event.channel,
                "successful": event.successful,
            }
        case EndEvent():
            return "end", {
                "of": event.of,
                "reason": event.reason,
                "method": event.method,
                "path": event.path,
                "operation": event.operation,
            }
