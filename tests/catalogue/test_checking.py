from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tapestry.catalogue import Catalogue, Violation

EMAIL = {
    "id": "1",
    "state": "Processing",
    "capabilities": ["Reply"],
    "uri": "http://localhost:8080/api/v2/email/1",
}
CHANGE = {
    "messageType": "EmailStateChangeMessage",
    "notificationType": "StatusChange",
    "email": EMAIL,
}
TOPIC = "/v2/me/emails"


def told(violations: list[Violation]) -> list[str]:
    return [f"{one.level} {one.requirement} {one.path} {one.kind}" for one in violations]


def request(known: Catalogue, name: str, body: Any) -> list[str]:
    operation = known.operation(name)
    assert operation is not None
    return told(known.check_request(operation, body))


def answer(known: Catalogue, name: str | None, status: int, body: Any) -> list[str]:
    operation = known.operation(name) if name else None
    return told(known.check_answer(operation, status, body))


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("Accept", {"operationName": "Accept"}, []),
        ("Accept", {"operationName": "Accept", "saveLAR": True}, []),
        (
            "Accept",
            {"operationName": "Accept", "saveLAR": "yes"},
            ["MUST GWS-ACCEPT-03 $.saveLAR type"],
        ),
        ("Accept", {}, ["MUST GWS-ACCEPT-02 $ missing"]),
        ("Accept", {"operationName": "accept"}, ["MUST GWS-ACCEPT-02 $.operationName value"]),
        (
            "Accept",
            {"operationName": "Accept", "speed": 1},
            ["INFO TAPESTRY-01 $.speed unknown-field"],
        ),
        ("Accept", None, ["MUST GWS-REQUEST-01 $ type"]),
        ("Accept", "text", ["MUST GWS-REQUEST-01 $ type"]),
        ("Accept", [], ["MUST GWS-REQUEST-01 $ type"]),
        ("Reject", {"operationName": "Reject"}, []),
        ("Transfer", {"operationName": "Transfer", "queueName": "support"}, []),
        ("Transfer", {"operationName": "Transfer", "userUri": "/api/v2/users/bob"}, []),
        ("Transfer", {"operationName": "Transfer"}, ["MUST GWS-TRANSFER-03 $ choice"]),
        (
            "Transfer",
            {"operationName": "Transfer", "queueName": "support", "userUri": "/u/1"},
            ["MUST GWS-TRANSFER-03 $ choice"],
        ),
        (
            "Transfer",
            {"operationName": "Transfer", "targetUri": "http://[::1]:8090/api/v2/users/1"},
            ["INFO GWS-TRANSFER-03 $ reading"],
        ),
        (
            "Transfer",
            {"operationName": "Transfer", "userUri": "http://[host]/api/v2/users/1"},
            ["SHOULD GWS-REQUEST-02 $.userUri value"],
        ),
        ("Me", {"anything": 1}, []),
    ],
)
def test_a_request_is_held_against_the_page_of_its_operation(
    known: Catalogue, name: str, body: Any, expected: list[str]
) -> None:
    assert request(known, name, body) == expected


