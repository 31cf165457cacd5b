"""The WebSocket binding, called in memory as an ASGI server would call it, and once for real."""

import asyncio
import json

import aiohttp
import pytest

from tapestry.bayeux.asgi import BayeuxEndpoint
from tapestry.bayeux.codec import Limits
from tapestry.bayeux.effects import SessionClosed, SessionOpened
from tapestry.bayeux.message import Transport
from tapestry.bayeux.server import BayeuxServer, ServerSettings
from tapestry.serving import serving


class Socket:
    """One socket to an endpoint. While it is ``stuck`` its peer reads nothing."""

    def __init__(self, endpoint, headers=(), **scope):
        self.sent = []
        self.fault = None
        self.incoming = asyncio.Queue()
        self.reads = asyncio.Event()
        self.reads.set()
        self.incoming.put_nowait({"type": "websocket.connect"})
        lines = [(name.encode(), value.encode()) for name, value in headers]
        scope = {"type": "websocket", "path": "/x", "headers": lines} | scope
        self.task = asyncio.ensure_future(endpoint(scope, self.incoming.get, self.send))

    async def send(self, event):
        await self.reads.wait()
        if self.fault:
            raise self.fault
        self.sent.append(event)

    async def say(self, *messages):
        return await self.text(json.dumps(messages))

    async def text(self, text):
        """Send a frame and return what comes back at once."""
        return await self.put({"type": "websocket.receive", "text": text})

    async def put(self, event):
        before = len(self.sent)
        self.incoming.put_nowait(event)
        for _ in range(6):
            await asyncio.sleep(0)
        return [json.loads(frame["text"]) for frame in self.sent[before:] if "text" in frame]

    async def open(self, say, *channels):
        ((reply,),) = await self.say(say.handshake())
        client = reply["clientId"]
        await self.say(say.subscribe(client, list(channels)))
        await self.say(say.connect(client, timeout=0))
        assert await self.say(say.connect(client, id="held")) == []
        return client

    async def ended(self):
        """Return the close code once the endpoint is done with the socket."""
        async with asyncio.timeout(5):
            await self.task
        return self.sent[-1].get("code")

    async def hang_up(self):
        await self.put({"type": "websocket.disconnect", "code": 1006})
        await self.ended()


@pytest.fixture
def endpoint():
    return BayeuxEndpoint(BayeuxServer())


async def test_a_session_lives_on_a_socket(endpoint, say):
    socket = Socket(endpoint)
    client = await socket.open(say, "/a")
    assert socket.sent[0] == {"type": "websocket.accept"}
    assert endpoint.server.sessions[client].transport == "websocket"
    assert await socket.say(say.publish(client, "/a", 1, id="p")) == [
        [{"channel": "/a", "data": 1}, {"id": "p", "channel": "/a", "successful": True}]
    ]
    ((freed,), (reply,)) = await socket.say(say.disconnect(client, id="d"))
    assert freed["id"] == "held"
    assert reply["id"] == "d"
    await socket.hang_up()


async def test_the_bytes_of_a_delivery_leave_before_publish_returns(endpoint, say):
    socket = Socket(endpoint)
    await socket.open(say, "/a")
    endpoint.publish("/a", 1)
    assert json.loads(socket.sent[-1]["text"]) == [{"channel": "/a", "data": 1}]
    await socket.hang_up()


async def test_a_heartbeat_of_faye_is_answered(endpoint):
    socket = Socket(endpoint)
    assert await socket.text("[]") == [[]]
    await socket.hang_up()


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"bytes": b"[]"}, 1003),
        ({"text": "["}, 1007),
        ({"text": "7"}, 1007),
        ({"text": "[7]"}, 1007),
        ({"text": '[{"a":NaN}]'}, 1007),
        ({"text": "[" * 65}, 1007),
        ({"text": "[{},{}]" + " " * 94}, 1009),
        ({"text": "☎" * 50}, 1009),
    ],
)
async def test_what_breaks_the_rules_closes_the_socket(say, frame, code):
    endpoint = BayeuxEndpoint(BayeuxServer(), limits=Limits(size=100))
    socket = Socket(endpoint)
    await socket.put({"type": "websocket.receive"} | frame)
    assert await socket.ended() == code
    assert not endpoint.server.sessions


async def test_the_reason_of_a_close_does_not_show_what_the_frame_held(endpoint):
    socket = Socket(endpoint)
    await socket.text('[{"secret" 1}]')
    await socket.ended()
    assert "not JSON" in socket.sent[-1]["reason"]
    assert "secret" not in socket.sent[-1]["reason"]


