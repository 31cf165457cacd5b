"""The HTTP binding against real servers on loopback: our endpoint, and some that misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from tapestry.bayeux.asgi import BayeuxEndpoint
from tapestry.bayeux.client import (
    ClientEvent,
    ClientSettings,
    Connected,
    ConnectFailed,
    Delivered,
    Disconnected,
    Handshaken,
    Subscribed,
)
from tapestry.bayeux.http_client import BayeuxFailure, CometdClient, endpoint
from tapestry.bayeux.outstanding import Post
from tapestry.bayeux.server import BayeuxServer
from tapestry.bayeux.settings import ServerSettings
from tapestry.serving import App, Receive, Scope, Send, serving

PATH = "/api/v2/notifications"
TOPIC = "/v2/me/emails"


class Endpoint:
    """Our own endpoint, noting the requests it gets, to be told things from the test's thread."""

    def __init__(self, settings: ServerSettings | None = None) -> None:
        self.bayeux = BayeuxEndpoint(BayeuxServer(settings or ServerSettings()))
        self.paths: list[str] = []
        self.headers: list[dict[bytes, bytes]] = []
        self.loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.loop = asyncio.get_running_loop()
        self.paths.append(scope["path"])
        self.headers.append(dict(scope["headers"]))
        await self.bayeux(scope, receive, send)

    async def tell(self, act: Callable[[], None]) -> None:
        """Run ``act`` on the server's loop and wait until it is done."""
        assert self.loop is not None

        async def run() -> None:
            act()

        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(run(), self.loop))


@contextmanager
def served(endpoint: Endpoint) -> Iterator[str]:
    def release() -> None:
        if endpoint.loop is not None:
            endpoint.bayeux.close()

    with serving(endpoint, before_stop=release) as base:
        yield base + PATH


@dataclass
class Ear:
    """Keeps every event and lets a test wait for one of a kind."""

    events: list[ClientEvent] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, event: ClientEvent) -> None:
        self.events.append(event)
        self.changed.set()

    def of(self, *kinds: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kinds)]

    async def wait(self, kind: type, count: int = 1) -> Any:
        async with asyncio.timeout(10):
            while len(self.of(kind)) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.of(kind)[count - 1]


@asynccontextmanager
async def client_of(url: str, **options: Any) -> AsyncIterator[tuple[CometdClient, Ear]]:
    ear = Ear()
    jar = aiohttp.CookieJar(unsafe=True)
    async with (
        aiohttp.ClientSession(cookie_jar=jar) as http,
        CometdClient(url, http=http, on_event=ear, **options) as client,
    ):
        yield client, ear


async def test_a_session_from_handshake_to_disconnect() -> None:
    server = Endpoint()
    with served(server) as url:
        async with client_of(url, headers=lambda: {"X-CSRF-TOKEN": "t"}) as (client, ear):
            client_id = await client.handshake()
            assert client.client_id == client_id
            assert client.connected
            await client.subscribe(TOPIC)
            await server.tell(lambda: server.bayeux.publish(TOPIC, {"n": 1}))
            delivered = await ear.wait(Delivered)
            assert delivered.message == {"channel": TOPIC, "data": {"n": 1}}
            await client.publish("/chat", "hello")
            await client.unsubscribe(TOPIC)
            await client.disconnect()
            assert not client.connected
    assert ear.of(Handshaken, Subscribed, Disconnected) == [
        Handshaken(client_id),
        Subscribed(TOPIC),
        Disconnected("disconnected"),
    ]
    assert set(server.paths) == {
        f"{PATH}{suffix}" for suffix in ("/handshake", "/connect", "/disconnect", "/")
    }
    assert all(headers[b"x-csrf-token"] == b"t" for headers in server.headers)


async def test_cookies_are_those_of_the_session_that_the_caller_gave() -> None:
    server = Endpoint()
    with served(server) as url:
        async with client_of(url) as (client, ear):
            await client.handshake()
            await ear.wait(Connected)
    assert b"cookie" not in server.headers[0]
    assert server.headers[1][b"cookie"].startswith(b"BAYEUX_BROWSER=")


async def test_leaving_the_context_disconnects_and_a_fault_inside_cuts() -> None:
    server = Endpoint()
    with served(server) as url:
        async with client_of(url) as (client, ear):
            await client.handshake()
        assert ear.of(Disconnected) == [Disconnected("disconnected")]
        ear = Ear()
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            with suppress(RuntimeError):
                async with CometdClient(url, http=http, on_event=ear) as client:
                    await client.handshake()
                    raise RuntimeError("something in the block went wrong")
        assert ear.of(Disconnected) == [Disconnected("dropped")]
        assert len(server.bayeux.server.sessions) == 1


async def test_arrival_times_are_taken_on_the_callers_clock() -> None:
    server = Endpoint()
    with served(server) as url:
        async with client_of(url, clock=lambda: 42.0) as (client, ear):
            await client.handshake()
            await client.subscribe(TOPIC)
            await server.tell(lambda: server.bayeux.publish(TOPIC, {}))
            assert (await ear.wait(Delivered)).at == 42.0


async def test_a_lost_session_is_opened_and_subscribed_again() -> None:
    server = Endpoint()
    with served(server) as url:
        async with client_of(url) as (client, ear):
            first = await client.handshake()
            await client.subscribe(TOPIC)
            await server.tell(lambda: server.bayeux.expire(first))
            await ear.wait(Handshaken, 2)
            await ear.wait(Subscribed, 2)
            assert client.client_id != first
            await server.tell(lambda: server.bayeux.publish(TOPIC, {"n": 2}))
            await ear.wait(Delivered)