@pytest.mark.parametrize(
    ("name", "status", "body", "expected"),
    [
        ("Accept", 200, {"statusCode": 0}, []),
        ("Accept", 200, {"statusCode": 0, "referenceId": 7}, []),
        (
            "Accept",
            200,
            {"statusCode": 0, "referenceId": "7"},
            ["SHOULD GWS-RETURN-14 $.referenceId type"],
        ),
        (
            "Accept",
            200,
            {"statusCode": 0, "statusMessage": "fine"},
            ["SHOULD GWS-RETURN-13 $.statusMessage unexpected"],
        ),
        ("Accept", 200, {"statusCode": "0"}, ["MUST GWS-RETURN-02 $.statusCode type"]),
        ("Accept", 200, {"statusCode": False}, ["MUST GWS-RETURN-02 $.statusCode type"]),
        (
            "Accept",
            200,
            {"status": 0},
            [
                "MUST GWS-RETURN-01 $ missing",
                "INFO TAPESTRY-01 $.status unknown-field",
            ],
        ),
        ("Accept", 200, None, ["INFO GWS-RETURN-01 $ reading"]),
        ("Reject", 200, None, ["INFO GWS-RETURN-01 $ reading"]),
        ("Transfer", 200, None, ["MUST GWS-RETURN-01 $ type"]),
        ("Accept", 200, "<html>", ["MUST GWS-RETURN-01 $ type"]),
        ("Accept", 403, "Missing or invalid Csrf token", ["INFO GWS-RETURN-01 $ reading"]),
        ("Accept", 404, {"statusCode": 6, "statusMessage": "none"}, []),
        ("Accept", 404, {"statusCode": 6}, ["MUST GWS-RETURN-04 $ missing"]),
        (
            "Accept",
            404,
            {"statusCode": 6, "statusMessage": "none", "id": 1},
            ["SHOULD GWS-RETURN-05 $.id unexpected"],
        ),
        (
            "Accept",
            400,
            {"statusCode": 21, "statusMessage": "new"},
            ["MUST GWS-RETURN-03 $.statusCode value"],
        ),
        ("Accept", 400, {"statusMessage": "bad"}, ["MUST GWS-RETURN-01 $ missing"]),
        ("Accept", 500, {"statusCode": 0}, ["INFO TAPESTRY-04 $.statusCode value"]),
        (
            "StartContactCenterSession",
            200,
            {"statusCode": 7, "failed": [], "succeeded": [{"statusCode": 0, "channel": "email"}]},
            [],
        ),
        (
            "StartContactCenterSession",
            200,
            {"statusCode": 7, "succeeded": [{"channel": "email"}]},
            ["SHOULD GWS-RETURN-15 $ missing", "SHOULD GWS-RETURN-15 $.succeeded[0] missing"],
        ),
        ("ListEmails", 200, {"statusCode": 0, "uris": []}, []),
        ("ListEmails", 200, {"statusCode": 0, "emails": [{"id": "1"}]}, []),
        ("ListEmails", 200, {"statusCode": 0}, ["MUST GWS-LIST-02 $ choice"]),
        (
            "ListEmails",
            200,
            {"statusCode": 0, "emails": [{"state": "Gone"}]},
            ["MUST GWS-EMAIL-02 $.emails[0].state value"],
        ),
        ("GetEmail", 200, {"statusCode": 0}, ["MUST GWS-LIST-03 $ missing"]),
        ("Me", 200, {"statusCode": 0, "user": {"id": "1", "userName": "alice"}}, []),
        (
            "Me",
            200,
            {"statusCode": 0, "user": {"id": "1"}},
            ["SHOULD GWS-SESSION-02 $.user missing"],
        ),
        (None, 200, {"statusCode": 0, "anything": 1}, []),
        (None, 200, "text", []),
        (None, 404, {"statusCode": 6}, ["MUST GWS-RETURN-04 $ missing"]),
    ],
)
def test_an_answer_is_dispatched_on_its_status_code(
    known: Catalogue, name: str | None, status: int, body: Any, expected: list[str]
) -> None:
    assert answer(known, name, status, body) == expected


