"""A tape in the making: entries as a recorder would write them, with as few words as possible."""

from __future__ import annotations

from typing import Any

import pytest

from tapestry.catalogue import Catalogue, catalogue
from tapestry.story.derive import derive
from tapestry.story.model import Story
from tapestry.tape.model import (
    Body,
    BodyKind,
    Cassette,
    End,
    Entry,
    Exchange,
    Frame,
    Header,
    Headers,
    Query,
    Request,
    Response,
)

EMAILS = "/v2/me/emails"
COMETD = "/api/v2/notifications"


def body(value: Any) -> Body:
    if value is None:
        return Body()
    return Body(BodyKind.TEXT if isinstance(value, str) else BodyKind.JSON, value)


class Tape:
    """Collects entries; :meth:`story` derives what they tell with the shipped catalogue."""

    def __init__(self, known: Catalogue) -> None:
        self.known = known
        self.entries: list[Entry] = []

    def exchange(
        self,
        at: float,
        method: str,
        path: str,
        request: Any = None,
        answer: Any = None,
        *,
        status: int = 200,
        took: float = 5,
        agent: str | None = "agent#1",
        query: Query | None = None,
        headers: Headers = (),
        set_headers: Headers = (),
        connection: str = "c1",
        socket: str | None = None,
    ) -> Tape:
        asked = Request(method, path, query or {}, headers, body(request))
        answered = Response(status, set_headers, body(answer))
        self.entries.append(Exchange(at, took, asked, answered, agent, connection, socket))
        return self

    def bayeux(self, at: float, sent: Any, received: Any, **more: Any) -> Tape:
        return self.exchange(at, "POST", COMETD, sent, received, **more)

    def handshake(self, at: float, client: str = "client-1", **more: Any) -> Tape:
        reply = {"channel": "/meta/handshake", "clientId": client, "successful": True}
        return self.bayeux(at, [{"channel": "/meta/handshake", "version": "1.0"}], [reply], **more)

    def connect(self, at: float, *data: Any, client: str = "client-1", **more: Any) -> Tape:
        asked = {"channel": "/meta/connect", "clientId": client, "connectionType": "long-polling"}
        events = [{"channel": EMAILS, "data": each} for each in data]
        reply = {"channel": "/meta/connect", "successful": True}
        return self.bayeux(at, [asked], [*events, reply], **more)

    def operation(
        self, at: float, name: str, email: str, reference: int | None, **more: Any
    ) -> Tape:
        answer = {"statusCode": 0} | ({} if reference is None else {"referenceId": reference})
        path = f"/api/v2/me/emails/{email}"
        return self.exchange(at, "POST", path, {"operationName": name}, answer, **more)

    def frame(self, at: float, sender: Any, messages: Any, agent: str | None = None) -> Tape:
        self.entries.append(Frame(at, "w1", sender, body(messages), agent))
        return self

    def end(self, at: float, of: str, request: Request | None = None, **more: Any) -> Tape:
        self.entries.append(End(at, of, "client disconnected", request=request, **more))
        return self

    def cassette(self) -> Cassette:
        return Cassette(Header("2026-11-21T09:30:00.000Z"), tuple(self.entries))

    def story(self) -> Story:
        return derive(self.cassette(), self.known)


def status_change(email: str, state: str, reference: int | None = None, **more: Any) -> Any:
    data = {
        "messageType": "EmailStateChangeMessage",
        "notificationType": "StatusChange",
        "email": {"id": email, "state": state, **more},
    }
    return data if reference is None else data | {"referenceId": reference}


@pytest.fixture(scope="session")
def known() -> Catalogue:
    return catalogue()


@pytest.fixture
def tape(known: Catalogue) -> Tape:
    return Tape(known)


@pytest.fixture
def changed() -> Any:
    return status_change
