"""The live client over every transport, against our endpoint and sockets that misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from tapestry.bayeux import http_carrier
from tapestry.bayeux.asgi import BayeuxEndpoint
from tapestry.bayeux.client import (
    ClientEvent,
    ClientSettings,
    ConnectFailed,
    Delivered,
    Disconnected,
    FellBack,
    Handshaken,
    PublishFailed,
    Subscribed,
)
from tapestry.bayeux.codec import Limits
from tapestry.bayeux.http_carrier import at_host, names_of
from tapestry.bayeux.http_client import BayeuxFailure, CometdClient
from tapestry.bayeux.message import Transport
from tapestry.bayeux.replies import unknown_session
from tapestry.bayeux.server import BayeuxServer
from tapestry.bayeux.settings import ServerSettings
from tapestry.bayeux.socket_link import CloseCode
from tapestry.serving import App, Receive, Scope, Send, serving

WS, LP, CP = Transport.WEBSOCKET, Transport.LONG_POLLING, Transport.CALLBACK_POLLING
TOPIC = "/v2/me/emails"


class Endpoint:
    """Our endpoint on a loop of its own, to be told things from the test's."""

    def __init__(self, settings: ServerSettings) -> None:
        self.bayeux = BayeuxEndpoint(BayeuxServer(settings))
        self.headers: list[dict[bytes, bytes]] = []
        self.loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.loop = asyncio.get_running_loop()
        self.headers.append(dict(scope["headers"]))
        await self.bayeux(scope, receive, send)

    async def tell(self, act: Callable[[], Any]) -> None:
        async def run() -> None:
            act()

        assert self.loop is not None
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(run(), self.loop))

    def release(self) -> None:
        if self.loop is not None:
            self.bayeux.close()

    def cut_sockets(self) -> None:
        for link in list(self.bayeux._sockets):
            link.close(CloseCode.GOING_AWAY)

    def refuse_sockets(self) -> None:
        server = self.bayeux.server
        server.settings = replace(server.settings, transports=(LP,))
        self.cut_sockets()


@contextmanager
def served(settings: ServerSettings | None = None) -> Iterator[tuple[Endpoint, str]]:
    endpoint = Endpoint(settings or ServerSettings())
    with serving(endpoint, before_stop=endpoint.release) as base:
        yield endpoint, base + "/bayeux"


class Ear:
    """Keeps events and lets a test wait for one."""

    def __init__(self) -> None:
        self.events: list[ClientEvent] = []
        self._changed = asyncio.Event()

    def __call__(self, event: ClientEvent) -> None:
        self.events.append(event)
        self._changed.set()

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    async def wait(self, kind: type, count: int = 1) -> Any:
        async with asyncio.timeout(10):
            while len(self.of(kind)) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.of(kind)[count - 1]


@asynccontextmanager
async def client_of(url: str, **options: Any) -> AsyncIterator[tuple[CometdClient, Ear]]:
    ear = Ear()
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http,
        CometdClient(url, http=http, on_event=ear, **options) as client,
    ):
        yield client, ear


PLAIN = ClientSettings(hold=0.1)
FULL = ClientSettings(hold=0.1, ack=True, timesync=True)


@pytest.mark.parametrize("settings", [PLAIN, FULL], ids=["plain", "extensions"])
@pytest.mark.parametrize("transport", ["long-polling", "callback-polling", "websocket"])
async def test_a_whole_session_over_each_transport(
    transport: str, settings: ClientSettings
) -> None:
    with served() as (server, url):
        async with client_of(url, transport=transport, settings=settings) as (client, ear):
            await client.handshake()
            assert client.transport == transport
            await client.subscribe(TOPIC)
            await server.tell(lambda: server.bayeux.publish(TOPIC, {"n": 1}))
            await ear.wait(Delivered)
            await client.publish(TOPIC, {"n": 2})
            await ear.wait(Delivered, 2)
            await client.round_trip()
            await client.unsubscribe(TOPIC)
            await client.disconnect()
            assert [event.message["data"]["n"] for event in ear.of(Delivered)] == [1, 2]
            assert ear.events[-1] == Disconnected("disconnected")
            assert abs(client.server_offset) < 1
        assert not server.bayeux.server.sessions


async def test_where_sockets_are_refused_long_polling_takes_over() -> None:
    with served(ServerSettings(transports=(LP,))) as (_, url):
        async with client_of(url, transport=WS) as (client, ear):
            await client.handshake()
            assert client.transport is LP
            assert ear.of(FellBack)[0].given_up is WS


async def test_without_an_alternative_a_refused_socket_is_no_session() -> None:
    with served(ServerSettings(transports=(LP,))) as (_, url):
        async with client_of(url, settings=ClientSettings(transports=(WS,))) as (client, _):
            with pytest.raises(BayeuxFailure, match="handshake failed: no WebSocket: 403"):
                await client.handshake()


async def test_a_session_opened_by_a_post_goes_on_over_a_socket() -> None:
    settings = ClientSettings(transports=(WS, LP), opening=LP)
    with served() as (server, url):
        async with client_of(url, settings=settings) as (client, ear):
            session_id = await client.handshake()
            assert client.transport is WS
            await client.subscribe(TOPIC)
            await server.tell(lambda: server.bayeux.publish(TOPIC, {}))
            await ear.wait(Delivered)
            assert list(server.bayeux.server.sessions) == [session_id]


