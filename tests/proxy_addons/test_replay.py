"""The modes, end to end: what is played, what reaches the server, and what is on the tape after."""

import asyncio
import json

import aiohttp
import pytest

from proxy_addons.plan import Plan
from proxy_addons.recorder import recording
from tapestry.problems import Problem
from tapestry.tape import codec
from tests.proxy_addons.upstream import AUTH, talk


def say(url, body, path="/api/v2/me", **options):
    return asyncio.run(talk(url + path, json.dumps(body).encode(), headers=AUTH, **options))


@pytest.fixture
def tape(upstream, app, tmp_path):
    """A cassette with one call on it."""
    out = tmp_path / "x.yaml"
    with recording(upstream, out) as url:
        say(url, {"operationName": "Ready"})
    app.asked.clear()
    return out


@pytest.mark.parametrize("mode", ["none", "once"])
def test_a_cassette_that_exists_is_played_and_the_server_not_asked(upstream, app, tape, mode):
    before = tape.read_bytes()
    with recording(upstream, tape, mode=mode) as url:
        played = say(url, {"operationName": "Ready"})
        missed = say(url, {"operationName": "NotReady"})
    assert played[0] == 200
    assert json.loads(played[2]) == {"operationName": "Ready"}
    assert missed[0] == 404
    assert json.loads(missed[2])["tapestry"]["cause"]
    assert app.asked == []
    assert tape.read_bytes() == before


def test_new_episodes_are_passed_on_and_added(upstream, app, tape):
    with recording(upstream, tape, mode="new_episodes") as url:
        played = say(url, {"operationName": "Ready"})
        new = say(url, {"operationName": "NotReady"})
    assert (played[0], new[0]) == (200, 200)
    assert [body for _, _, body in app.asked] == [b'{"operationName": "NotReady"}']
    old, added = codec.load(tape).entries
    assert added.request.body.value == {"operationName": "NotReady"}
    assert added.agent == old.agent == "agent#1"
    with recording(upstream, tape, mode="none") as url:
        assert say(url, {"operationName": "Ready"})[0] == 200


def test_new_episodes_of_nothing_are_a_recording(upstream, tmp_path):
    with recording(upstream, tmp_path / "x.yaml", mode="new_episodes") as url:
        say(url, {"operationName": "Ready"})
    assert len(codec.load(tmp_path / "x.yaml").entries) == 1


def test_nothing_to_play_is_told(upstream, tmp_path):
    with (
        pytest.raises(Problem, match="cannot read"),
        recording(upstream, tmp_path / "x.yaml", mode="none"),
    ):
        pass


def test_what_is_in_several_files_is_not_played(upstream, tmp_path):
    plan = Plan("", rotate="1h")
    out = tmp_path / "x.yaml"
    with recording(upstream, out, plan=plan) as url:
        say(url, {})
    with pytest.raises(Problem, match="in several"), recording(upstream, out, plan=plan):
        pass


def mode(url, to="", **options):
    query = f"?to={to}" if to else ""
    method = "POST" if to else "GET"
    path = f"/__tapestry/mode{query}"
    status, _, body = asyncio.run(talk(url + path, method=method, **options))
    return status, json.loads(body)


def test_the_mode_changes_while_it_runs_and_the_recording_goes_on(upstream, app, tmp_path):
    out = tmp_path / "x.yaml"
    with recording(upstream, out, mode="all") as url:
        say(url, {"n": 1})
        assert mode(url, "passthrough")[1]["mode"] == "passthrough"
        say(url, {"n": 2})
        assert mode(url, "all") == (200, {**mode(url)[1], "mode": "all"})
        say(url, {"n": 3})
    assert [entry.request.body.value["n"] for entry in codec.load(out).entries] == [1, 3]
    assert not any(path.startswith("/__") for _, path, _ in app.asked)


def test_what_was_just_recorded_can_be_played_at_once(upstream, app, tmp_path):
    with recording(upstream, tmp_path / "x.yaml") as url:
        say(url, {"operationName": "Ready"})
        assert mode(url, "none")[0] == 200
        app.asked.clear()
        assert say(url, {"operationName": "Ready"})[0] == 200
        assert app.asked == []
        assert asyncio.run(talk(f"{url}/__tapestry/summary", method="GET"))[0] == 200


@pytest.mark.parametrize(
    ("headers", "path", "method", "status"),
    [
        ({"Origin": "http://evil.example.com"}, "/__tapestry/mode?to=all", "POST", 403),
        ({"X-Forwarded-For": "203.0.113.9"}, "/__tapestry/mode", "GET", 403),
        ({}, "/__tapestry/mode?to=allways", "POST", 400),
        ({}, "/__tapestry/mode", "DELETE", 405),
        ({}, "/__tapestry/else", "GET", 404),
    ],
)
def test_control_requests_that_are_refused(upstream, app, tmp_path, headers, path, method, status):
    with recording(upstream, tmp_path / "x.yaml") as url:
        answered = asyncio.run(talk(url + path, method=method, headers=headers))
        assert answered[0] == status
    assert app.asked == []
    assert codec.load(tmp_path / "x.yaml").entries == ()


def test_a_mode_that_cannot_be_had_leaves_traffic_passing(upstream, tmp_path):
    with recording(upstream, tmp_path / "x.yaml", mode="passthrough") as url:
        status, told = mode(url, "none")
        assert (status, told["mode"]) == (409, "passthrough")
        assert say(url, {})[0] == 200


def test_a_websocket_is_played_too(upstream, app, tmp_path):
    hello = [{"channel": "/meta/handshake", "version": "1.0", "id": "1"}]
    hello[0]["supportedConnectionTypes"] = ["websocket"]

    async def shake(url):
        async with aiohttp.ClientSession() as http, http.ws_connect(f"{url}/cometd") as socket:
            await socket.send_json(hello)
            return await socket.receive_json()

    out = tmp_path / "x.yaml"
    with recording(upstream, out) as url:
        asyncio.run(shake(url))
    with recording(upstream, out, mode="none") as url:
        (reply,) = asyncio.run(shake(url))
    assert reply["successful"]
    assert reply["clientId"]
