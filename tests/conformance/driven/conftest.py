"""A small tape made by hand: alice is invited, accepts and transfers to bob, who accepts."""

from collections.abc import Callable
from typing import Any

import pytest

from tapestry.tape.model import Body, BodyKind, Cassette, Exchange, Header, Request, Response

HOST = "http://10.0.0.1:8080"
TOPIC = "/v2/me/emails"
IDS = {"agent#1": "a1a1a1a1a1a1a1a1", "agent#2": "b2b2b2b2b2b2b2b2"}
EMAIL = "00012aRECORDED01"


def an_exchange(
    at: float, agent: str, line: str, sent: Any, got: Any, status: int = 200
) -> Exchange:
    method, path = line.split(" ")
    body = Body() if sent is None else Body(BodyKind.JSON, sent)
    return Exchange(
        at,
        5.0,
        Request(method, path, body=body),
        Response(status, body=Body(BodyKind.JSON, got)),
        agent,
    )


def comet(at: float, agent: str, sent: Any, *got: Any) -> Exchange:
    return an_exchange(at, agent, "POST /api/v2/notifications", [sent], list(got))


def told(at: float, agent: str, state: str, reference: int | None = None) -> Exchange:
    """Return a poll that brings one notification about the email."""
    data = {
        "messageType": "EmailStateChangeMessage",
        "notificationType": "StatusChange",
        "email": {
            "id": EMAIL,
            "state": state,
            "subject": "Qwx yzzzz",
            "from": "abc@def.example.com",
            "uri": f"{HOST}/api/v2/email/{EMAIL}",
        },
    }
    if reference is not None:
        data["referenceId"] = reference
    poll = {"channel": "/meta/connect", "clientId": f"client-{agent}"}
    return comet(at, agent, poll, {"channel": TOPIC, "data": data})


def entry(at: float, agent: str) -> list[Exchange]:
    """Return how an agent arrives: user, session, subscription, start."""
    client = f"client-{agent}"
    user = {"id": IDS[agent], "userName": "xyz", "uri": f"{HOST}/api/v2/users/{IDS[agent]}"}
    start = {"operationName": "StartContactCenterSession", "channels": ["email"]}
    shake = {"channel": "/meta/handshake"}
    subscribe = {"channel": "/meta/subscribe", "clientId": client, "subscription": TOPIC}
    return [
        an_exchange(at, agent, "GET /api/v2/me", None, {"statusCode": 0, "user": user}),
        comet(at + 10, agent, shake, {**shake, "successful": True, "clientId": client}),
        comet(at + 20, agent, subscribe, {**subscribe, "successful": True}),
        an_exchange(at + 30, agent, "POST /api/v2/me", start, {"statusCode": 0}),
    ]


def act(at: float, agent: str, name: str, reference: int, **rest: Any) -> Exchange:
    sent = {"operationName": name, **rest}
    got = {"statusCode": 0, "referenceId": reference}
    return an_exchange(at, agent, f"POST /api/v2/me/emails/{EMAIL}", sent, got)


def tape(*entries: Exchange) -> Cassette:
    return Cassette(Header("2026-11-21T09:30:00.000Z"), tuple(entries))


@pytest.fixture
def build() -> Callable[..., Cassette]:
    return tape


@pytest.fixture
def exchange() -> Callable[..., Exchange]:
    return an_exchange


@pytest.fixture
def day() -> Cassette:
    colleague = f"{HOST}/api/v2/users/{IDS['agent#2']}"
    return tape(
        *entry(0, "agent#1"),
        *entry(100, "agent#2"),
        told(200, "agent#1", "Invited"),
        told(305, "agent#1", "Processing", 41),  # known before the answer of its own call
        act(300, "agent#1", "Accept", 41),
        act(400, "agent#1", "Transfer", 42, userUri=colleague),
        told(410, "agent#1", "Processing", 42),
        told(420, "agent#2", "Invited"),
        act(500, "agent#2", "Accept", 43),
        told(510, "agent#2", "Processing", 43),
    )
