import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from tapestry.documents import Document
from tapestry.problems import Place, Problem
from tapestry.tape.har_reader import cassette_from_har
from tapestry.tape.har_writer import har_of
from tapestry.tape.model import (
    Body,
    BodyKind,
    Cassette,
    End,
    Exchange,
    Frame,
    Header,
    Request,
    Response,
)
from tests.tape.tapes import cassettes

BEGAN = datetime(2026, 11, 21, 9, 30, tzinfo=UTC).timestamp()


def read(har, upstream=None):
    return cassette_from_har(Document(har, "x.har", {(): Place("x.har")}), upstream)


@settings(max_examples=60, deadline=None)
@given(cassettes())
def test_a_round_trip_loses_nothing(cassette):
    har, lost = har_of(cassette)
    again, also_lost = read(json.loads(json.dumps(har)))
    assert lost == also_lost == []
    assert again == cassette


def test_what_has_no_place_in_a_har_is_said():
    header = Header("2026-11-21T09:30:00.000Z")
    frame = Frame(1.0, "w9", "server", Body(BodyKind.TEXT, "x"))
    _, lost = har_of(Cassette(header, (frame, End(2.0, "w9", "gone"))))
    assert lost == [
        "entry 1: a WebSocket message of w9, whose opening is not on the tape",
        "entry 2: the end of something that is not on the tape",
    ]


def test_the_har_is_what_the_specification_asks_for():
    headers = (("Content-Type", "text/plain"), ("Cookie", "a=1; b=2"))
    request = Request("POST", "/x", {"q": ["1", "2"]}, headers, Body(BodyKind.TEXT, "hé"))
    answer = Response(302, (("Location", "/y"), ("Set-Cookie", "a=1; Path=/")))
    tape = Cassette(
        Header("2026-11-21T09:30:00.000Z", "https://h"), (Exchange(1.5, 2.25, request, answer),)
    )
    [entry] = har_of(tape)[0]["log"]["entries"]
    assert entry["startedDateTime"] == "2026-11-21T09:30:00.001500+00:00"
    assert entry["time"] == sum(entry["timings"].values()) == 2.25
    assert entry["request"]["url"] == "https://h/x?q=1&q=2"
    assert entry["request"]["queryString"] == [
        {"name": "q", "value": "1"},
        {"name": "q", "value": "2"},
    ]
    assert entry["request"]["cookies"] == [
        {"name": "a", "value": "1"},
        {"name": "b", "value": "2"},
    ]
    assert entry["request"]["postData"] == {"mimeType": "text/plain", "text": "hé"}
    assert entry["response"]["cookies"] == [{"name": "a", "value": "1"}]
    assert entry["response"]["redirectURL"] == "/y"
    assert entry["response"]["statusText"] == "Found"
    assert entry["response"]["content"] == {"size": 0, "mimeType": ""}


def browser_entry(url, started, **more):
    return {
        "startedDateTime": started,
        "time": 10.0,
        "request": {"method": "GET", "url": url, "headers": [], "queryString": []},
        "response": {
            "status": 200,
            "headers": [
                {"name": ":status", "value": "200"},
                {"name": "content-encoding", "value": "gzip"},
                {"name": "content-type", "value": "application/json"},
            ],
            "content": {"size": 2, "mimeType": "application/json", "text": '{"a": 1}'},
        },
        **more,
    }


def test_a_browser_s_har_becomes_a_tape_of_one_server():
    entries = [
        browser_entry("http://api.test/b?x=1", "2026-11-21T09:30:01.000Z", connection="77"),
        browser_entry("http://api.test/a", "2026-11-21T09:30:00.000Z", connection="76"),
        browser_entry("https://cdn.test/app.js", "2026-11-21T09:29:00.000Z"),
    ]
    har = {"log": {"creator": {"name": "WebInspector", "version": "537.36"}, "entries": entries}}
    cassette, lost = read(har)
    assert cassette.header == Header(
        "2026-11-21T09:30:00.000000Z", "http://api.test", {"har": "WebInspector 537.36"}
    )
    first, second = cassette.entries
    assert (first.at, first.took, first.request.path, first.connection) == (0.0, 10.0, "/a", "c2")
    assert (second.at, second.request.query) == (1000.0, {"x": "1"})
    assert first.response.headers == (("content-type", "application/json"),)
    assert first.response.body == Body(BodyKind.JSON, {"a": 1})
    assert lost == ["1 exchanges with https://cdn.test, another server"]
    assert read(har, "https://cdn.test")[0].entries[0].request.path == "/app.js"


def test_a_browser_s_websocket_comes_with_its_messages_in_between():
    socket = browser_entry("ws://api.test/ws", "2026-11-21T09:30:00.000Z")
    socket["response"] |= {"status": 101, "content": {"size": 0, "mimeType": ""}}
    socket |= {
        "time": 60_000.0,
        "_webSocketMessages": [
            {"type": "send", "time": BEGAN + 0.5, "opcode": 1, "data": "[]"},
            {"type": "receive", "time": BEGAN + 2.5, "opcode": 2, "data": "/wE="},
        ],
    }
    call = browser_entry("http://api.test/a", "2026-11-21T09:30:01.000Z")
    cassette, lost = read({"log": {"entries": [socket, call]}})
    opening, said, called, heard = cassette.entries
    assert (opening.socket, opening.took, called.request.path) == ("w1", 0.0, "/a")
    assert (said.at, said.sender, said.body.value) == (500.0, "client", [])
    assert (heard.at, heard.sender, heard.body) == (2500.0, "server", Body(BodyKind.BASE64, "/wE="))
    assert lost == []


def test_a_request_without_an_answer_is_an_end_and_a_missing_body_is_said():
    broken = browser_entry("http://h/a", "2026-11-21T09:30:00.000Z")
    broken["response"] = {"status": 0, "headers": [], "_error": "net::ERR_ABORTED", "content": {}}
    bodiless = browser_entry("http://h/b", "2026-11-21T09:30:00.000Z")
    bodiless["response"]["content"] = {"size": 512, "mimeType": "text/html"}
    cassette, lost = read({"log": {"entries": [broken, bodiless]}})
    end, exchange = cassette.entries
    assert isinstance(end, End)
    assert end.reason == "net::ERR_ABORTED"
    assert exchange.response.body.truncated == 512
    assert lost == ["1 bodies, which the HAR has not kept (recorded as truncated)"]


def test_form_parameters_stand_for_a_text_that_is_missing():
    entry = browser_entry("http://h/a", "2026-11-21T09:30:00.000Z")
    entry["request"]["postData"] = {"params": [{"name": "a b", "value": "1&2"}]}
    assert read({"log": {"entries": [entry]}})[0].entries[0].request.body.value == "a+b=1%262"


@pytest.mark.parametrize(
    ("har", "message"),
    [
        ({}, "not a HAR: key 'log' is missing"),
        ([], "expected a mapping"),
        ({"log": {"entries": [{}]}}, "key 'request' is missing"),
        ({"log": {"entries": [browser_entry("http://h", "soon")]}}, "no moment of ISO 8601"),
    ],
)
def test_what_is_no_har_is_told(har, message):
    with pytest.raises(Problem, match=message):
        read(har)
