"""The player as an ASGI application, called in memory."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from tapestry.player.app import MAX_MISSES, player_app
from tapestry.player.wire import MAX_BODY
from tapestry.problems import Problem
from tapestry.tape.model import Body, BodyKind

ALICE, BOB, EMAIL = "agent#1", "agent#2", "00012a9HEEG0325N"


@pytest.fixture
def told():
    return []


@pytest.fixture
async def serve(told):
    """Return a function that plays a tape; every player is closed at the end."""
    apps = []

    def start(tape, **options):
        apps.append(player_app(tape.cassette(), tell=told.append, **options))
        return apps[-1]

    yield start
    for app in apps:
        app.close()


@pytest.fixture
def begin(browser):
    """Return a function that starts a desktop's day."""

    async def start(app, user):
        desktop = browser(app, user)
        await desktop.get("/api/v2/me")
        await desktop.listen()
        await desktop.me("StartContactCenterSession")
        await desktop.me("Ready")
        return desktop

    return start


async def turns():
    """Let everything that can go on go on."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_whole_day_of_two_agents(serve, taped_day, told, begin):
    app = serve(taped_day)
    bob = await begin(app, "bob")
    alice = await begin(app, "alice")
    assert await alice.news() == ["Invited"]
    assert await bob.news() == []
    assert (await alice.email("Accept"))["referenceId"] == 11
    assert await alice.news() == ["Processing"]
    await alice.email("Transfer", userUri="http://player:1/api/v2/users/bob")
    assert await alice.news() == ["Processing"]
    assert await bob.news() == ["Invited"]
    assert (await bob.email("Accept"))["referenceId"] == 13
    assert await bob.news() == ["Processing"]
    assert told == []
    summary = app.summary()
    assert (summary.unused, summary.undelivered, summary.misses) == ((), (), 0)


async def test_two_agents_in_parallel_hear_only_what_is_theirs(serve, taped_day, begin):
    app = serve(taped_day)
    alice, bob = await asyncio.gather(begin(app, "alice"), begin(app, "bob"))
    assert await asyncio.gather(alice.news(), bob.news()) == [["Invited"], []]


async def test_a_held_poll_is_answered_by_the_news(serve, taped_day, browser, begin):
    app = serve(taped_day)
    alice = await begin(app, "alice")
    await alice.news()
    poller = browser(app)
    poller.cookies, poller.client_id = alice.cookies, alice.client_id
    held = asyncio.ensure_future(
        poller.bayeux("/connect", channel="/meta/connect", connectionType="long-polling")
    )
    await turns()
    assert not held.done()
    await alice.email("Accept")
    async with asyncio.timeout(5):
        event, reply = await held
    assert event["data"]["email"]["state"] == "Processing"
    assert reply["successful"]


async def test_closing_answers_held_polls(serve, taped_day, begin):
    app = serve(taped_day)
    alice = await begin(app, "alice")
    await alice.poll()
    held = asyncio.ensure_future(
        alice.bayeux("/connect", channel="/meta/connect", connectionType="long-polling")
    )
    await turns()
    assert not held.done()
    app.close()
    async with asyncio.timeout(5):
        assert await held


# What is the player's own and what is the tape's.


async def test_headers_cookies_and_tokens_are_the_players_own(serve, taped_day, browser):
    alice = browser(serve(taped_day), "alice")
    await alice.get("/api/v2/me")
    headers = alice.headers
    assert headers["x-kept"] == "yes"
    assert headers["x-csrf-header"] == "X-CSRF-TOKEN"
    assert headers["content-type"] == "application/json;charset=UTF-8"
    assert headers["content-length"] == str(len(alice.body))
    assert "date" not in headers
    assert "0123456789abcdef" not in json.dumps(headers)
    first = dict(alice.cookies), headers["x-csrf-token"]
    await alice.get("/api/v2/me")
    assert "set-cookie" not in alice.headers
    assert (alice.cookies, alice.headers["x-csrf-token"]) == first


async def test_uris_lead_to_the_host_that_the_client_used(serve, taped_day, browser):
    app = serve(taped_day)
    alice = browser(app, "alice", host="desk.example:7777")
    me = await alice.get("/api/v2/me")
    assert me["user"]["uri"] == "http://desk.example:7777/api/v2/users/alice"
    await alice.listen()
    await alice.me("StartContactCenterSession")
    await alice.me("Ready")
    (data,) = await alice.poll()
    assert data["email"]["uri"] == f"http://desk.example:7777/api/v2/me/emails/{EMAIL}"


async def test_client_ids_are_the_players_own(serve, taped_day, browser):
    alice = browser(serve(taped_day), "alice")
    await alice.listen()
    assert alice.client_id not in ("", "c1")
    assert "BAYEUX_BROWSER" in alice.cookies


async def test_bayeux_is_served_where_the_tape_has_it_and_by_all_spellings(serve, taping, browser):
    hands = {"channel": "/meta/handshake", "version": "1.0"}
    hands["supportedConnectionTypes"] = ["long-polling"]
    taping.exchange("POST", "/cometd/handshake", [hands], [{**hands, "successful": True}])
    app = serve(taping)
    for path in ("/cometd", "/cometd/", "/cometd/handshake"):
        _, body = await browser(app).send("POST", path, json.dumps([hands]).encode())
        assert json.loads(body)[0]["successful"]
    status, _ = await browser(app).send("POST", "/api/v2/notifications", b"[]")
    assert status == 404


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ({"ü": "é", "n": 1.5}, '{"ü":"é","n":1.5}'.encode()),
        (Body(BodyKind.TEXT, "see http://gws.example:8090/x"), b"see http://player:1/x"),
        (b"\x00\xff\x01", b"\x00\xff\x01"),
        (None, b""),
    ],
)
async def test_bodies_come_back_as_recorded(serve, taping, recorded, expected, browser):
    taping.exchange("GET", "/x", answer=recorded)
    assert await browser(serve(taping)).send("GET", "/x") == (200, expected)


async def test_a_body_that_is_no_json_is_matched_as_it_is(serve, taping, browser):
    taping.exchange("POST", "/upload", b"\x00\xff", {"ok": 1})
    taping.exchange("POST", "/form", Body(BodyKind.TEXT, "a=1&b=2"), {"ok": 2})
    desktop = browser(serve(taping))
    assert await desktop.send("POST", "/upload", b"\x00\xff") == (200, b'{"ok":1}')
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert await desktop.send("POST", "/form", b"a=1&b=2", **form) == (200, b'{"ok":2}')
    assert (await desktop.send("POST", "/form", b"a=1&b=3", **form))[0] == 404


async def test_repeated_and_empty_query_parameters_are_matched(serve, taping, browser):
    taping.exchange("GET", "/x", answer={"ok": 1}, query={"id": ["1", "2", "3"], "e": ""})
    desktop = browser(serve(taping))
    assert (await desktop.send("GET", "/x?id=1&id=2&id=3&e="))[0] == 200
    assert (await desktop.send("GET", "/x?id=1&id=2&e="))[0] == 404


async def test_an_answer_without_content_has_no_length(serve, taping, browser):
    taping.exchange("DELETE", "/x", status=204)
    desktop = browser(serve(taping))
    assert await desktop.send("DELETE", "/x") == (204, b"")
    assert "content-length" not in desktop.headers


async def test_error_answers_are_played_too(serve, taping, browser):
    taping.exchange("GET", "/x", answer={"statusCode": 4}, status=500)
    assert await browser(serve(taping)).send("GET", "/x") == (500, b'{"statusCode":4}')


async def test_a_redacted_tape_knows_the_call_of_a_live_client(serve, taped_day, begin):
    taped_day.redaction = {"policy": "default", "rules": 1}
    for index, entry in enumerate(taped_day.entries):
        text = json.dumps(entry.request.body.json).replace("users/bob", "users/xyz")
        body = replace(entry.request.body, value=json.loads(text))
        if entry.request.body.kind is BodyKind.JSON:
            taped_day.entries[index] = replace(entry, request=replace(entry.request, body=body))
    alice = await begin(serve(taped_day), "alice")
    await alice.email("Accept")
    assert (await alice.email("Transfer", userUri="/api/v2/users/bob"))["statusCode"] == 0


# Who is who.


async def test_agents_are_known_by_user_name(serve, taped_day, browser):
    app = serve(taped_day)
    assert (await browser(app, "bob").get("/api/v2/me"))["user"]["userName"] == "bob"
    assert (await browser(app, "alice").get("/api/v2/me"))["user"]["userName"] == "alice"


async def test_an_agent_is_known_by_the_form_of_its_name_on_a_redacted_tape(
    serve, taped_day, browser
):
    taped_day.redaction = {"policy": "default", "rules": 1}
    app = serve(taped_day)
    assert (await browser(app, "rob").get("/api/v2/me"))["user"]["userName"] == "bob"


async def test_without_credentials_order_of_arrival_is_told(serve, taped_day, told, browser):
    app = serve(taped_day)
    first, second = browser(app), browser(app)
    assert (await first.get("/api/v2/me"))["user"]["userName"] == "alice"
    assert (await second.get("/api/v2/me"))["user"]["userName"] == "bob"
    assert told[0].startswith("client#1 plays agent#1, by order of arrival")
    assert told[1].startswith("client#2 plays agent#2, by order of arrival")


async def test_a_client_that_keeps_no_cookies_is_known_by_its_credentials(
    serve, taped_day, browser
):
    alice = browser(serve(taped_day), "alice")
    for _ in range(2):
        await alice.me("StartContactCenterSession")
        alice.cookies.clear()
        told = await alice.get("/api/v2/me")
        assert told["user"]["userName"] == "alice"


async def test_a_cometd_client_without_cookies_keeps_its_session(serve, taping, browser):
    taping.listen()
    taping.exchange("POST", "/api/v2/me", {"operationName": "Ready"}, {"statusCode": 0})
    taping.news(EMAIL, "Invited")
    alice = browser(serve(taping))
    await alice.listen()
    await alice.me("Ready")
    alice.cookies.clear()
    assert await alice.news() == ["Invited"]


async def test_after_disconnecting_and_shaking_hands_again_the_story_goes_on(
    serve, taped_day, begin
):
    alice = await begin(serve(taped_day), "alice")
    assert await alice.news() == ["Invited"]
    await alice.bayeux("/disconnect", channel="/meta/disconnect")
    await alice.email("Accept")
    await alice.listen()
    assert await alice.news() == ["Processing"]


async def test_unsubscribing_is_honoured(serve, taped_day, begin):
    alice = await begin(serve(taped_day), "alice")
    await alice.news()
    await alice.bayeux(channel="/meta/unsubscribe", subscription="/v2/me/emails")
    await alice.email("Accept")
    assert await alice.news() == []


# Misses.


async def test_a_miss_is_a_404_with_its_reason_and_is_told(serve, taped_day, told, begin):
    app = serve(taped_day)
    alice = await begin(app, "alice")
    status, body = await alice.send("GET", "/api/v2/me/calls?token=s3cret")
    answer = json.loads(body)
    assert status == 404
    assert answer["statusCode"] == 6
    assert answer["tapestry"]["cause"] == "no such exchange"
    assert told[-1].startswith("miss: no such exchange: GET /api/v2/me/calls (agent#1)")
    assert app.summary().misses == 1
    assert "s3cret" not in body.decode() + told[-1]


async def test_credentials_are_never_shown(serve, taped_day, told, begin, basic):
    app = serve(taped_day)
    alice = await begin(app, "alice")
    await alice.send("POST", "/login", b'{"password": "alice-pw"}')
    await alice.email("Reject")
    shown = (
        "\n".join(told) + json.dumps(await alice.get("/__tapestry/summary")) + repr(app._visitors)
    )
    assert "alice-pw" not in shown
    assert basic("alice") not in shown
    assert alice.cookies["JSESSIONID"] not in shown


async def test_different_misses_are_told_apart_up_to_a_bound(serve, taping, browser):
    app = serve(taping)
    desktop = browser(app)
    for number in range(MAX_MISSES + 2):
        await desktop.send("GET", f"/{number}")
    missed = app.summary().missed
    assert len(missed) == MAX_MISSES + 1
    assert max(missed.values()) == 2


async def test_a_body_that_is_too_large_is_refused(serve, taping, browser):
    status, _ = await browser(serve(taping)).send("POST", "/x", bytes(MAX_BODY + 1))
    assert status == 413


async def test_a_client_that_goes_away_before_its_request_is_complete_changes_nothing(
    serve, taped_day
):
    app = serve(taped_day)
    parts = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    scope = {"type": "http", "method": "POST", "path": "/api/v2/me", "headers": []}

    async def receive():
        return parts.pop(0)

    await app(scope, receive, None)
    assert app.summary().used == ()


class Socket:
    """A WebSocket to an application, in memory."""

    def __init__(self, app, path, cookies=None):
        cookie = "; ".join(f"{name}={value}" for name, value in (cookies or {}).items())
        headers = [(b"host", b"player:1"), (b"cookie", cookie.encode())]
        scope = {"type": "websocket", "path": path, "headers": headers, "client": ("::1", 5)}
        self.frames = asyncio.Queue()
        self.told = asyncio.Queue()
        self.frames.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.ensure_future(app(scope, self.frames.get, self.told.put))

    async def next(self):
        async with asyncio.timeout(5):
            return await self.told.get()

    async def say(self, **message):
        frame = json.dumps([message])
        self.frames.put_nowait({"type": "websocket.receive", "text": frame})
        return json.loads((await self.next())["text"])

    async def close(self):
        self.frames.put_nowait({"type": "websocket.disconnect", "code": 1000})
        async with asyncio.timeout(5):
            await self.task


async def test_what_was_recorded_over_long_polling_plays_over_a_websocket(
    serve, taped_day, browser
):
    app = serve(taped_day)
    alice = browser(app, "alice")
    await alice.get("/api/v2/me")
    socket = Socket(app, "/api/v2/notifications", alice.cookies)
    assert (await socket.next())["type"] == "websocket.accept"
    hands = {"channel": "/meta/handshake", "version": "1.0"}
    (reply,) = await socket.say(**hands, supportedConnectionTypes=["websocket"])
    client = {"clientId": reply["clientId"]}
    await socket.say(channel="/meta/subscribe", subscription="/v2/me/emails", **client)
    await alice.me("StartContactCenterSession")
    await alice.me("Ready")
    (event,) = json.loads((await socket.next())["text"])
    assert event["data"]["email"]["state"] == "Invited"
    await socket.close()


async def test_a_websocket_gets_the_session_cookie_too(serve, taped_day):
    socket = Socket(serve(taped_day), "/api/v2/notifications")
    accepted = await socket.next()
    assert dict(accepted["headers"])[b"set-cookie"].startswith(b"JSESSIONID=")
    await socket.close()


@pytest.mark.parametrize("path", ["/elsewhere", "/__tapestry/summary"])
async def test_a_websocket_elsewhere_is_refused(serve, taped_day, path):
    socket = Socket(serve(taped_day), path)
    assert (await socket.next())["type"] == "websocket.close"
    await socket.task


# Timing.


async def test_recorded_timing_delays_the_answer_and_the_news(serve, taping, browser):
    taping.listen()
    taping.email("Accept", EMAIL, reference=1)
    taping.entries[-1] = replace(taping.entries[-1], took=40_000.0)
    taping.at += 60_000
    taping.news(EMAIL, "Processing", reference=1)
    alice = browser(serve(taping, timing="recorded", speed=1000.0))
    await alice.listen()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    assert (await alice.email("Accept"))["referenceId"] == 1
    answered = loop.time()
    assert answered - begun >= 0.04
    assert await alice.news() == []
    async with asyncio.timeout(5):
        event, _ = await alice.bayeux(
            "/connect", channel="/meta/connect", connectionType="long-polling"
        )
    assert event["data"]["email"]["state"] == "Processing"
    assert loop.time() - answered >= 0.019


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf")])
def test_a_speed_must_be_a_positive_number(taping, speed):
    with pytest.raises(Problem, match="not a speed"):
        player_app(taping.cassette(), speed=speed)


async def test_closing_drops_what_was_still_to_come(serve, taping, browser):
    taping.listen()
    taping.at += 3_600_000
    taping.news(EMAIL, "Invited")
    app = serve(taping, timing="recorded")
    alice = browser(app)
    await alice.listen()
    assert await alice.news() == []
    app.close()
    assert app.summary().delivered == 0


def test_a_timing_must_be_one_of_three(taping):
    with pytest.raises(Problem, match="not a timing: 'never'"):
        player_app(taping.cassette(), timing="never")


# The player's own routes.


async def test_the_next_invitation_is_released_on_request(serve, taped_day, browser):
    app = serve(taped_day)
    alice = browser(app, "alice")
    await alice.listen()
    status, body = await alice.send("POST", "/__tapestry/release?agent=agent%231")
    assert (status, json.loads(body)) == (200, {"agent": ALICE, "channel": "/v2/me/emails"})
    assert await alice.news() == ["Invited"]
    assert (await alice.send("POST", "/__tapestry/release?agent=agent%231"))[0] == 409


async def test_the_only_agent_of_a_tape_need_not_be_named(serve, taping, browser):
    taping.listen()
    taping.news(EMAIL, "Invited")
    assert (await browser(serve(taping)).send("POST", "/__tapestry/release"))[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "peer", "status"),
    [
        ("POST", "/__tapestry/release", "127.0.0.1", 404),
        ("POST", "/__tapestry/release?agent=nobody", "::1", 404),
        ("GET", "/__tapestry/release", "127.0.0.1", 405),
        ("GET", "/__tapestry/other", "127.0.0.1", 404),
        ("GET", "/__tapestry/summary", "192.0.2.7", 403),
        ("GET", "/__tapestry/summary", "not an address", 403),
        ("GET", "/__tapestry/summary", "127.0.0.1", 200),
    ],
)
async def test_the_routes_of_the_players_own(serve, taped_day, method, path, peer, status, browser):
    assert (await browser(serve(taped_day)).send(method, path, peer=peer))[0] == status


async def test_the_summary_tells_what_was_used_and_what_was_not(serve, taped_day, begin):
    app = serve(taped_day)
    alice = await begin(app, "alice")
    await alice.get("/nowhere")
    told = await alice.get("/__tapestry/summary")
    assert told["calls"]["used"] == 3
    assert told["deliveries"]["released"] == 1
    assert told["misses"] == [{"cause": "no such exchange", "call": "GET /nowhere", "count": 1}]
    assert {"agent": ALICE, "client": "client#1", "how": "by credentials"} in told["agents"]
    assert {call["agent"] for call in told["calls"]["unused"]} == {ALICE, BOB}
    assert told["warnings"] == []


async def test_the_summary_warns_of_what_the_tape_lacks(serve, taping, told):
    taping.exchange("GET", "/x", answer=Body(BodyKind.TEXT, "abc", truncated=7))
    app = player_app(taping.cassette("a torn last entry was left out"), tell=told.append)
    assert app.summary().warnings == (
        "a torn last entry was left out",
        "the answer in entry 1 was not recorded whole: 7 bytes are missing",
    )


async def test_a_tape_with_nothing_to_play_says_so(serve, taping):
    (warning,) = serve(taping).summary().warnings
    assert "neither calls nor deliveries" in warning
