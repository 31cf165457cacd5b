"""Repeated reads are answered without a second look, and only as long as that is right."""

from __future__ import annotations

import pytest

from tapestry.player import repeats
from tapestry.player.repeats import Ready, Repeats, key_of
from tapestry.player.visitors import Visitor


class Versioned:
    version = 3


def ready(size=10, version=3, play=Versioned):
    visitor = Visitor("client#1", "c", "t")
    return Ready(play, version, visitor, "http://x", {}, {"body": b"x" * size})


def scope(method="GET", **headers):
    lines = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "method": method, "raw_path": b"/x", "query_string": b"",
            "headers": lines}  # fmt: skip


def test_an_answer_is_found_by_the_bytes_of_the_request_until_something_happens():
    kept, key = Repeats(), key_of(scope(cookie="a", host="h"))
    kept.keep(key, ready())
    assert kept.find(key) is not None
    assert kept.find(key_of(scope(cookie="b", host="h"))) is None
    kept.keep(key, ready(version=2))
    assert kept.find(key) is None


@pytest.mark.parametrize(
    "request_",
    [
        scope("POST", cookie="a"),
        scope(),
        scope(cookie="a", content_length="2"),
        scope(cookie="a", transfer_encoding="chunked"),
        scope(cookie="a") | {"type": "websocket"},
    ],
)
def test_only_reads_of_clients_with_a_cookie_are_kept(request_):
    assert key_of(request_) is None
    assert Repeats().find(None) is None


def test_memory_is_bounded_and_the_oldest_go_first(monkeypatch):
    monkeypatch.setattr(repeats, "MAX_BYTES", 25)
    kept = Repeats()
    keys = [key_of(scope(cookie=name)) for name in "abc"]
    for key in (*keys, keys[2]):
        kept.keep(key, ready())
    assert [kept.find(key) is not None for key in keys] == [False, True, True]


async def test_a_step_in_between_shows_in_a_repeated_read(browser, taping):
    from tapestry.player.app import player_app

    taping.exchange("GET", "/api/v2/me/emails", answer={"emails": []})
    taping.email("Accept", "e1", reference=1)
    taping.exchange("GET", "/api/v2/me/emails", answer={"emails": ["e1"]})
    desktop = browser(player_app(taping.cassette()))
    answers = [await desktop.get("/api/v2/me/emails") for _ in range(4)]
    assert answers == [{"emails": []}] * 4
    await desktop.post("/api/v2/me/emails/e1", operationName="Accept")
    assert [await desktop.get("/api/v2/me/emails") for _ in range(3)] == [{"emails": ["e1"]}] * 3
