"""Hand-made stories and tapes, and a live side that performs stories on a virtual clock."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest

from tapestry.player.likeness import LiveCall
from tapestry.player.miss import Miss
from tapestry.player.performance import Play, Played
from tapestry.player.stage import Pace, Timing
from tapestry.story.model import Call, Delivery, Event, SessionEvent, Story
from tapestry.tape.body import body_of
from tapestry.tape.model import (
    EMPTY,
    Body,
    BodyKind,
    Cassette,
    Exchange,
    Header,
    Request,
    Response,
)

EMAILS = "/v2/me/emails"
ALICE, BOB = "agent#1", "agent#2"


class Telling:
    """Builds a story event by event; time goes on by 100 ms with each, an answer takes 20 ms."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.at = 0.0

    def session(self, agent: str = ALICE, session: str = "s1", action: str = "open") -> None:
        self._add(SessionEvent(self._next(), self.at, agent, session, action))

    def call(
        self,
        method: str,
        path: str,
        request: Any = None,
        answer: Any = None,
        agent: str = ALICE,
        *,
        about: str | None = None,
        query: dict[str, Any] | None = None,
        status: int = 200,
    ) -> int:
        n = self._next()
        body = {"statusCode": 0} if answer is None else answer
        name = request.get("operationName", method) if isinstance(request, dict) else method
        self._add(
            Call(
                n, self.at, 20.0, agent, name, method, path, status,
                query or {}, request, body, about, entry=n - 1,
            )
        )  # fmt: skip
        return n

    def get(self, path: str, answer: Any = None, agent: str = ALICE, **query: Any) -> int:
        return self.call("GET", path, None, answer, agent, query=query)

    def me(self, operation: str, agent: str = ALICE, **more: Any) -> int:
        return self.call("POST", "/api/v2/me", {"operationName": operation, **more}, agent=agent)

    def email(self, operation: str, email: str, agent: str = ALICE, **more: Any) -> int:
        answer = more.pop("answer", None)
        body = {"operationName": operation, **more}
        path = f"/api/v2/me/emails/{email}"
        return self.call("POST", path, body, answer, agent, about=email)

    def news(
        self,
        email: str,
        state: str,
        cause: int | None = None,
        agent: str = ALICE,
        session: str = "s1",
        *,
        before_answer: bool = False,
        channel: str = EMAILS,
        kind: str = "StatusChange",
    ) -> int:
        n = self._next()
        at = self.events[(cause or n) - 1].at + 10 if before_answer else self.at
        data = {"messageType": "EmailStateChangeMessage", "email": {"id": email, "state": state}}
        self._add(
            Delivery(n, at, agent, session, channel, data, data["messageType"], kind,
                     email, cause, entry=n - 1)
        )  # fmt: skip
        return n

    def story(self) -> Story:
        agents = dict.fromkeys(event.agent for event in self.events)
        sessions = dict.fromkeys(e.session for e in self.events if isinstance(e, Delivery))
        return Story(tuple(agents), tuple(sessions), tuple(self.events))

    def live(self, timing: Timing = Timing.CAUSAL, speed: float = 1.0, **options: Any) -> Live:
        return Live(Play(self.story(), Pace(timing, speed), **options))

    def _next(self) -> int:
        self.at += 100.0
        return len(self.events) + 1

    def _add(self, event: Event) -> None:
        self.events.append(event)


