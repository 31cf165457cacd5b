"""The schemas of our own file types say the same as the code that reads and writes them."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from conformance.model import Check, Finding, Level, Outcome, Run
from conformance.reports.json_report import as_json
from tapestry.catalogue import catalogue
from tapestry.catalogue.own import check_own
from tapestry.documents import Document
from tapestry.problems import Problem
from tapestry.story.as_json import story_json
from tapestry.story.derive import derive
from tapestry.tape.codec import parse

HEADER: dict[str, Any] = {
    "tapestry": 1,
    "recorded": "2026-11-21T09:30:00.000Z",
    "upstream": "http://127.0.0.1:8090",
    "tool": {"tapestry": "0.1.0"},
    "redaction": {"policy": "default", "rules": 14},
}
REQUEST = {
    "method": "POST",
    "path": "/api/v2/me/emails/1",
    "query": {"a": "1", "b": ["2", "3"]},
    "headers": [["Content-Type", "application/json"]],
    "body": {"json": {"operationName": "Accept"}},
}
EXCHANGE: dict[str, Any] = {
    "kind": "exchange",
    "at": 1042.3,
    "took": 25.1,
    "agent": "agent#1",
    "connection": "c3",
    "socket": "w1",
    "request": REQUEST,
    "response": {"status": 200, "headers": [], "body": {"text": "x", "truncated": 3}},
}
FRAME: dict[str, Any] = {
    "kind": "frame",
    "at": 1,
    "socket": "w1",
    "from": "server",
    "agent": "agent#1",
    "body": {"json": [{"channel": "/v2/me/emails", "data": {}}]},
}
END: dict[str, Any] = {
    "kind": "end",
    "at": 2,
    "took": 1,
    "agent": "agent#1",
    "of": "c3",
    "reason": "aborted",
    "request": REQUEST,
}
GONE = object()

CHANGES: list[tuple[dict[str, Any], tuple[str | int, ...], Any, bool]] = [
    (HEADER, (), None, True),
    (EXCHANGE, (), None, True),
    (FRAME, (), None, True),
    (END, (), None, True),
    (HEADER, ("tapestry",), 2, False),
    (HEADER, ("recorded",), GONE, False),
    (HEADER, ("recorded",), 5, False),
    (HEADER, ("tool", "tapestry"), 1, False),
    (HEADER, ("extra",), 1, False),
    (HEADER, ("upstream",), GONE, True),
    (EXCHANGE, ("kind",), "exhange", False),
    (EXCHANGE, ("kind",), GONE, False),
    (EXCHANGE, ("at",), "soon", False),
    (EXCHANGE, ("took",), GONE, False),
    (EXCHANGE, ("agent",), 1, False),
    (EXCHANGE, ("agent",), GONE, True),
    (EXCHANGE, ("extra",), 1, False),
    (EXCHANGE, ("request",), GONE, False),
    (EXCHANGE, ("request", "method"), GONE, False),
    (EXCHANGE, ("request", "path"), 1, False),
    (EXCHANGE, ("request", "query", "a"), 1, False),
    (EXCHANGE, ("request", "query", "b", 0), 1, False),
    (EXCHANGE, ("request", "headers", 0), ["one"], False),
    (EXCHANGE, ("request", "headers", 0), ["one", 2], False),
    (EXCHANGE, ("request", "body"), {}, False),
    (EXCHANGE, ("request", "body"), {"json": 1, "text": "x"}, False),
    (EXCHANGE, ("request", "body"), {"empty": True}, True),
    (EXCHANGE, ("request", "body"), {"empty": False}, False),
    (EXCHANGE, ("request", "body"), {"base64": "AA=="}, True),
    (EXCHANGE, ("request", "body"), {"text": 1}, False),
    (EXCHANGE, ("request", "body"), {"json": None}, True),
    (EXCHANGE, ("response", "status"), "200", False),
    (EXCHANGE, ("response", "body", "truncated"), "3", False),
    (EXCHANGE, ("response", "extra"), 1, False),
    (FRAME, ("from",), "nobody", False),
    (FRAME, ("body",), GONE, False),
    (FRAME, ("took",), 1, False),
    (END, ("reason",), GONE, False),
    (END, ("request",), GONE, True),
    (END, ("of",), 3, False),
]


def changed(value: dict[str, Any], path: tuple[str | int, ...], new: Any) -> dict[str, Any]:
    whole = copy.deepcopy(value)
    at: Any = whole
    for step in path[:-1]:
        at = at[step]
    if path and new is GONE:
        del at[path[-1]]
    elif path:
        at[path[-1]] = new
    return whole


def readable(entry: dict[str, Any]) -> bool:
    lines = [entry] if "recorded" in entry or "tapestry" in entry else [HEADER, entry]
    try:
        parse("".join(json.dumps(line) + "\n" for line in lines), "tape.jsonl")
    except Problem:
        return False
    return True


@pytest.mark.parametrize(("value", "path", "new", "good"), CHANGES)
def test_the_schema_and_the_reader_of_cassettes_agree(
    value: dict[str, Any], path: tuple[str | int, ...], new: Any, good: bool
) -> None:
    entry = changed(value, path, new)
    assert (check_own(Document(entry, "tape", {}), "cassette") == []) is good
    assert readable(entry) is good


def test_the_story_that_show_prints_keeps_its_schema() -> None:
    connect = {"channel": "/meta/handshake", "clientId": "c", "successful": True}
    data = {"messageType": "EmailStateChangeMessage", "email": {"id": "1"}}
    poll = EXCHANGE | {
        "response": {
            "status": 200,
            "body": {"json": [connect, {"channel": "/v2/me/emails", "data": data}]},
        }
    }
    poll |= {"request": {"method": "POST", "path": "/n", "body": {"json": [connect]}}}
    text = "".join(json.dumps(line) + "\n" for line in (HEADER, EXCHANGE, poll, FRAME, END))
    told = story_json(derive(parse(text, "tape.jsonl"), catalogue()))
    assert {event["kind"] for event in told["events"]} == {"session", "call", "delivery", "end"}
    assert check_own(Document(told, "-", {}), "story") == []
    told["events"][0]["n"] = "1"
    del told["events"][1]["kind"]
    assert len(check_own(Document(told, "-", {}), "story")) == 2


def test_the_verdict_that_verify_prints_keeps_its_schema() -> None:
    finding = Finding("mismatch", "differs", "$.a", 1, 2)
    checks = tuple(
        Check(f"A-{n}", "A", Level.MUST, outcome, ("GWS-ACCEPT-01",), "s", findings=(finding,))
        for n, outcome in enumerate(Outcome)
    )
    told = as_json(Run("t", checks, "2026-11-21T09:30:00.000Z", 1.0))
    assert check_own(Document(told, "-", {}), "verify") == []
    told["verdict"] = "fine"
    del told["checks"][0]["id"]
    assert len(check_own(Document(told, "-", {}), "verify")) == 2


def test_the_differences_that_diff_prints_keep_their_schema() -> None:
    finding = {"class": "breaking", "path": "email.contactId", "old": "1", "new": None, "count": 2}
    told: dict[str, Any] = {
        "equal": False,
        "findings": [finding | {"where": "agent#1", "message": "removed"}],
    }
    assert check_own(Document(told, "-", {}), "diff") == []
    told["findings"][0]["class"] = "odd"
    assert len(check_own(Document(told, "-", {}), "diff")) == 1
