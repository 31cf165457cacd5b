"""Long answers of a flow-style tape are served as they stand, or read when something is in them."""

from __future__ import annotations

import json

import pytest

from tapestry.catalogue import catalogue
from tapestry.player.app import player_app
from tapestry.story.derive import derive
from tapestry.tape.codec import load, save

LONG = ["x" * 40] * 30


@pytest.fixture
def flow(taping, tmp_path):
    """A tape in flow style with long answers: plain, with a uri, with a referenceId."""
    taping.exchange("GET", "/api/v2/plain", answer={"items": LONG})
    uri = f"{taping.upstream}/api/v2/users/7"
    taping.exchange("GET", "/api/v2/uri", answer={"items": LONG, "uri": uri})
    taping.exchange("POST", "/api/v2/me", {"operationName": "Ready"},
                    {"statusCode": 0, "referenceId": 5, "items": LONG})  # fmt: skip
    save(taping.cassette(), tmp_path / "day.yaml", "flow")
    return load(tmp_path / "day.yaml")


def test_a_call_reads_its_answer_when_it_is_asked_for(flow):
    story = derive(flow, catalogue())
    assert [call.reference for call in story.calls] == [None, None, 5]
    assert story.calls[0].body == {"items": LONG}
    with pytest.raises(AttributeError):
        _ = story.calls[0].other


async def test_an_answer_that_is_not_parsed_is_the_one_on_the_tape(flow, browser):
    desktop = browser(player_app(flow, tell=lambda _: None))
    assert await desktop.get("/api/v2/plain") == {"items": LONG}
    assert (await desktop.me("Ready"))["referenceId"] == 5


async def test_a_uri_in_a_long_answer_leads_to_the_player(flow, browser):
    desktop = browser(player_app(flow, tell=lambda _: None))
    assert (await desktop.get("/api/v2/uri"))["uri"] == "http://player:1/api/v2/users/7"


def test_nothing_is_parsed_to_begin_a_play(flow, monkeypatch):
    parsed = []
    monkeypatch.setattr("tapestry.tape.quick.parse_flow", lambda text, where: parsed.append(text))
    reads = [entry for entry in flow.entries if entry.request.method == "GET"]
    player_app(type(flow)(flow.header, tuple(reads)), tell=lambda _: None)
    assert parsed == []
    assert all(json.loads(entry.response.body.source.text) for entry in reads)
