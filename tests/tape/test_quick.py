"""Answers that are read later: the same values, the same faults, and nothing parsed before."""

from __future__ import annotations

import json

import pytest

from tapestry.problems import Problem
from tapestry.tape.codec import dump_flow, parse
from tapestry.tape.model import Body, BodyKind, Exchange, Header, Request, Response

HEAD = dump_flow(Header("2026-11-21T09:30:00.000Z"))
LONG = {"items": ["x" * 40] * 20, "referenceId": 7}


def exchange(answer=None, **changes):
    parts = {
        "at": 1.0,
        "took": 2.0,
        "request": Request("GET", "/x", {"a": "1", "b": ["2", "3"]}, (("Accept", "*/*"),)),
        "response": Response(200, (("Server", 'a,"response":{"status":1}'),), answer or Body()),
        "agent": "agent#1",
        "socket": "w1",
    }
    return Exchange(**(parts | changes))


def line(entry=None, **plain):
    return dump_flow(entry or exchange()) if not plain else f"--- {json.dumps(plain)}\n"


def read(*lines):
    return parse(HEAD + "".join(lines), "tape.yaml").entries


ENTRIES = [
    exchange(),
    exchange(Body(BodyKind.JSON, LONG)),
    exchange(Body(BodyKind.JSON, {"small": 1})),
    exchange(Body(BodyKind.JSON, 5)),
    exchange(Body(BodyKind.JSON, LONG, 12)),
    exchange(Body(BodyKind.TEXT, "t" * 900)),
    exchange(Body(BodyKind.BASE64, "AAAA")),
    exchange(Body(BodyKind.JSON, {"body": {"json": LONG}, "response": {"status": 1}})),
    exchange(
        Body(BodyKind.JSON, LONG),
        request=Request("POST", "/x", body=Body(BodyKind.JSON, {"response": {"status": LONG}})),
    ),
    exchange(
        Body(BodyKind.JSON, LONG),
        request=Request(
            "POST", "/x",
            body=Body(BodyKind.JSON, {"a": 1, "response": {"status": 5, "body": {"json": LONG}}}),
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize("entry", ENTRIES)
def test_what_is_read_later_is_what_was_written(entry):
    assert read(line(entry)) == (entry,)
    assert read(line(entry), line()) == (entry, exchange())


def test_a_long_answer_is_not_parsed_before_it_is_asked_for():
    (entry,) = read(line(ENTRIES[1]))
    body = entry.response.body
    assert body.source is not None
    assert body.json == LONG
    assert json.loads(body.source.text) == LONG


def test_a_body_knows_which_members_it_may_have():
    (entry,) = read(line(ENTRIES[1]))
    assert entry.response.body.mentions("referenceId")
    assert not entry.response.body.mentions("channel")
    assert Body(BodyKind.JSON, {}).mentions("anything")


def test_a_body_has_no_other_members():
    with pytest.raises(AttributeError):
        _ = read(line(ENTRIES[1]))[0].response.body.other


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        (line(ENTRIES[1]).replace('"items"', "items"), "not JSON"),
        (line(ENTRIES[1]).replace("[", "[" * 200, 3).replace("]", "]" * 200), "not JSON|nested"),
    ],
)
def test_an_answer_that_is_no_json_is_told_at_its_place_when_it_is_asked_for(broken, what):
    with pytest.raises(Problem, match=what) as caught:
        _ = [entry.response.body.value for entry in read(broken, line())]
    assert caught.value.where.line == 2


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"took": -1}, "0 or more"),
        ({"at": "soon"}, "expected a number"),
        ({"agent": 5}, "expected text"),
        ({"agnet": "x"}, "unknown key 'agnet'"),
        ({"request": {"method": "GET"}}, "key 'path' is missing"),
        ({"request": {"method": "GET", "path": "/", "qeury": {}}}, "unknown key"),
        ({"request": {"method": "GET", "path": "/", "query": {"a": 1}}}, "expected text"),
        ({"response": {"status": "200"}}, "whole number"),
        ({"response": {"status": 200, "heders": []}}, "unknown key"),
        ({"response": {"status": 200, "headers": [["a"]]}}, "a header is"),
        ({"response": {"status": 200, "headers": [["a", 1]]}}, "expected text"),
        ({"response": {"status": 200, "body": {"text": 1}}}, "expected text"),
        ({"response": {"status": 200, "body": {"empty": False}}}, "empty"),
    ],
)
def test_whatever_is_wrong_is_told_by_the_careful_reader(changes, what):
    plain = {"kind": "exchange", "at": 1.0, "took": 2.0, "request": {"method": "GET", "path": "/"},
             "response": {"status": 200}}  # fmt: skip
    text = "--- " + json.dumps(plain | changes, separators=(",", ":")) + "\n"
    with pytest.raises(Problem, match=what):
        read(text, line())
