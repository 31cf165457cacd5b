"""The HTTP binding, called in memory as an ASGI server would call it."""

import asyncio
import json
from urllib.parse import urlencode

import aiohttp
import pytest

from tapestry.bayeux.asgi import BayeuxEndpoint
from tapestry.bayeux.codec import Limits, decode_jsonp
from tapestry.bayeux.message import Transport
from tapestry.bayeux.server import BayeuxServer, ServerSettings, SessionClosed, SessionOpened
from tapestry.serving import serving


class Http:
    """One request to an endpoint: what is sent, and what has come back so far."""

    def __init__(
        self, endpoint, *messages, method="POST", body=None, headers=(), send=None, **scope
    ):
        self.endpoint = endpoint
        self.status = None
        self.headers = {}
        self.body = b""
        self.incoming = asyncio.Queue()
        content = json.dumps(list(messages)).encode() if body is None else body
        self.incoming.put_nowait({"type": "http.request", "body": content})
        lines = [(name.encode(), value.encode()) for name, value in headers]
        self.scope = {"type": "http", "method": method, "path": "/x", "headers": lines} | scope
        self.task = asyncio.ensure_future(
            endpoint(self.scope, self.incoming.get, send or self.send)
        )

    async def send(self, event):
        if event["type"] == "http.response.start":
            self.status = event["status"]
            self.headers = {k.decode(): v.decode() for k, v in event["headers"]}
        else:
            self.body += event["body"]

    async def done(self):
        async with asyncio.timeout(5):
            await self.task

    async def answer(self):
        await self.done()
        assert self.headers["content-length"] == str(len(self.body))
        return json.loads(self.body)

    async def held(self):
        """Let the request get as far as it can; it must be waiting then."""
        for _ in range(5):
            await asyncio.sleep(0)
        assert self.status is None
        assert not self.task.done()
        return self

    def hang_up(self):
        self.incoming.put_nowait({"type": "http.disconnect"})


@pytest.fixture
def endpoint():
    return BayeuxEndpoint(BayeuxServer())


async def open_session(endpoint, say, *channels, headers=(), **scope):
    (reply,) = await Http(endpoint, say.handshake(), headers=headers, **scope).answer()
    client = reply["clientId"]
    for message in [say.connect(client, timeout=0), say.subscribe(client, list(channels))]:
        await Http(endpoint, message, headers=headers, **scope).answer()
    return client


async def test_a_handshake_is_answered_with_json_and_a_browser_cookie(endpoint, say):
    request = Http(endpoint, say.handshake(id=1))
    (reply,) = await request.answer()
    assert reply["id"] == 1
    assert request.status == 200
    assert request.headers["content-type"] == "application/json;charset=UTF-8"
    name, _, rest = request.headers["set-cookie"].partition("=")
    value, *attributes = rest.split("; ")
    assert name == "BAYEUX_BROWSER"
    assert len(value) == 32
    assert attributes == ["Path=/", "HttpOnly"]
    assert endpoint.server.sessions[reply["clientId"]].browser == value


async def test_the_browser_cookie_is_not_set_when_there_is_one(endpoint, say):
    cookie = 'odd; JSESSIONID="a b"; BAYEUX_BROWSER=mine'
    request = Http(endpoint, say.handshake(), headers=[("cookie", cookie)])
    (reply,) = await request.answer()
    assert "set-cookie" not in request.headers
    assert endpoint.server.sessions[reply["clientId"]].browser == "mine"


async def test_an_empty_browser_cookie_counts_as_none(endpoint, say):
    request = Http(endpoint, say.handshake(), headers=[("cookie", "BAYEUX_BROWSER=")])
    await request.answer()
    assert "set-cookie" in request.headers


async def test_no_cookie_is_set_without_a_handshake(endpoint, say):
    request = Http(endpoint, say.connect("gone"))
    (reply,) = await request.answer()
    assert reply["error"].startswith("402:")
    assert "set-cookie" not in request.headers


async def test_a_held_connect_ends_with_a_delivery(endpoint, say):
    client = await open_session(endpoint, say, "/a")
    poll = await Http(endpoint, say.connect(client, id="9")).held()
    endpoint.publish("/a", 1)
    event, reply = await poll.answer()
    assert event == {"channel": "/a", "data": 1}
    assert reply["id"] == "9"


async def test_the_bytes_of_a_delivery_leave_before_publish_returns(endpoint, say):
    client = await open_session(endpoint, say, "/a")
    poll = await Http(endpoint, say.connect(client)).held()
    endpoint.publish("/a", 1)
    assert json.loads(poll.body)[0]["data"] == 1
    await poll.done()


async def test_a_delivery_for_one_session(endpoint, say):
    client = await open_session(endpoint, say)
    poll = await Http(endpoint, say.connect(client)).held()
    endpoint.deliver(client, "/service/x", 1)
    assert (await poll.answer())[0] == {"channel": "/service/x", "data": 1}


