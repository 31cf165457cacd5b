"""Gathers what passed between agents and a server: the calls, and what was told of them.

One gatherer for both sources, a run of scenarios and a cassette, so that the two are counted alike.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from conformance.runner.events import Arrived, Called, Event
from tapestry.catalogue import Catalogue
from tapestry.catalogue.model import MessageType, Operation
from tapestry.catalogue.routes import Route
from tapestry.story.model import Call, Delivery, Story


@dataclass(frozen=True, slots=True)
class SeenCall:
    """One documented call: ``scope`` is the scenario or cassette, ``query`` what its path names."""

    scope: str
    agent: str
    operation: Operation
    request: Any
    query: frozenset[str]
    status: int
    answer: Any

    @property
    def succeeded(self) -> bool:
        """Tell whether the server took it on."""
        code = self.answer.get("statusCode", 0) if isinstance(self.answer, dict) else 0
        return self.status < 400 and code in (0, 7)


@dataclass(frozen=True, slots=True)
class SeenMessage:
    """One documented notification and the schema that it has."""

    scope: str
    agent: str
    message: MessageType
    data: Any

    @property
    def notification_type(self) -> str | None:
        """Return the notification type, where the message has one."""
        value = self.data.get("notificationType")
        return value if isinstance(value, str) else None

    @property
    def schema(self) -> str:
        """Return the schema of the message."""
        return self.message.notification_types.get(
            self.notification_type or "", self.message.schema
        )

    @property
    def state(self) -> Any:
        """Return the state that the interaction shows, ``None`` when it shows none."""
        found: Any = self.data
        for step in self.message.state:
            found = found.get(step) if isinstance(found, dict) else None
        return found if self.message.state else None


@dataclass(slots=True)
class Seen:
    """All that was seen; feed it with events of a run and with stories.

    ``undispatched`` are bodies on a documented route that ask for none of its operations.
    """

    known: Catalogue
    calls: list[SeenCall] = field(default_factory=list)
    messages: list[SeenMessage] = field(default_factory=list)
    undispatched: list[tuple[Route, Any]] = field(default_factory=list)
    requirements: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def event(self, event: Event) -> None:
        """Take an event of a run."""
        if isinstance(event, Called) and event.status is not None:
            path, _, query = event.path.partition("?")
            names = frozenset(pair.partition("=")[0] for pair in query.split("&") if pair)
            sent = (event.method, path, names, event.request)
            self._call(event.scenario, event.agent, sent, event.status, event.answer)
        elif isinstance(event, Arrived):
            self._message(event.scenario, event.agent, event.channel, event.data)

    def story(self, name: str, story: Story) -> None:
        """Take everything that a cassette tells."""
        for event in story.events:
            if isinstance(event, Call):
                sent = (event.method, event.path, frozenset(event.query), event.request)
                self._call(name, event.agent, sent, event.status, event.body)
            elif isinstance(event, Delivery):
                self._message(name, event.agent, event.channel, event.data)

    def _call(
        self,
        scope: str,
        agent: str,
        sent: tuple[str, str, frozenset[str], Any],
        status: int,
        answer: Any,
    ) -> None:
        method, path, query, request = sent
        found = self.known.recognise(method, path, request)
        if found is not None:
            call = SeenCall(scope, agent, found.operation, request, query, status, answer)
            self.calls.append(call)
        elif (route := self.known.route(method, path)) is not None:
            self.undispatched.append((route, request))

    def _message(self, scope: str, agent: str, channel: str, data: Any) -> None:
        found = self.known.message_type(channel, data)
        if found is not None:
            self.messages.append(SeenMessage(scope, agent, found, data))