@pytest.mark.parametrize(
    ("channel", "data", "expected"),
    [
        (TOPIC, CHANGE, []),
        (TOPIC, CHANGE | {"referenceId": 3}, []),
        (TOPIC, CHANGE | {"referenceId": "3"}, ["MUST GWS-NOTIFY-06 $.data.referenceId type"]),
        (TOPIC, CHANGE | {"metrics": {"a": {"b": -1}}}, []),
        (TOPIC, CHANGE | {"colour": 1}, ["INFO TAPESTRY-01 $.data.colour unknown-field"]),
        (
            TOPIC,
            CHANGE | {"notificationType": "StatusChanged"},
            ["MUST GWS-NOTIFY-04 $.data.notificationType value"],
        ),
        (TOPIC, {**CHANGE, "email": None}, ["MUST GWS-NOTIFY-05 $.data.email type"]),
        (
            TOPIC,
            {"messageType": "EmailStateChangeMessage", "notificationType": "StatusChange"},
            ["MUST GWS-NOTIFY-05 $.data missing"],
        ),
        (
            TOPIC,
            {"messageType": "EmailStateChangeMessage", "notificationType": "Error"},
            [],
        ),
        (
            TOPIC,
            CHANGE | {"email": EMAIL | {"state": "Rinnging"}},
            ["MUST GWS-EMAIL-02 $.data.email.state value"],
        ),
        (
            TOPIC,
            CHANGE | {"email": EMAIL | {"capabilities": ["Fly"]}},
            ["INFO GWS-EMAIL-09 $.data.email.capabilities[0] value"],
        ),
        (
            TOPIC,
            CHANGE | {"email": EMAIL | {"capabilities": [1]}},
            ["SHOULD GWS-EMAIL-08 $.data.email.capabilities[0] type"],
        ),
        (
            TOPIC,
            CHANGE | {"email": EMAIL | {"uri": "http: //localhost: 8080/api/v2/email/1"}},
            ["MUST GWS-EMAIL-11 $.data.email.uri value"],
        ),
        (
            TOPIC,
            CHANGE | {"email": {"id": "1", "state": "Sent", "capabilities": []}},
            ["INFO GWS-EMAIL-12 $.data.email reading"],
        ),
        (
            TOPIC,
            CHANGE | {"email": EMAIL | {"userData": {"a": None, "b": 1, "c": "", "d": {"e": [1]}}}},
            [],
        ),
        (
            TOPIC,
            CHANGE | {"email": EMAIL | {"userData": {"a": 1.5}}},
            ["SHOULD GWS-EMAIL-10 $.data.email.userData.a type"],
        ),
        (
            TOPIC,
            {"messageType": "EmialStateChangeMessage"},
            ["MUST GWS-NOTIFY-03 $.data.messageType unknown-type"],
        ),
        (TOPIC, {"messageType": ["x"]}, ["MUST GWS-NOTIFY-03 $.data.messageType unknown-type"]),
        (TOPIC, {}, ["MUST GWS-NOTIFY-03 $.data missing"]),
        (TOPIC, None, ["MUST GWS-NOTIFY-02 $.data type"]),
        (TOPIC, [CHANGE], ["MUST GWS-NOTIFY-02 $.data type"]),
        ("/v2/me/interactions/", CHANGE, ["INFO GWS-NOTIFY-01 $.channel reading"]),
        ("/v2/me/chats", CHANGE, ["MUST GWS-NOTIFY-01 $.channel channel"]),
        ("/v2/me/chats", {"messageType": "Other"}, ["INFO TAPESTRY-02 $.channel channel"]),
        ("/v2/me/chats", None, ["INFO TAPESTRY-02 $.channel channel"]),
        ("/v2/me/chats", {"messageType": [CHANGE]}, ["INFO TAPESTRY-02 $.channel channel"]),
        (
            "/v2/me/channels",
            {"messageType": "ChannelStateChangeMessageV2", "channels": [{"channel": "email"}]},
            [],
        ),
        (
            "/v2/me/channels",
            {"messageType": "ChannelStateChangeMessageV2"},
            ["SHOULD GWS-SESSION-07 $.data missing"],
        ),
    ],
)
def test_a_notification_is_dispatched_on_channel_and_message_type(
    known: Catalogue, channel: str, data: Any, expected: list[str]
) -> None:
    assert told(known.check_notification(channel, data)) == expected


def test_an_unknown_type_is_one_finding_that_names_what_is_known(known: Catalogue) -> None:
    [only] = known.check_notification(TOPIC, {"messageType": "Foo", "notificationType": 1})
    assert str(only) == (
        "MUST GWS-NOTIFY-03 $.data.messageType: 'Foo' is no message type of /v2/me/emails, "
        "which has EmailStateChangeMessage"
    )
    assert only.expected == ["EmailStateChangeMessage"]
    assert only.observed == "Foo"


def test_a_wrong_enum_names_the_right_path_in_one_short_line(known: Catalogue) -> None:
    data = CHANGE | {"email": EMAIL | {"state": "Procesing", "userData": {"x": "y" * 4000}}}
    [only] = known.check_notification(TOPIC, data)
    assert str(only) == (
        "MUST GWS-EMAIL-02 $.data.email.state: 'Procesing' is not one of Invited, Processing, "
        "Composing, Completed, Canceled, Sent, Revoked; did you mean Processing?"
    )


def test_a_reading_cites_the_contradiction_and_says_which_reading_it_is(known: Catalogue) -> None:
    operation = known.operation("Accept")
    [only] = known.check_answer(operation, 200, None)
    assert only.anomaly == "GWS-ANOMALY-EMPTY-200"
    assert only.message.endswith("read as: an empty body (GWS-ANOMALY-EMPTY-200)")


