"""``tapestry show``: the story as text and as JSON, through the real entry point."""

import json

import pytest

from conformance.cli import main
from tapestry.catalogue import catalogue
from tapestry.tape.codec import save
from tapestry.tape.model import (
    Body,
    BodyKind,
    Cassette,
    End,
    Exchange,
    Header,
    Request,
    Response,
)


def bayeux(at, sent, received):
    asked = Request("POST", "/cometd", body=Body(BodyKind.JSON, sent))
    return Exchange(at, 5.0, asked, Response(200, body=Body(BodyKind.JSON, received)), "agent#1")


@pytest.fixture
def cassette(tmp_path):
    data = {"messageType": "EmailStateChangeMessage", "email": {"id": "00012a9HEEG0325N"}}
    entries = (
        bayeux(
            0.0,
            [{"channel": "/meta/handshake"}],
            [{"channel": "/meta/handshake", "clientId": "c", "successful": True}],
        ),
        bayeux(
            10.0,
            [{"channel": "/meta/connect", "clientId": "c"}],
            [{"channel": "/v2/me/emails", "data": data}],
        ),
        Exchange(20.0, 5.0, Request("GET", "/api/v2/me"), Response(200), "agent#1"),
        End(30.0, "c9", "reset", request=Request("GET", "/x"), agent="agent#1"),
    )
    path = tmp_path / "day.yaml"
    save(Cassette(Header("2026-11-21T09:30:00.000Z"), entries), path)
    return path


def test_text(cassette, capsys):
    assert main(["show", str(cassette)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("1 agent, 1 session, 1 call, 1 delivery (1 unsolicited)\n")
    assert "← EmailStateChangeMessage email#1" in told


def test_json_follows_its_schema(cassette, capsys):
    assert main(["show", str(cassette), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [event["kind"] for event in told["events"]] == ["session", "delivery", "call", "end"]
    assert catalogue().schemas.errors("tapestry/story.yaml", told) == []


def test_a_torn_cassette_is_shown_with_a_warning(cassette, capsys):
    cassette.write_text(cassette.read_text() + "---\nkind: exch")
    assert main(["show", str(cassette)]) == 0
    assert "torn" in capsys.readouterr().err


def test_what_cannot_be_read_is_a_problem(tmp_path, capsys):
    assert main(["show", str(tmp_path / "none.yaml")]) == 2
    assert "none.yaml" in capsys.readouterr().err


def test_the_page_says_why_and_escapes_what_it_shows(cassette, capsys):
    assert main(["show", str(cassette), "--format", "html"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("<!doctype html>")
    assert "of its own accord" in page
    assert "EmailStateChangeMessage" in page


def test_causes_are_written_to_be_edited_and_then_hold(cassette, capsys):
    assert main(["show", str(cassette), "--format", "causes"]) == 0
    causes = capsys.readouterr().out
    assert "\n# - {entry: 2, cause: none}  # " in causes
    beside = cassette.with_name(cassette.name + ".causes")
    beside.write_text(causes.replace("# - {entry", "- {entry"))
    assert main(["show", str(cassette)]) == 0
    assert "unsolicited (edited)" in capsys.readouterr().out
    assert main(["show", str(cassette), "--format", "causes"]) == 0
    assert "\n- {entry: 2, cause: none}" in capsys.readouterr().out
