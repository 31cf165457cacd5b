"""Draws the story from a tape: calls, deliveries and sessions, in the order they could be known.

A cassette keeps wire facts in order of completion, and polls that hold for half a minute stand in
it beside calls of a few milliseconds. A story tells what happened to whom and when: a call at its
request, what an answer carried at the moment the answer was complete, a frame when it passed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from tapestry.bayeux.message import Message, is_meta
from tapestry.story.causes import Outcomes, with_causes
from tapestry.story.edited import edited
from tapestry.story.model import Call, Delivery, EndEvent, Event, SessionEvent, Story
from tapestry.story.sessions import Moment, Sessions
from tapestry.story.traffic import frame_messages, received_messages, sent_messages
from tapestry.story.who import Agents
from tapestry.tape.model import Body, BodyKind, Cassette, End, Exchange, Frame, Request

if TYPE_CHECKING:
    from tapestry.catalogue.model import Recognised

_ID_LIKE = re.compile(r"\d+$|(?=.*\d)[\w~-]{8,}$|[0-9a-f]{8}-[0-9a-f-]{27}$", re.IGNORECASE)


class Knowledge(Protocol):
    """What a story must be told of an API; the catalogue is one that answers."""

    def recognise(self, method: str, path: str, body: Any) -> Recognised | None:
        """Return the operation that a request asks for, ``None`` when none is documented."""


def derive(cassette: Cassette, knowledge: Knowledge) -> Story:
    """Return the story that ``cassette`` tells; ``knowledge`` is the catalogue of the API."""
    reader = _Reader(cassette, knowledge)
    for index, entry in enumerate(cassette.entries):
        match entry:
            case Exchange():
                reader.exchange(index, entry)
            case Frame():
                reader.frame(index, entry)
            case End():
                reader.end(index, entry)
    events, outcomes = reader.told()
    return Story(
        agents=_distinct(event.agent for event in events),
        sessions=_distinct(
            event.session
            for event in events
            if isinstance(event, SessionEvent | Delivery) and event.session
        ),
        events=with_causes(events, outcomes, edited(cassette.edges, events)),
    )


class _Reader:
    """Reads entries one by one; events wait, unnumbered, until all are known."""

    def __init__(self, cassette: Cassette, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._agents = Agents(entry.agent for entry in cassette.entries)
        self._sessions = Sessions()
        self._events: list[Event] = []
        self._recognised: dict[int, Recognised] = {}

    def exchange(self, index: int, entry: Exchange) -> None:
        sent, received = sent_messages(entry.request), received_messages(entry.response)
        agent = self._agents.of_exchange(entry)
        if sent is not None or any(is_meta(message["channel"]) for message in received):
            self._events += self._sessions.sent(sent or [], Moment(entry.at, agent, index))
            moment = Moment(entry.at + entry.took, agent, index)
            self._events += self._sessions.received(received, moment, _client_id(sent or []))
        elif entry.response.status != 101:
            self._events.append(self._call(index, entry, agent))

    def frame(self, index: int, entry: Frame) -> None:
        agent = self._agents.of_frame(entry)
        messages, moment = frame_messages(entry.body), Moment(entry.at, agent, index)
        if entry.sender == "client":
            self._events += self._sessions.sent(messages, moment, entry.socket)
        else:
            self._events += self._sessions.received(messages, moment, None, entry.socket)

    def end(self, index: int, entry: End) -> None:
        request = entry.request
        agent = self._agents.of_end(entry.of, request, entry.agent)
        event = EndEvent(
            0, entry.at + (entry.took or 0), agent, entry.of, entry.reason, entry=index
        )
        if request is not None:
            event = replace(event, method=request.method, path=request.path)
            if sent_messages(request) is None:
                _, operation, interaction = self._recognise(request)
                event = replace(
                    event,
                    operation=operation,
                    interaction=interaction,
                    took=entry.took or 0.0,
                    query=request.query,
                    request=_value(request.body),
                )
        self._events.append(event)

    def _call(self, index: int, entry: Exchange, agent: str) -> Call:
        request, answer = entry.request, entry.response.body
        recognised, operation, interaction = self._recognise(request)
        if recognised is not None:
            self._recognised[index] = recognised
        call = Call(
            n=0,
            at=entry.at,
            took=entry.took,
            agent=agent,
            operation=operation,
            method=request.method,
            path=request.path,
            status=entry.response.status,
            query=request.query,
            request=_value(request.body),
            body=None if answer.source else _value(answer),
            interaction=interaction,
            reference=_reference(answer),
            entry=index,
        )
        return call.answering(lambda: answer.value) if answer.source else call

    def _recognise(self, request: Request) -> tuple[Recognised | None, str, str | None]:
        """Return what the catalogue knows of a request, its operation and its interaction."""
        body = _value(request.body)
        recognised = self._knowledge.recognise(request.method, request.path, body)
        if recognised is not None:
            named = recognised.params.items()
            ids = [value for name, value in named if name.lower().endswith("id")]
            return recognised, recognised.operation.name, next(iter(ids), None) or _body_id(body)
        ids = [segment for segment in request.path.split("/") if _ID_LIKE.match(segment)]
        operation = f"{request.method} {path_template(request.path)}"
        return None, operation, next(iter(ids), None) or _body_id(body)

    def told(self) -> tuple[list[Event], Outcomes]:
        """Return the events in order and numbered, and what each call may cause."""
        # At equal times a call comes first: what it caused cannot have been known before it.
        ordered = sorted(self._events, key=lambda event: (event.at, not isinstance(event, Call)))
        names: dict[str, str] = {"": ""}
        events: list[Event] = []
        outcomes: Outcomes = {}
        for n, event in enumerate(ordered, start=1):
            if isinstance(event, SessionEvent | Delivery):
                key = self._sessions.key_of(event.session)
                name = names.setdefault(key, f"session#{len(names)}")
                events.append(replace(event, n=n, session=name))
            else:
                object.__setattr__(event, "n", n)  # nobody else has seen it yet
                events.append(event)
                if isinstance(event, Call) and event.entry in self._recognised:
                    outcomes[n] = self._recognised[event.entry].operation.outcomes
        return events, outcomes


def path_template(path: str) -> str:
    """Return ``path`` with every segment that looks like an id replaced by ``{id}``."""
    return "/".join("{id}" if _ID_LIKE.match(part) else part for part in path.split("/"))


def _client_id(messages: Iterable[Message]) -> str | None:
    named = (message.get("clientId") for message in messages)
    return next((client for client in named if isinstance(client, str)), None)


def _value(body: Body) -> Any:
    return None if body.kind is BodyKind.EMPTY else body.value


def _body_id(body: Any) -> str | None:
    given = body.get("id") if isinstance(body, dict) else None
    return given if isinstance(given, str) else None


def _reference(body: Body) -> int | None:
    answer = body.json if body.mentions("referenceId") else None
    number = answer.get("referenceId") if isinstance(answer, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