async def test_nothing_is_written_after_a_close(endpoint, say):
    socket = Socket(endpoint)
    await socket.open(say, "/a")
    (link,) = endpoint._sockets
    socket.incoming.put_nowait({"type": "websocket.receive", "bytes": b"[]"})
    await link.closed
    endpoint.publish("/a", 1)
    endpoint.close()
    assert await socket.ended() == 1003
    assert sum(event["type"] == "websocket.close" for event in socket.sent) == 1


async def test_a_session_survives_its_socket_and_loses_no_delivery(endpoint, say):
    socket = Socket(endpoint)
    client = await socket.open(say, "/a")
    await socket.hang_up()
    assert endpoint.server.sessions[client].held is None
    endpoint.publish("/a", 1)
    other = Socket(endpoint)
    assert await other.say(say.connect(client, id="c")) == [[{"channel": "/a", "data": 1}]]
    await other.hang_up()


async def test_a_session_belongs_to_its_principal_on_a_socket_too(say):
    endpoint = BayeuxEndpoint(BayeuxServer(), principal=lambda scope: scope["user"])
    client = await Socket(endpoint, user="alice").open(say)
    ((reply,),) = await Socket(endpoint, user="bob").say(say.connect(client))
    assert reply["error"].startswith("402:")
    endpoint.close()


async def test_a_principal_is_asked_for_with_every_frame(say):
    logged_in = {"alice"}
    endpoint = BayeuxEndpoint(
        BayeuxServer(),
        principal=lambda scope: scope["user"] if scope["user"] in logged_in else None,
    )
    socket = Socket(endpoint, user="alice")
    client = await socket.open(say)
    logged_in.clear()
    ((reply,),) = await socket.say(say.subscribe(client, "/a"))
    assert reply["error"].startswith("402:")
    endpoint.close()


async def test_an_application_may_take_an_upgrade_for_the_get_that_it_is(say):
    endpoint = BayeuxEndpoint(BayeuxServer(), principal=lambda scope: scope["method"])
    client = await Socket(endpoint).open(say)
    assert endpoint.server.sessions[client].principal == "GET"
    endpoint.close()


async def test_the_browser_of_a_session_comes_with_the_upgrade(endpoint, say):
    client = await Socket(endpoint, headers=[("cookie", "BAYEUX_BROWSER=b1")]).open(say)
    assert endpoint.server.sessions[client].browser == "b1"
    endpoint.close()


async def test_closing_answers_held_connects_and_closes_sockets(endpoint, say):
    socket = Socket(endpoint)
    await socket.open(say)
    endpoint.close()
    assert await socket.ended() == 1001
    assert json.loads(socket.sent[-2]["text"])[0]["id"] == "held"


async def test_a_socket_is_refused_before_it_opens_when_there_is_no_such_transport():
    polling = ServerSettings(transports=(Transport.LONG_POLLING,))
    closed = BayeuxEndpoint(BayeuxServer())
    closed.close()
    for endpoint in [BayeuxEndpoint(BayeuxServer(polling)), closed]:
        socket = Socket(endpoint)
        await socket.ended()
        assert [event["type"] for event in socket.sent] == ["websocket.close"]


async def test_a_request_that_was_under_way_when_the_server_closed_closes_the_socket(endpoint, say):
    socket = Socket(endpoint)
    await socket.text("[]")
    endpoint.server.close(0)
    await socket.say(say.handshake())
    assert await socket.ended() == 1001


class TestSlowReader:
    async def test_is_cut_off_and_its_session_dropped(self, say):
        facts = []
        server = BayeuxServer(ServerSettings(max_queue=5))
        endpoint = BayeuxEndpoint(server, on_event=facts.append)
        slow, fine = Socket(endpoint), Socket(endpoint)
        await slow.open(say, "/a")
        await fine.open(say, "/a")
        slow.reads.clear()
        for n in range(20):
            endpoint.publish("/a", n)
        (closed,) = [fact for fact in facts if isinstance(fact, SessionClosed)]
        assert closed.reason == "queue overflowed"
        assert len(server.sessions) == 1
        assert json.loads(fine.sent[-1]["text"])[0]["data"] == 19
        slow.reads.set()
        assert await slow.ended() == 1008
        await fine.hang_up()

    async def test_is_bounded_in_bytes_too(self, say):
        server = BayeuxServer(ServerSettings(max_queue_bytes=1000))
        endpoint = BayeuxEndpoint(server)
        slow = Socket(endpoint)
        await slow.open(say, "/a")
        slow.reads.clear()
        for _ in range(3):
            endpoint.publish("/a", "x" * 400)
            assert server.sessions
        endpoint.publish("/a", "x" * 400)
        assert not server.sessions
        slow.reads.set()
        assert await slow.ended() == 1008

    async def test_that_never_reads_again_is_left_after_a_while(self, say, monkeypatch):
        monkeypatch.setattr("tapestry.bayeux.socket_link.LINGER", 0.01)
        endpoint = BayeuxEndpoint(BayeuxServer(ServerSettings(max_queue=5)))
        slow = Socket(endpoint)
        await slow.open(say, "/a")
        slow.reads.clear()
        for n in range(20):
            endpoint.publish("/a", n)
        await slow.ended()
        assert "code" not in slow.sent[-1]

    async def test_gets_everything_in_order_when_it_catches_up(self, endpoint, say):
        slow = Socket(endpoint)
        await slow.open(say, "/a")
        slow.reads.clear()
        for n in range(50):
            endpoint.publish("/a", n)
        slow.reads.set()
        frames = await slow.text("[]")
        assert [event["data"] for frame in frames for event in frame] == list(range(50))
        await slow.hang_up()