async def test_a_publish_for_some_sessions_and_with_an_id(endpoint, say):
    one = await open_session(endpoint, say, "/a")
    two = await open_session(endpoint, say, "/a")
    polls = [await Http(endpoint, say.connect(client)).held() for client in (one, two)]
    endpoint.publish("/a", 1, only=lambda session: session.id == two, message_id="m")
    assert (await polls[1].answer())[0] == {"channel": "/a", "data": 1, "id": "m"}
    await polls[0].held()
    endpoint.close()


async def test_the_older_of_two_connects_gets_a_bare_500(endpoint, say):
    client = await open_session(endpoint, say)
    older = await Http(endpoint, say.connect(client)).held()
    newer = await Http(endpoint, say.connect(client)).held()
    await older.done()
    assert (older.status, older.body) == (500, b"")
    endpoint.close()
    await newer.answer()


async def test_a_client_that_hangs_up_loses_no_delivery(endpoint, say):
    client = await open_session(endpoint, say, "/a")
    poll = await Http(endpoint, say.connect(client)).held()
    poll.incoming.put_nowait({"type": "http.request", "body": b""})
    await poll.held()
    poll.hang_up()
    await poll.done()
    assert poll.status is None
    endpoint.publish("/a", 1)
    event, _ = await Http(endpoint, say.connect(client)).answer()
    assert event["data"] == 1


async def test_a_request_that_is_cancelled_loses_no_delivery(endpoint, say):
    client = await open_session(endpoint, say, "/a")
    poll = await Http(endpoint, say.connect(client)).held()
    poll.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await poll.done()
    assert endpoint.server.sessions[client].held is None


async def test_a_client_that_hangs_up_in_mid_body_is_forgotten(endpoint):
    request = Http(endpoint)
    request.incoming.get_nowait()
    request.incoming.put_nowait({"type": "http.request", "body": b"[", "more_body": True})
    request.hang_up()
    await request.done()
    assert request.status is None


async def test_a_body_in_pieces_is_put_together(endpoint, say):
    body = json.dumps([say.handshake()]).encode()
    request = Http(endpoint, body=b"")
    request.incoming.get_nowait()
    request.incoming.put_nowait({"type": "http.request", "body": body[:9], "more_body": True})
    request.incoming.put_nowait({"type": "http.request", "body": body[9:]})
    (reply,) = await request.answer()
    assert reply["successful"]


async def test_a_malformed_body_gets_400_in_words(endpoint):
    request = Http(endpoint, body=b'[{"secret" 1}]')
    await request.done()
    assert request.status == 400
    assert request.headers["content-type"].startswith("text/plain")
    assert b"not JSON" in request.body
    assert b"secret" not in request.body


async def test_a_body_that_is_too_large_is_not_read_to_its_end():
    endpoint = BayeuxEndpoint(BayeuxServer(), limits=Limits(size=8))
    request = Http(endpoint, body=b"[{}      ")
    request.incoming.put_nowait({"type": "http.request", "body": b"]" * 99, "more_body": True})
    await request.done()
    assert request.status == 413
    assert request.incoming.qsize() == 1


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD"])
async def test_only_post_and_get_are_allowed(endpoint, method):
    request = Http(endpoint, method=method)
    await request.done()
    assert request.status == 405
    assert request.headers["allow"] == "POST, GET"


async def test_only_post_is_allowed_without_callback_polling():
    endpoint = BayeuxEndpoint(BayeuxServer(ServerSettings(transports=(Transport.LONG_POLLING,))))
    request = Http(endpoint, method="GET")
    await request.done()
    assert request.status == 405
    assert request.headers["allow"] == "POST"


def get(endpoint, *messages, callback="cb", **scope):
    query = urlencode({"message": json.dumps(messages)} | ({"jsonp": callback} if callback else {}))
    return Http(endpoint, body=b"", method="GET", query_string=query.encode(), **scope)


async def script(request):
    await request.done()
    assert request.status == 200, request.body
    return decode_jsonp(request.body.decode())


