"""A day at the desk in a few words: stories to compare, built event by event."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.judge.diff import compare_stories
from tapestry.catalogue import catalogue
from tapestry.story.model import Call, Delivery, EndEvent, Event, Rule, SessionEvent, Story

EMAILS = "/v2/me/emails"


class Day:
    """Collects events; a delivery names its cause by the key of a call."""

    def __init__(self) -> None:
        self.events: list[tuple[Event, str | None]] = []
        self.keys: dict[str, int] = {}

    def add(self, event: Event, cause: str | None = None) -> Day:
        self.events.append((event, cause))
        return self

    def call(
        self,
        key: str,
        operation: str,
        email: str | None = None,
        *,
        at: float | None = None,
        agent: str = "agent#1",
        reference: Any = None,
        took: float = 10,
        method: str = "POST",
        path: str = "",
        status: int = 200,
        request: Any = None,
        answer: Any = None,
    ) -> Day:
        body = {"statusCode": 0} | ({} if reference is None else {"referenceId": reference})
        self.keys[key] = len(self.events) + 1
        return self.add(
            Call(
                n=0,
                at=self._time(at),
                took=took,
                agent=agent,
                operation=operation,
                method=method,
                path=path or (f"/api/v2/me/emails/{email}" if email else "/api/v2/me"),
                status=status,
                request={"operationName": operation} | (request or {}),
                body=body if answer is None else answer,
                interaction=email,
                reference=reference,
            )
        )

    def change(
        self,
        email: str,
        state: str,
        *,
        at: float | None = None,
        agent: str = "agent#1",
        cause: str | None = None,
        rule: Rule = Rule.REFERENCE,
        ambiguous: bool = False,
        reference: Any = None,
        channel: str = EMAILS,
        **more: Any,
    ) -> Day:
        data = {
            "messageType": "EmailStateChangeMessage",
            "notificationType": "StatusChange",
            "email": {"id": email, "state": state, **more},
        }
        data |= {} if reference is None else {"referenceId": reference}
        return self.deliver(
            data, at, agent, cause, email, rule=rule, ambiguous=ambiguous, channel=channel
        )

    def deliver(
        self,
        data: Any,
        at: float | None = None,
        agent: str = "agent#1",
        cause: str | None = None,
        email: str | None = None,
        *,
        rule: Rule = Rule.REFERENCE,
        ambiguous: bool = False,
        channel: str = EMAILS,
    ) -> Day:
        delivery = Delivery(
            n=0,
            at=self._time(at),
            agent=agent,
            session=f"session of {agent}",
            channel=channel,
            data=data,
            message_type=data.get("messageType"),
            notification_type=data.get("notificationType"),
            interaction=email,
            rule=rule if cause else None,
            ambiguous=ambiguous,
        )
        return self.add(delivery, cause)

    def session(self, action: str, channel: str | None = None, *, successful: bool = True) -> Day:
        at = self._time(None)
        return self.add(SessionEvent(0, at, "agent#1", "s", action, channel, successful))

    def cut(self, operation: str | None, email: str | None = None) -> Day:
        at, path = self._time(None), f"/api/v2/me/emails/{email}"
        return self.add(EndEvent(0, at, "agent#1", "c1", "reset", "POST", path, operation, email))

    def story(self) -> Story:
        events = [
            replace(event, n=n, cause=self.keys[cause])
            if cause is not None and isinstance(event, Delivery)
            else replace(event, n=n)
            for n, (event, cause) in enumerate(self.events, start=1)
        ]
        agents = tuple(dict.fromkeys(event.agent for event in events))
        return Story(agents, (), tuple(events))

    def _time(self, at: float | None) -> float:
        return 100.0 * len(self.events) if at is None else at


@pytest.fixture(scope="session")
def day():
    return Day


@pytest.fixture(scope="session")
def compare():
    """Compare two days under the shipped catalogue; returns the findings."""
    known = catalogue()

    def compared(old, new, patience=None, *, redacted=False):
        stories = (each.story() if isinstance(each, Day) else each for each in (old, new))
        return compare_stories(*stories, known, patience, redacted=redacted).findings

    return compared


@pytest.fixture(scope="session")
def told(compare):
    """Return the findings as short tuples: kind, what was seen, path."""

    def tuples(old, new):
        return [(f.kind.value, f.seen.value, f.path) for f in compare(old, new)]

    return tuples