async def test_what_an_application_says_to_a_new_session_comes_after_the_handshake(say):
    def welcome(effect):
        if isinstance(effect, SessionOpened):
            endpoint.deliver(effect.session.id, "/service/welcome", "hello")

    endpoint = BayeuxEndpoint(BayeuxServer(), on_event=welcome)
    socket = Socket(endpoint)
    ((reply,),) = await socket.say(say.handshake())
    (event,), _ = await socket.say(say.connect(reply["clientId"]))
    assert event["data"] == "hello"
    await socket.hang_up()


async def test_a_peer_that_is_gone_while_it_is_written_to_is_no_fault(endpoint, say):
    socket = Socket(endpoint)
    client = await socket.open(say, "/a")
    socket.fault = ConnectionResetError()
    endpoint.publish("/a", 1)
    await socket.ended()
    assert client in endpoint.server.sessions


async def test_a_peer_that_is_gone_when_the_server_closes_is_no_fault(endpoint):
    socket = Socket(endpoint)
    await socket.text("[]")
    socket.fault = ConnectionResetError()
    endpoint.close()
    await socket.ended()


async def test_a_fault_of_the_application_ends_the_socket_and_is_not_hidden(say):
    def hear(effect):
        if isinstance(effect, SessionOpened):
            raise RuntimeError("the application broke")

    endpoint = BayeuxEndpoint(BayeuxServer(), on_event=hear)
    socket = Socket(endpoint)
    await socket.say(say.handshake())
    with pytest.raises(RuntimeError, match="the application broke"):
        await socket.ended()


async def test_a_cancelled_socket_leaves_its_sessions_for_later(endpoint, say):
    socket = Socket(endpoint)
    client = await socket.open(say)
    socket.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await socket.ended()
    assert endpoint.server.sessions[client].held is None


class TestForReal:
    """Over uvicorn, with aiohttp's client."""

    @pytest.fixture
    def served(self):
        loops = []
        endpoint = BayeuxEndpoint(
            BayeuxServer(), on_event=lambda _: loops.append(asyncio.get_running_loop())
        )
        with serving(endpoint, before_stop=endpoint.close) as url:
            yield endpoint, loops, url

    async def test_a_handshake_by_post_goes_on_over_a_compressed_socket(self, served, say):
        endpoint, loops, url = served
        async with aiohttp.ClientSession() as http:
            async with http.post(url, json=[say.handshake()]) as response:
                client = (await response.json())[0]["clientId"]
            async with http.ws_connect(url, compress=15) as socket:
                assert socket.compress == 15
                await socket.send_json([say.subscribe(client, "/a")])
                assert (await socket.receive_json())[0]["successful"]
                await socket.send_json([say.connect(client, timeout=0)])
                assert (await socket.receive_json())[0]["successful"]
                loops[0].call_soon_threadsafe(endpoint.publish, "/a", "x" * 5000)
                assert (await socket.receive_json())[0]["data"] == "x" * 5000
                await socket.send_json([say.disconnect(client)])
                assert (await socket.receive_json())[0]["successful"]

    @pytest.mark.parametrize(("frame", "code"), [(b"[]", 1003), ("{", 1007), ("x" * 2**21, 1009)])
    async def test_what_breaks_the_rules_gets_its_close_code(self, served, frame, code):
        _, _, url = served
        async with aiohttp.ClientSession() as http, http.ws_connect(url) as socket:
            send = socket.send_bytes if isinstance(frame, bytes) else socket.send_str
            await send(frame)
            assert (await socket.receive()).type == aiohttp.WSMsgType.CLOSE
            assert socket.close_code == code

    async def test_the_end_of_the_server_closes_the_socket(self, say):
        endpoint = BayeuxEndpoint(BayeuxServer())
        async with aiohttp.ClientSession() as http:
            with serving(endpoint, before_stop=endpoint.close) as url:
                socket = await http.ws_connect(url)
                await socket.send_json([say.handshake()])
                await socket.receive_json()
            message = await socket.receive()
            assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
            assert socket.close_code == 1001
