"""What the tape has no answer to is played as it was: cut, or left unanswered."""

from __future__ import annotations

import asyncio
import http.client
from urllib.parse import urlsplit

import pytest

from tapestry.player.app import player_app
from tapestry.player.broken import gave_up
from tapestry.serving import serving
from tapestry.tape.model import Cassette, End, Request


@pytest.fixture
def cut_short(taping):
    """Return a function that tapes a first try with no answer, and a second with one."""

    def tape(reason):
        end = End(100.0, "c1", reason, 5.0, "agent#1", Request("GET", "/api/v2/contacts/1"))
        taping.at = 200.0
        taping.exchange("GET", "/api/v2/contacts/1", answer={"name": "x"})
        whole = taping.cassette()
        return Cassette(whole.header, (end, *whole.entries))

    return tape


def test_a_connection_that_broke_breaks_again_and_the_next_try_is_answered(cut_short):
    app = player_app(cut_short("connection reset"), tell=lambda _: None)
    with serving(app, before_stop=app.close) as url:
        where = urlsplit(url)

        def ask():
            connection = http.client.HTTPConnection(where.hostname, where.port, timeout=10)
            connection.request("GET", "/api/v2/contacts/1")
            return connection.getresponse().read()

        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            ask()
        assert ask() == b'{"name":"x"}'
        assert ask() == b'{"name":"x"}'
    assert app.summary().unused == ()


async def test_a_server_that_cannot_cut_connections_says_what_happened(cut_short, browser):
    desktop = browser(player_app(cut_short("connection reset"), tell=lambda _: None))
    status, body = await desktop.send("GET", "/api/v2/contacts/1")
    assert (status, body) == (502, b'{"statusMessage":"no answer on the tape: connection reset"}')


async def test_who_gave_up_on_the_tape_may_wait_as_long_as_it_likes(cut_short):
    app = player_app(cut_short("client disconnected"), tell=lambda _: None)
    parts = asyncio.Queue()
    sent = []
    scope = {"type": "http", "method": "GET", "path": "/api/v2/contacts/1", "headers": [],
             "query_string": b"", "client": None}  # fmt: skip

    async def send(message):
        sent.append(message)

    parts.put_nowait({"type": "http.request", "body": b""})
    asking = asyncio.ensure_future(app(scope, parts.get, send))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not asking.done()
    parts.put_nowait({"type": "http.disconnect"})
    await asking
    assert sent == []


@pytest.mark.parametrize(
    ("reason", "left"),
    [("client disconnected", True), ("recorder stopped", True), ("timeout", False),
     ("connection refused", False)],
)  # fmt: skip
def test_who_left_first_is_told_by_the_reason(reason, left):
    assert gave_up(reason) is left
