"""The JSON of ``show``: a contract with other programs, so it is compared whole."""

from tapestry.story.as_json import story_json
from tapestry.tape.model import Request

EMAIL = "00012a9HEEG0325N"


def test_the_whole_contract(tape, changed):
    tape.handshake(0)
    tape.operation(50, "Accept", EMAIL, 2, took=25.00049)
    tape.connect(20, changed(EMAIL, "Processing", 2), took=60)
    tape.end(90, "c1", Request("GET", "/x"), agent="agent#1")
    assert story_json(tape.story()) == {
        "agents": ["agent#1"],
        "sessions": ["session#1"],
        "events": [
            {
                "n": 1,
                "at": 5,
                "agent": "agent#1",
                "kind": "session",
                "session": "session#1",
                "action": "open",
                "channel": None,
                "successful": True,
            },
            {
                "n": 2,
                "at": 50,
                "agent": "agent#1",
                "kind": "call",
                "operation": "Accept",
                "method": "POST",
                "path": f"/api/v2/me/emails/{EMAIL}",
                "query": {},
                "status": 200,
                "took": 25.0,
                "interaction": EMAIL,
                "reference": 2,
                "request": {"operationName": "Accept"},
                "body": {"statusCode": 0, "referenceId": 2},
            },
            {
                "n": 3,
                "at": 80,
                "agent": "agent#1",
                "kind": "delivery",
                "session": "session#1",
                "channel": "/v2/me/emails",
                "messageType": "EmailStateChangeMessage",
                "notificationType": "StatusChange",
                "interaction": EMAIL,
                "cause": 2,
                "rule": "referenceId",
                "ambiguous": False,
                "data": changed(EMAIL, "Processing", 2),
            },
            {
                "n": 4,
                "at": 90,
                "agent": "agent#1",
                "kind": "end",
                "of": "c1",
                "reason": "client disconnected",
                "method": "GET",
                "path": "/x",
                "operation": "GET /x",
            },
        ],
    }


def test_what_has_no_cause_and_no_session_has_null(tape):
    refused = [{"channel": "/meta/handshake", "successful": False}]
    tape.bayeux(0, [{"channel": "/meta/handshake"}], refused, took=1)
    tape.handshake(1).exchange(10, "GET", "/x", None, "text").connect(20, {"n": 1})
    refusal, _, call, delivery = story_json(tape.story())["events"]
    assert refusal["session"] is None
    assert (call["request"], call["body"]) == (None, "text")
    assert (delivery["cause"], delivery["rule"]) == (None, None)