class Live:
    """Live clients on a virtual clock; what a session is told is kept as ``id state``."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.now = 1000.0
        self.heard: dict[str, list[str]] = {}

    def listen(self, who: str = "A", session: str = "S", *channels: str) -> None:
        self.play.opened(who, session, self.now)
        for channel in channels or (EMAILS,):
            self.play.subscribed(session, channel)
        self.settle()

    def ask(
        self, method: str, path: str, body: Any = None, who: str = "A", **query: Any
    ) -> Played | Miss:
        result = self.play.call(who, LiveCall(method, path, query, body), self.now)
        self.settle()
        return result

    def call(self, method: str, path: str, body: Any = None, who: str = "A", **query: Any) -> Any:
        """Make a call and take its answer: its body, or the miss."""
        result = self.ask(method, path, body, who, **query)
        if isinstance(result, Miss):
            return result
        self.play.answered(result, self.now)
        self.settle()
        return result.call.body

    def get(self, path: str, who: str = "A", **query: Any) -> Any:
        return self.call("GET", path, None, who, **query)

    def me(self, operation: str, who: str = "A", **more: Any) -> Any:
        return self.call("POST", "/api/v2/me", {"operationName": operation, **more}, who)

    def email(self, operation: str, email: str, who: str = "A", **more: Any) -> Any:
        path = f"/api/v2/me/emails/{email}"
        return self.call("POST", path, {"operationName": operation, **more}, who)

    def settle(self) -> None:
        for release in self.play.releases(self.now):
            email = release.delivery.data["email"]
            told = self.heard.setdefault(release.session, [])
            told.append(f"{email['id']} {email['state']}")

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.settle()

    def news(self, session: str = "S") -> list[str]:
        """Return what a session was told since this was last asked."""
        return self.heard.pop(session, [])


@pytest.fixture
def tape() -> Telling:
    return Telling()


@pytest.fixture
def workday() -> Telling:
    """One agent: start, ready, an invitation, accepted, transferred."""
    tape = Telling()
    tape.get("/api/v2/me", {"statusCode": 0, "user": {"userName": "alice"}})
    tape.session()
    tape.me("StartContactCenterSession")
    tape.get("/api/v2/me/emails", {"statusCode": 0, "emails": []}, fields="*")
    tape.me("Ready")
    tape.news("e1", "Invited")
    tape.news("e1", "Processing", tape.email("Accept", "e1"))
    tape.get(
        "/api/v2/me/emails", {"statusCode": 0, "emails": [{"id": "e1", "state": "X"}]}, fields="*"
    )
    tape.news("e1", "Revoked", tape.email("Transfer", "e1", queueName="billing"))
    tape.me("EndContactCenterSession")
    return tape


@pytest.fixture
def two_agents() -> Telling:
    """Alice transfers what she accepted; that invites Bob, who rejects, which invites Alice."""
    tape = Telling()
    for agent, session in ((ALICE, "s1"), (BOB, "s2")):
        tape.get("/api/v2/me", {"statusCode": 0, "user": {"userName": agent}}, agent)
        tape.session(agent, session)
        tape.me("StartContactCenterSession", agent)
        tape.me("Ready", agent)
    tape.news("e1", "Invited")
    tape.news("e1", "Processing", tape.email("Accept", "e1"))
    transfer = tape.email("Transfer", "e1", userUri="http://gws/api/v2/users/bob")
    tape.news("e1", "Revoked", transfer)
    tape.news("e1", "Invited", transfer, BOB, "s2")
    reject = tape.email("Reject", "e1", BOB)
    tape.news("e1", "Completed", reject, BOB, "s2")
    tape.news("e1", "Invited", reject)
    return tape


# Hand-made tapes.


class Taping:
    """Builds a cassette exchange by exchange; requests are 100 ms apart, answers take 20 ms."""

    def __init__(self, upstream: str = "http://gws.example:8090") -> None:
        self.upstream = upstream
        self.redaction: dict[str, Any] | None = None
        self.entries: list[Exchange] = []
        self.at = 0.0

    def exchange(
        self,
        method: str,
        path: str,
        request: Any = None,
        answer: Any = None,
        agent: str = ALICE,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        sent: dict[str, str] | None = None,
        query: dict[str, Any] | None = None,
        took: float = 20.0,
    ) -> None:
        self.at += 100.0
        asked = Request(method, path, query or {}, tuple((sent or {}).items()), as_body(request))
        given = Response(status, tuple((headers or {}).items()), as_body(answer))
        self.entries.append(Exchange(self.at, took, asked, given, agent))

    def bayeux(self, suffix: str, request: Any, *replies: Any, agent: str = ALICE) -> None:
        path = f"/api/v2/notifications{suffix}"
        self.exchange("POST", path, [request], list(replies), agent)

    def listen(self, agent: str = ALICE, client: str = "c1") -> None:
        """Shake hands and subscribe to emails."""
        hands = {"channel": "/meta/handshake"}
        self.bayeux("/handshake", hands, {**hands, "successful": True, "clientId": client},
                    agent=agent)  # fmt: skip
        wish = {"channel": "/meta/subscribe", "clientId": client, "subscription": EMAILS}
        self.bayeux("/", wish, {**wish, "successful": True}, agent=agent)

    def email(
        self, operation: str, email: str, agent: str = ALICE, *, reference: int, **more: Any
    ) -> None:
        answer = {"statusCode": 0, "referenceId": reference}
        body = {"operationName": operation, **more}
        self.exchange("POST", f"/api/v2/me/emails/{email}", body, answer, agent)

    def news(
        self,
        email: str,
        state: str,
        agent: str = ALICE,
        client: str = "c1",
        reference: int | None = None,
    ) -> None:
        """Answer a connect with one notification."""
        poll = {"channel": "/meta/connect", "clientId": client, "connectionType": "long-polling"}
        uri = f"{self.upstream}/api/v2/me/emails/{email}"
        data: dict[str, Any] = {
            "messageType": "EmailStateChangeMessage",
            "notificationType": "StatusChange",
            "email": {"id": email, "state": state, "uri": uri},
        }
        if reference is not None:
            data["referenceId"] = reference
        event = {"channel": EMAILS, "data": data}
        self.bayeux("/connect", poll, event, {**poll, "successful": True}, agent=agent)

    def cassette(self, *warnings: str) -> Cassette:
        header = Header("2026-11-21T09:30:00.000Z", self.upstream, redaction=self.redaction)
        return Cassette(header, tuple(self.entries), warnings)


def as_body(value: Any) -> Body:
    if isinstance(value, Body):
        return value
    if isinstance(value, bytes):
        return body_of(value)
    return EMPTY if value is None else Body(BodyKind.JSON, value)


EMAIL = "00012a9HEEG0325N"


@pytest.fixture
def taping() -> Taping:
    return Taping()


@pytest.fixture
def taped_day() -> Taping:
    """Alice: me, listen, start, ready, an invitation, Accept, Transfer to Bob, who gets it."""
    tape = Taping()
    users = {ALICE: "alice", BOB: "bob"}
    for agent, client in ((ALICE, "c1"), (BOB, "c2")):
        name = users[agent]
        uri = f"{tape.upstream}/api/v2/users/{name}"
        tape.exchange(
            "GET",
            "/api/v2/me",
            answer={"statusCode": 0, "user": {"userName": name, "uri": uri}},
            agent=agent,
            sent={"Host": "gws.example:8090"},
            headers={
                "Content-Type": "application/json;charset=UTF-8",
                "X-CSRF-HEADER": "X-CSRF-TOKEN",
                "X-CSRF-TOKEN": "token-0123456789abcdef",
                "Set-Cookie": "JSESSIONID=cookie-0123456789abcdef; Path=/",
                "Date": "Sat, 21 Nov 2026 09:30:00 GMT",
                "X-Kept": "yes",
            },
        )
        tape.listen(agent, client)
        for operation in ("StartContactCenterSession", "Ready"):
            body = {"operationName": operation}
            tape.exchange("POST", "/api/v2/me", body, {"statusCode": 0}, agent)
    tape.news(EMAIL, "Invited")
    tape.email("Accept", EMAIL, reference=11)
    tape.news(EMAIL, "Processing", reference=11)
    tape.email("Transfer", EMAIL, reference=12, userUri=f"{tape.upstream}/api/v2/users/bob")
    tape.news(EMAIL, "Processing", reference=12)
    tape.news(EMAIL, "Invited", BOB, "c2")
    tape.email("Accept", EMAIL, BOB, reference=13)
    tape.news(EMAIL, "Processing", BOB, "c2", reference=13)
    return tape


# A live client over ASGI, in memory.


class Browser:
    """A desktop's HTTP: keeps cookies, may send Basic credentials, polls when it is told to."""

    def __init__(self, app: Any, user: str | None = None, host: str = "player:1") -> None:
        self.app = app
        self.host = host
        self.user = user
        self.cookies: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        self.client_id = ""

    async def send(
        self, method: str, path: str, content: bytes = b"", peer: str = "127.0.0.1", **headers: str
    ) -> tuple[int, bytes]:
        """Make a request; return the status and the body. Response headers stay in ``headers``."""
        await self._ask(method, path, content, peer, **headers)
        return self.status, bytes(self.body)

    async def _ask(
        self, method: str, path: str, content: bytes = b"", peer: str = "127.0.0.1", **headers: str
    ) -> None:
        lines = {"host": self.host, "content-type": "application/json", **headers}
        if self.cookies:
            lines["cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        if self.user is not None:
            lines["authorization"] = basic(self.user)
        target, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": target,
            "raw_path": target.encode(),
            "query_string": query.encode(),
            "headers": [(k.encode(), v.encode()) for k, v in lines.items()],
            "scheme": "http",
            "client": (peer, 5),
        }
        parts = [{"type": "http.request", "body": content}]

        async def receive() -> Any:
            return parts.pop() if parts else await asyncio.Event().wait()

        self.status, self.body = 0, bytearray()
        await self.app(scope, receive, self._take)

    async def _take(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], {}
            for name, value in message["headers"]:
                self._header(name.decode().lower(), value.decode())
        else:
            self.body += message["body"]

    def _header(self, name: str, value: str) -> None:
        if name == "set-cookie":
            cookie, _, content = value.partition(";")[0].partition("=")
            self.cookies[cookie] = content
        self.headers[name] = value

    async def get(self, path: str) -> Any:
        return json.loads((await self.send("GET", path))[1])

    async def post(self, path: str, **body: Any) -> Any:
        return json.loads((await self.send("POST", path, json.dumps(body).encode()))[1])

    async def me(self, operation: str) -> Any:
        return await self.post("/api/v2/me", operationName=operation)

    async def email(self, operation: str, **more: Any) -> Any:
        return await self.post(f"/api/v2/me/emails/{EMAIL}", operationName=operation, **more)

    async def bayeux(self, suffix: str = "", **message: Any) -> list[Any]:
        if self.client_id:
            message["clientId"] = self.client_id
        path = f"/api/v2/notifications{suffix}"
        _, body = await self.send("POST", path, json.dumps([message]).encode())
        return list(json.loads(body))

    async def listen(self, channel: str = EMAILS) -> None:
        self.client_id = ""
        (reply,) = await self.bayeux(
            "/handshake",
            channel="/meta/handshake",
            version="1.0",
            supportedConnectionTypes=["long-polling"],
        )
        self.client_id = reply["clientId"]
        await self.bayeux(channel="/meta/subscribe", subscription=channel)

    async def poll(self) -> list[Any]:
        """Return the notifications that are waiting, without holding."""
        await asyncio.sleep(0)  # as a network would: what a reply sets off comes after it
        replies = await self.bayeux(
            "/connect",
            channel="/meta/connect",
            connectionType="long-polling",
            advice={"timeout": 0},
        )
        return [message["data"] for message in replies if "data" in message]

    async def news(self) -> list[str]:
        return [data["email"]["state"] for data in await self.poll()]


def basic(user: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{user}-pw".encode()).decode()


@pytest.fixture(name="browser")
def browser_class() -> type[Browser]:
    return Browser


@pytest.fixture(name="basic")
def basic_credentials() -> Any:
    return basic