@pytest.mark.parametrize(
    ("anomaly", "value", "reading"),
    [
        ("GWS-ANOMALY-TRANSFER-STATE", "Processing", "processing"),
        ("GWS-ANOMALY-TRANSFER-STATE", "Completed", "completed"),
        ("GWS-ANOMALY-TRANSFER-STATE", "Revoked", "revoked"),
        ("GWS-ANOMALY-TRANSFER-STATE", "Invited", None),
        ("GWS-ANOMALY-REJECT-STATE", "Completed", "completed"),
        ("GWS-ANOMALY-REJECT-STATE", "Revoked", "revoked"),
        ("GWS-ANOMALY-REJECT-STATE", "Processing", None),
        ("GWS-ANOMALY-EMPTY-200", {"statusCode": 0, "referenceId": 1}, "status-code"),
        ("GWS-ANOMALY-EMPTY-200", None, "empty"),
        ("GWS-ANOMALY-EMPTY-200", {"statusCode": 1}, None),
        ("GWS-ANOMALY-TOPIC", "/v2/me/emails", "emails"),
        ("GWS-ANOMALY-TOPIC", "/v2/me/interactions/", "interactions"),
        ("GWS-ANOMALY-TRANSFER-TARGET", {"targetUri": "/users/1"}, "target-uri"),
        ("GWS-ANOMALY-TRANSFER-TARGET", {"targetUri": "/users/1", "queueName": "x"}, None),
        ("GWS-ANOMALY-METRICS", {}, None),
    ],
)
def test_the_readings_of_a_contradiction_can_be_asked_for(
    known: Catalogue, anomaly: str, value: Any, reading: str | None
) -> None:
    found = known.reading(anomaly, value)
    assert (found.id if found else None) == reading


def test_an_unknown_contradiction_is_a_key_error(known: Catalogue) -> None:
    with pytest.raises(KeyError):
        known.reading("GWS-ANOMALY-NONE-SUCH", 1)


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", "/api/v2/me/emails/1", None, ["MUST GWS-REQUEST-01 $ type"]),
        ("POST", "/api/v2/me/emails/1", {}, ["MUST GWS-REQUEST-01 $ missing"]),
        (
            "POST",
            "/api/v2/me/emails/1",
            {"operationName": "Reply"},
            ["INFO TAPESTRY-03 $.operationName unknown-operation"],
        ),
        ("GET", "/api/v2/me/calls", None, ["INFO TAPESTRY-03 $ unknown-operation"]),
        ("POST", "/admin/emails", {}, []),
    ],
)
def test_a_request_that_is_no_documented_operation_is_told_why(
    known: Catalogue, method: str, path: str, body: Any, expected: list[str]
) -> None:
    assert told(known.check_unrecognised(method, path, body)) == expected


def test_a_message_without_its_envelope_is_told_so_and_checked_all_the_same(
    known: Catalogue,
) -> None:
    bare = CHANGE | {"notificationType": "Fly"}
    assert told(known.check_bare_notification(bare)) == [
        "MUST GWS-NOTIFY-02 $ missing",
        "MUST GWS-NOTIFY-04 $.data.notificationType value",
    ]
    for unknown in ("Foo", ["Foo"]):
        assert told(known.check_bare_notification({"messageType": unknown})) == [
            "INFO TAPESTRY-02 $.messageType unknown-type"
        ]


def test_the_message_type_says_where_state_and_interaction_stand(known: Catalogue) -> None:
    found = known.message_type(TOPIC, CHANGE)
    assert found is not None
    assert (found.kind, found.state, found.interaction) == (
        *("email", ("email", "state")),
        ("email", "id"),
    )
    assert known.message_type(TOPIC, {"messageType": "Foo"}) is None
    assert known.message_type("/v2/me/chats", CHANGE) is None


def test_another_api_is_only_another_folder_of_data(tmp_path: Path, known: Catalogue) -> None:
    def write(name: str, value: Any) -> None:
        (tmp_path / name).write_text(json.dumps(value))

    source = {"page": "chat", "heading": "Send"}
    write(
        "operations.yaml",
        {
            "base": "/chat",
            "dispatch": {"member": "verb", "requirement": "CHAT-01"},
            "answers": {"member": "code", "success": 1, "codes": {}, "otherwise": "fault.yaml"},
            "operations": [
                {
                    "name": "Send",
                    "api": "chat",
                    "method": "PUT",
                    "path": "/chat/{id}",
                    "operationName": "send",
                    "request": "send.yaml",
                    "answer": "done.yaml",
                    "source": source,
                }
            ],
        },
    )
    write("messages.yaml", {"channels": []})
    write("anomalies.yaml", {"anomalies": {}})
    row = {"level": "MUST", "statement": "Yes.", "source": source}
    write("requirements.yaml", {"pages": {}, "requirements": {"CHAT-01": row, "TAPESTRY-02": row}})
    write("send.yaml", {"x-requirement": "CHAT-01", "required": ["text"]})
    chat = Catalogue.load(tmp_path)
    found = chat.recognise("PUT", "/chat/7", {"verb": "send"})
    assert found is not None
    assert told(chat.check_request(found.operation, {"verb": "send"})) == ["MUST CHAT-01 $ missing"]
    assert told(chat.check_unrecognised("PUT", "/chat/7", {})) == ["MUST CHAT-01 $ missing"]
    assert told(chat.check_notification("/x", {})) == ["MUST TAPESTRY-02 $.channel channel"]