class TestCallbackPolling:
    async def test_is_answered_with_a_script_that_is_nothing_else(self, endpoint, say):
        request = get(endpoint, say.handshake(id="1"), callback="org.cometd.cb1")
        (reply,) = await script(request)
        assert reply["successful"]
        assert "callback-polling" in reply["supportedConnectionTypes"]
        assert request.body.startswith(b"/**/org.cometd.cb1([")
        assert request.headers["content-type"] == "text/javascript;charset=UTF-8"
        assert request.headers["x-content-type-options"] == "nosniff"
        assert request.headers["content-disposition"].startswith("attachment")
        assert request.headers["cache-control"] == "no-store"
        assert request.headers["set-cookie"].startswith("BAYEUX_BROWSER=")
        assert endpoint.server.sessions[reply["clientId"]].transport == "callback-polling"

    async def test_calls_a_function_of_the_default_name(self, endpoint, say):
        request = get(endpoint, say.handshake(), callback=None)
        await request.done()
        assert request.body.startswith(b"/**/jsonpcallback([")

    async def test_holds_a_connect_until_there_is_a_delivery(self, endpoint, say):
        client = await open_session(endpoint, say, "/a")
        connect = say.connect(client, connectionType="callback-polling", id="7")
        poll = await get(endpoint, connect).held()
        endpoint.publish("/a", 1)
        event, reply = await script(poll)
        assert event["data"] == 1
        assert reply["id"] == "7"

    async def test_of_a_newer_connect_ends_the_older_with_a_bare_500(self, endpoint, say):
        client = await open_session(endpoint, say)
        older = await get(endpoint, say.connect(client)).held()
        newer = await get(endpoint, say.connect(client)).held()
        await older.done()
        assert (older.status, older.body) == (500, b"")
        endpoint.close()
        assert await script(newer)

    @pytest.mark.parametrize("query", ["", "message=%5B%5D", "jsonp=a(b)&message=%5B%7B%7D%5D"])
    async def test_that_makes_no_sense_gets_400(self, endpoint, query):
        request = Http(endpoint, method="GET", query_string=query.encode())
        await request.done()
        assert request.status == 400

    async def test_that_is_too_long_gets_413(self, say):
        endpoint = BayeuxEndpoint(BayeuxServer(), limits=Limits(size=100))
        request = get(endpoint, say.handshake(ext={"x": "x" * 100}))
        await request.done()
        assert request.status == 413


async def test_the_principal_comes_from_the_application(say):
    endpoint = BayeuxEndpoint(BayeuxServer(), principal=lambda scope: scope["user"])
    client = await open_session(endpoint, say, user="alice")
    assert endpoint.server.sessions[client].principal == "alice"
    (reply,) = await Http(endpoint, say.connect(client), user="bob").answer()
    assert reply["error"].startswith("402:")


async def test_facts_are_told_as_they_happen_and_may_be_answered(say):
    facts = []

    def hear(effect):
        facts.append(type(effect))
        if isinstance(effect, SessionOpened):
            endpoint.deliver(effect.session.id, "/service/welcome", "hello")

    endpoint = BayeuxEndpoint(BayeuxServer(), on_event=hear)
    (reply,) = await Http(endpoint, say.handshake()).answer()
    event, _ = await Http(endpoint, say.connect(reply["clientId"])).answer()
    assert event["data"] == "hello"
    endpoint.expire(reply["clientId"])
    assert facts == [SessionOpened, SessionClosed]


async def test_expiring_a_session_answers_its_connect(endpoint, say):
    client = await open_session(endpoint, say)
    poll = await Http(endpoint, say.connect(client)).held()
    endpoint.expire(client)
    (reply,) = await poll.answer()
    assert reply["advice"]["reconnect"] == "handshake"


async def test_closing_answers_held_connects_and_refuses_new_requests(endpoint, say):
    client = await open_session(endpoint, say)
    poll = await Http(endpoint, say.connect(client)).held()
    endpoint.close()
    await poll.answer()
    late = Http(endpoint, say.handshake())
    await late.done()
    assert late.status == 503


async def test_time_is_kept_by_one_timer(say):
    settings = ServerSettings(timeout=0.03, max_interval=0.03)
    closed = asyncio.Event()

    def hear(effect):
        if isinstance(effect, SessionClosed):
            closed.set()

    endpoint = BayeuxEndpoint(BayeuxServer(settings), on_event=hear)
    client = await open_session(endpoint, say)
    (reply,) = await Http(endpoint, say.connect(client)).answer()
    assert reply["successful"]
    await asyncio.wait_for(closed.wait(), 5)
    assert endpoint.server.next_deadline() is None


async def test_an_earlier_deadline_goes_before_a_later_one(endpoint, say):
    patient = await open_session(endpoint, say)
    await Http(endpoint, say.connect(patient)).held()
    hasty = await open_session(endpoint, say)
    (reply,) = await Http(endpoint, say.connect(hasty, timeout=20)).answer()
    assert reply["successful"]
    endpoint.close()


async def test_a_fault_in_writing_is_the_requests_own_and_not_the_publishers(endpoint, say):
    async def broken(event):
        raise ConnectionResetError

    client = await open_session(endpoint, say, "/a")
    poll = await Http(endpoint, say.connect(client), send=broken).held()
    endpoint.publish("/a", 1)
    with pytest.raises(ConnectionResetError):
        await poll.done()


async def test_the_whole_over_real_http(say):
    loops = []
    endpoint = BayeuxEndpoint(
        BayeuxServer(), on_event=lambda _: loops.append(asyncio.get_running_loop())
    )
    with serving(endpoint, before_stop=endpoint.close) as url:
        async with aiohttp.ClientSession() as http:

            async def post(*messages):
                async with http.post(f"{url}/cometd/", json=list(messages)) as response:
                    assert response.status == 200
                    return await response.json()

            (reply,) = await post(say.handshake())
            client = reply["clientId"]
            await post(say.subscribe(client, "/a"), say.connect(client))
            poll = asyncio.ensure_future(post(say.connect(client)))
            loops[0].call_soon_threadsafe(endpoint.publish, "/a", 1)
            assert (await poll)[0]["data"] == 1
            assert (await post(say.disconnect(client)))[0]["successful"]