async def test_a_socket_that_is_cut_is_opened_again_for_the_same_session() -> None:
    with served() as (server, url):
        async with client_of(url, transport=WS, settings=PLAIN) as (client, ear):
            session_id = await client.handshake()
            await client.subscribe(TOPIC)
            await server.tell(server.cut_sockets)
            await ear.wait(ConnectFailed)
            await client.round_trip()
            await server.tell(lambda: server.bayeux.publish(TOPIC, {}))
            await ear.wait(Delivered)
            assert (client.client_id, client.transport) == (session_id, WS)


async def test_a_session_whose_socket_cannot_be_had_again_goes_on_over_long_polling() -> None:
    with served() as (server, url):
        async with client_of(url, transport=WS) as (client, ear):
            session_id = await client.handshake()
            await client.subscribe(TOPIC)
            await server.tell(server.refuse_sockets)
            await ear.wait(FellBack)
            await server.tell(lambda: server.bayeux.publish(TOPIC, {}))
            await ear.wait(Delivered)
            assert (client.client_id, client.transport) == (session_id, LP)
            assert len(ear.of(Handshaken)) == len(ear.of(Subscribed)) == 1


def socket(*frames: dict[str, Any]) -> App:
    """Return what accepts sockets, and sends ``frames`` once it has been spoken to."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await send({"type": "http.response.start", "status": 503, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        for frame in frames:
            await send({"type": "websocket.send", **frame})
        while (await receive())["type"] != "websocket.disconnect":
            pass

    return app


@pytest.mark.parametrize(
    ("app", "reason"),
    [
        (socket({"text": "<html>"}), "not a Bayeux frame: the body is not JSON"),
        (socket({"bytes": b"[]"}), "a frame is not text"),
        (socket(), r"no answer within 0\.2 s"),
        (socket({"text": "[]"}, {"text": '[{"channel": "/meta/x"}]'}), "no answer within"),
    ],
    ids=["no JSON", "binary", "silent", "something else"],
)
async def test_a_socket_that_speaks_no_bayeux_is_given_up(app: App, reason: str) -> None:
    settings = ClientSettings(transports=(WS,), grace=0.2)
    with serving(app) as base:
        async with client_of(base, settings=settings) as (client, _):
            with pytest.raises(BayeuxFailure, match=f"handshake failed: {reason}"):
                await client.handshake()


SHAKEN = '[{"channel": "/meta/handshake", "id": "1", "successful": true, "clientId": "c1"}]'


async def test_the_reply_to_a_publish_may_be_left_out_on_a_socket() -> None:
    settings = ClientSettings(transports=(WS,), grace=0.2)
    with serving(socket({"text": SHAKEN})) as base:
        async with client_of(base, settings=settings) as (client, ear):
            await client.handshake()
            with pytest.raises(BayeuxFailure, match=r"publish to \d failed: no answer within"):
                await client.publish("/x", 1)
            await ear.wait(PublishFailed)
            assert not ear.of(ConnectFailed)
            await client.drop()


async def test_a_server_that_is_not_there_is_no_socket() -> None:
    settings = ClientSettings(transports=(WS,))
    async with client_of("http://127.0.0.1:9/x", settings=settings) as (client, _):
        with pytest.raises(BayeuxFailure, match="handshake failed: no WebSocket: "):
            await client.handshake()


async def test_too_many_messages_are_refused_before_they_are_sent() -> None:
    with served() as (_, url):
        async with client_of(url, settings=ClientSettings(max_queue=0)) as (client, _):
            await client.handshake()
            with pytest.raises(BayeuxFailure, match="not sent: 0 messages wait"):
                await client.subscribe(TOPIC)


async def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_carrier, "LIMITS", Limits(size=100))
    with served() as (_, url):
        async with client_of(url) as (client, _):
            with pytest.raises(BayeuxFailure, match="an answer of more than 100 bytes"):
                await client.handshake()


async def test_a_message_may_be_too_long_for_a_query() -> None:
    with served() as (_, url):
        async with client_of(url, transport=CP) as (client, _):
            await client.handshake()
            with pytest.raises(BayeuxFailure, match="too long for callback-polling"):
                await client.publish("/x", "x" * 9000)


@pytest.mark.parametrize("transports", [(LP,), (WS,)])
async def test_what_the_caller_sends_along_stays_on_the_host_it_named(
    transports: tuple[Transport, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server sends its client to the same machine under its other name."""
    advice = {"reconnect": "handshake", "interval": 0, "hosts": ["localhost"]}
    monkeypatch.setattr(
        "tapestry.bayeux.server.unknown_session",
        lambda message: {**unknown_session(message), "advice": advice},
    )
    settings = ClientSettings(transports=transports)
    with served() as (server, url):
        headers = {"X-Secret": "s"}
        async with client_of(url, settings=settings, headers=lambda: headers) as (client, ear):
            session_id = await client.handshake()
            await server.tell(lambda: server.bayeux.expire(session_id))
            await ear.wait(Handshaken, 2)
    hosts = {(h[b"host"].partition(b":")[0], b"x-secret" in h) for h in server.headers}
    assert hosts == {(b"127.0.0.1", True), (b"localhost", False)}


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (None, "http://h:8/x"),
        ("other", "http://other:8/x"),
        ("other:9", "http://other:9/x"),
        ("::1", "http://[::1]:8/x"),
        ("[::1]:9", "http://[::1]:9/x"),
    ],
)
def test_another_host_keeps_the_port_unless_it_names_one(host: str | None, expected: str) -> None:
    assert at_host("http://h:8/x", host) == expected
    assert at_host("http://h/x", "other") == "http://other/x"


def test_a_host_goes_by_its_name_with_and_without_the_port() -> None:
    assert names_of("http://h:8/x") == ("h:8", "h")