async def test_connects_go_on_at_the_advised_interval_until_the_session_is_dropped() -> None:
    server = Endpoint(ServerSettings(timeout=0.0, interval=0.02))
    with served(server) as url:
        async with client_of(url) as (client, ear):
            await client.handshake()
            await ear.wait(Connected, 3)
            await client.drop()
            assert not client.connected
            first, second, third = ear.of(Connected)[:3]
            assert second.since - first.at >= 0.02
            assert third.since - second.at >= 0.02


async def test_a_round_trip_brings_what_the_server_had_before() -> None:
    server = Endpoint()
    with served(server) as url:
        async with client_of(url, settings=ClientSettings(hold=0.05)) as (client, ear):
            await client.handshake()
            await client.subscribe(TOPIC)
            await server.tell(lambda: server.bayeux.publish(TOPIC, {}))
            await client.round_trip()
            assert len(ear.of(Delivered)) == 1
            waiting = asyncio.create_task(client.round_trip())
            await asyncio.sleep(0)
            await client.drop()
            with pytest.raises(BayeuxFailure, match="the session is over"):
                await waiting


async def test_nothing_can_be_asked_without_a_session() -> None:
    async with client_of("http://127.0.0.1:9/x") as (client, _):
        for ask in (client.subscribe(TOPIC), client.publish("/x", 1), client.round_trip()):
            with pytest.raises(BayeuxFailure, match="shake hands first"):
                await ask
        with pytest.raises(BayeuxFailure, match="shake hands first"):
            await client.unsubscribe(TOPIC)


async def test_a_refused_subscription_is_a_failure_with_the_reply() -> None:
    server = Endpoint()
    with served(server) as url:
        async with client_of(url) as (client, _):
            await client.handshake()
            with pytest.raises(BayeuxFailure, match="subscribe to /meta/x failed: 403") as failure:
                await client.subscribe("/meta/x")
            assert failure.value.reply is not None
            assert failure.value.reply["successful"] is False


def answering(status: int, body: bytes) -> App:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})

    return app


async def silent(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@pytest.mark.parametrize(
    ("app", "reason", "status"),
    [
        (answering(403, b"Access denied"), "HTTP status 403 instead of 200", 403),
        (answering(302, b""), "HTTP status 302 instead of 200", 302),
        (answering(200, b"<html>"), "not a Bayeux answer: the body is not JSON", 200),
        (answering(200, b"\xff"), "not a Bayeux answer: not UTF-8", 200),
        (answering(200, b"7"), "not a Bayeux answer: a Bayeux body is an array", 200),
        (answering(200, b"[]"), "the answer holds no reply to it", None),
    ],
)
async def test_a_server_that_is_none_makes_the_handshake_fail(
    app: App, reason: str, status: int | None
) -> None:
    with serving(app) as base:
        async with client_of(base) as (client, _):
            with pytest.raises(BayeuxFailure, match=f"handshake failed: {reason}") as failure:
                await client.handshake()
            assert failure.value.status == status


async def test_a_server_that_stays_silent_makes_the_handshake_fail_in_time() -> None:
    with serving(silent) as base:
        async with client_of(base, settings=ClientSettings(grace=0.05)) as (client, _):
            with pytest.raises(BayeuxFailure, match=r"handshake failed: no answer within 0\.05 s"):
                await client.handshake()


async def test_a_server_that_is_not_there_makes_the_handshake_fail() -> None:
    async with client_of("http://127.0.0.1:9/api") as (client, _):
        with pytest.raises(BayeuxFailure, match="handshake failed: no answer: "):
            await client.handshake()


async def test_a_caller_that_gave_up_waiting_is_not_missed() -> None:
    server = Endpoint()
    with served(server) as url:
        async with client_of(url) as (client, ear):
            await client.handshake()
            waiting = asyncio.create_task(client.subscribe(TOPIC))
            await asyncio.sleep(0)
            waiting.cancel()
            await ear.wait(Subscribed)
            await client.publish("/x", 1)


async def test_broken_connects_do_not_end_the_session() -> None:
    """The second connect breaks, the third holds: one failure, then the session goes on."""
    server = Endpoint()
    seen = 0

    async def flaky(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal seen
        seen += scope["path"].endswith("/connect")
        if scope["path"].endswith("/connect") and seen == 2:
            await answering(500, b"")(scope, receive, send)
        else:
            await server(scope, receive, send)

    with serving(flaky, before_stop=server.bayeux.close) as base:
        async with client_of(base + PATH) as (client, ear):
            await client.handshake()
            await client.subscribe(TOPIC)
            failed = await ear.wait(ConnectFailed)
            assert failed.status == 500
            await server.tell(lambda: server.bayeux.publish(TOPIC, {}))
            await ear.wait(Delivered)


@pytest.mark.parametrize(
    ("url", "channel", "expected"),
    [
        ("http://h/a/b", "/meta/handshake", "http://h/a/b/handshake"),
        ("http://h/a/b/", "/meta/connect", "http://h/a/b/connect"),
        ("http://h/a/b", "/meta/disconnect", "http://h/a/b/disconnect"),
        ("http://h/a/b", "/meta/subscribe", "http://h/a/b/"),
        ("http://h/a/b?x=1", "/meta/connect", "http://h/a/b?x=1"),
        ("http://h/a/x.cometd", "/meta/connect", "http://h/a/x.cometd"),
        ("http://h.example", "/chat", "http://h.example/"),
    ],
)
def test_addresses_are_those_of_the_official_client(url: str, channel: str, expected: str) -> None:
    assert endpoint(url, Post(1, ({"channel": channel},), 0.0, 1.0)) == expected
