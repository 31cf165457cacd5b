"""Every assertion of every message schema is decided both ways: it accepts one and refuses one."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, validators

from tapestry import shipped
from tapestry.catalogue import Catalogue, catalogue
from tapestry.catalogue.explain import explain, json_path
from tapestry.catalogue.faults import faults

GONE = object()
URI = "http://localhost:8080/api/v2/users/1"
ATTACHMENT = {"id": "1", "name": "a.txt", "size": 12, "mime": "text/plain", "uri": "/a/1"}
EMAIL = {
    "id": "1",
    "state": "Processing",
    "contactId": "2",
    "from": "a@example.com",
    "to": ["b@example.com"],
    "cc": [],
    "bcc": [],
    "subject": "hello",
    "body": "<p>hello</p>",
    "bodyAsPlainText": "hello",
    "mime": "text/html",
    "attachments": [ATTACHMENT],
    "capabilities": ["Reply", "Transfer"],
    "userData": {"a": "1", "b": 2, "c": None, "d": {"e": []}},
    "uri": "http://[::1]:8090/api/v2/email/1",
    "parentId": "0",
    "receivedDate": "2016-03-15 23:38:42.000+1000",
    "suggestedQueueUris": [URI],
    "assignedTo": "alice",
    "emailType": "Inbound",
    "revelantResponseTemplateGroups": [],
    "interactionQueue": "q",
    "interactionType": "Inbound",
    "interactionSubtype": "InboundNew",
    "comment": "none",
    "path": "/emails/1",
}
CHANGE = {
    "messageType": "EmailStateChangeMessage",
    "notificationType": "StatusChange",
    "referenceId": 5,
    "metrics": {"any": 1},
    "email": EMAIL,
}
CHANNELS = {
    "messageType": "ChannelStateChangeMessageV2",
    "referenceId": 1,
    "metrics": {},
    "channels": [
        {
            "channel": "email",
            "dndState": "Off",
            "userState": {"id": "1", "state": "Ready", "displayName": "Ready"},
        }
    ],
}
USER = {
    "id": "1",
    "userName": "alice",
    "firstName": "Alice",
    "lastName": "Example",
    "emailAddress": "alice@example.com",
    "roles": ["ROLE_AGENT"],
    "enabled": True,
    "changePasswordOnFirstLogin": False,
    "devices": [],
    "features": [],
    "uri": URI,
    "path": "/users/1",
}
START = {
    "operationName": "StartContactCenterSession",
    "channels": ["email"],
    "place": "p",
    "loginCode": "1",
    "queue": "q",
    "devicePath": "/devices/1",
}
PART = {"statusCode": 4, "statusMessage": "closed", "channel": "voice"}

SERVICE = {
    "id": "1",
    "name": "Interaction Server",
    "type": "MultiMediaState",
    "state": "Active",
    "uri": URI,
    "path": "/services/1",
}
EXAMPLES: list[tuple[str, Any]] = [
    (operation.request, example)
    for operation in catalogue().operations
    if operation.request
    for example in catalogue().schemas.content(operation.request)["examples"]
]

GOOD: list[tuple[str, Any]] = [
    ("email/accept.request.yaml", {"operationName": "Accept", "saveLAR": True}),
    ("email/reject.request.yaml", {"operationName": "Reject"}),
    ("email/transfer.request.yaml", {"operationName": "Transfer", "userUri": URI}),
    ("email/transfer.request.yaml", {"operationName": "Transfer", "queueName": "support"}),
    ("common/answer.yaml", {"statusCode": 0, "referenceId": 2}),
    ("common/error.yaml", {"statusCode": 6, "statusMessage": "no such email"}),
    (
        "common/partial.yaml",
        {"statusCode": 7, "statusMessage": "", "failed": [PART], "succeeded": [{"statusCode": 0}]},
    ),
    ("common/user-data.yaml", EMAIL["userData"]),
    ("common/uri.yaml", URI),
    ("email/attachment.yaml", ATTACHMENT),
    ("email/email.yaml", EMAIL),
    ("email/email.yaml", {}),
    ("email/envelope.yaml", {key: CHANGE[key] for key in CHANGE if key != "email"}),
    ("email/email-state-change.yaml", CHANGE),
    ("email/email-error.yaml", CHANGE | {"notificationType": "Error"}),
    ("email/list.answer.yaml", {"statusCode": 0, "emails": [EMAIL]}),
    ("email/list.answer.yaml", {"statusCode": 0, "uris": [URI]}),
    ("email/get.answer.yaml", {"statusCode": 0, "email": EMAIL}),
    ("me/bare.request.yaml", {"operationName": "Ready"}),
    ("me/start-contact-center-session.request.yaml", START),
    ("me/user.yaml", USER),
    ("me/me.answer.yaml", {"statusCode": 0, "user": USER}),
    ("me/users.answer.yaml", {"statusCode": 0, "users": [USER]}),
    ("me/users.answer.yaml", {"statusCode": 0, "uris": [URI]}),
    ("me/version.answer.yaml", {"statusCode": 0, "version": "8.5.202.96"}),
    ("me/channel-state-change.yaml", CHANNELS),
    ("me/user.answer.yaml", {"statusCode": 0, "user": USER}),
    ("me/services.answer.yaml", {"statusCode": 0, "services": [SERVICE]}),
    ("me/services.answer.yaml", {"statusCode": 0, "uris": [URI]}),
    ("email/observed.yaml", CHANGE),
    *EXAMPLES,
    ("email/outgoing-email.yaml", dict(EXAMPLES)["email/send.request.yaml"]["email"]),
    ("email/reply-parameters.yaml", dict(EXAMPLES)["email/reply.request.yaml"]),
    ("email/reply-parameters.yaml", {"queueName": "support"}),
    (
        "email/delete-user-data.request.yaml",
        {"operationName": "DeleteUserData", "userData": {"UserData1": "DATA1"}},
    ),
]

# schema, where in the good value, what stands there instead, where the one error is told
BAD: list[tuple[str, tuple[str | int, ...], Any, str]] = [
    ("email/accept.request.yaml", (), [], "$"),
    ("email/accept.request.yaml", ("operationName",), GONE, "$"),
    ("email/accept.request.yaml", ("operationName",), "Reject", "$.operationName"),
    ("email/accept.request.yaml", ("saveLAR",), "true", "$.saveLAR"),
    ("email/reject.request.yaml", (), "", "$"),
    ("email/reject.request.yaml", ("operationName",), GONE, "$"),
    ("email/reject.request.yaml", ("operationName",), None, "$.operationName"),
    ("email/transfer.request.yaml", (), 1, "$"),
    ("email/transfer.request.yaml", ("operationName",), GONE, "$"),
    ("email/transfer.request.yaml", ("operationName",), "T", "$.operationName"),
    ("email/transfer.request.yaml", ("userUri",), GONE, "$"),
    ("email/transfer.request.yaml", ("queueName",), "both", "$"),
    ("common/answer.yaml", (), None, "$"),
    ("common/answer.yaml", ("statusCode",), GONE, "$"),
    ("common/answer.yaml", ("statusCode",), "0", "$.statusCode"),
    ("common/answer.yaml", ("statusCode",), 1, "$.statusCode"),
    ("common/answer.yaml", ("referenceId",), "2", "$.referenceId"),
    ("common/answer.yaml", ("referenceId",), -1, "$.referenceId"),
    ("common/answer.yaml", ("statusMessage",), "ok", "$.statusMessage"),
    ("common/error.yaml", (), None, "$"),
    ("common/error.yaml", ("statusCode",), GONE, "$"),
    ("common/error.yaml", ("statusCode",), "6", "$.statusCode"),
    ("common/error.yaml", ("statusCode",), 0, "$.statusCode"),
    ("common/error.yaml", ("statusCode",), 21, "$.statusCode"),
    ("common/error.yaml", ("statusMessage",), GONE, "$"),
    ("common/error.yaml", ("statusMessage",), "", "$.statusMessage"),
    ("common/error.yaml", ("statusMessage",), 6, "$.statusMessage"),
    ("common/partial.yaml", (), None, "$"),
    ("common/partial.yaml", ("failed",), GONE, "$"),
    ("common/partial.yaml", ("failed",), {}, "$.failed"),
    ("common/partial.yaml", ("failed", 0), 1, "$.failed[0]"),
    ("common/partial.yaml", ("failed", 0, "statusCode"), GONE, "$.failed[0]"),
    ("common/partial.yaml", ("failed", 0, "statusCode"), "4", "$.failed[0].statusCode"),
    ("common/partial.yaml", ("failed", 0, "statusCode"), 21, "$.failed[0].statusCode"),
    ("common/partial.yaml", ("failed", 0, "statusCode"), -1, "$.failed[0].statusCode"),
    ("common/partial.yaml", ("failed", 0, "statusMessage"), 1, "$.failed[0].statusMessage"),
    ("common/partial.yaml", ("failed", 0, "channel"), 1, "$.failed[0].channel"),
    ("common/partial.yaml", ("statusCode",), 0, "$.statusCode"),
    ("common/partial.yaml", ("statusCode",), "7", "$.statusCode"),
    ("common/partial.yaml", ("statusMessage",), 1, "$.statusMessage"),
    ("common/user-data.yaml", (), [], "$"),
    ("common/user-data.yaml", ("a",), True, "$.a"),
    ("common/uri.yaml", (), 1, "$"),
    ("common/uri.yaml", (), "http: //localhost: 8080/x", "$"),
    ("email/attachment.yaml", (), "a.txt", "$"),
    ("email/attachment.yaml", ("id",), GONE, "$"),
    ("email/attachment.yaml", ("id",), 1, "$.id"),
    ("email/attachment.yaml", ("name",), 1, "$.name"),
    ("email/attachment.yaml", ("size",), "12", "$.size"),
    ("email/attachment.yaml", ("size",), -1, "$.size"),
    ("email/attachment.yaml", ("mime",), 1, "$.mime"),
    ("email/attachment.yaml", ("uri",), "a b", "$.uri"),
    ("email/email.yaml", (), None, "$"),
    ("email/email.yaml", ("id",), 1, "$.id"),
    ("email/email.yaml", ("id",), "", "$.id"),
    ("email/email.yaml", ("state",), "Rinnging", "$.state"),
    ("email/email.yaml", ("to",), "b@example.com", "$.to"),
    ("email/email.yaml", ("to", 0), 1, "$.to[0]"),
    ("email/email.yaml", ("mime",), "text/plain", "$.mime"),
    ("email/email.yaml", ("attachments",), {}, "$.attachments"),
    ("email/email.yaml", ("capabilities",), None, "$.capabilities"),
    ("email/email.yaml", ("capabilities", 0), 1, "$.capabilities[0]"),
    ("email/email.yaml", ("capabilities", 0), "Fly", "$.capabilities[0]"),
    ("email/email.yaml", ("capabilities",), ["Reply", "Reply"], "$.capabilities"),
    ("email/email.yaml", ("receivedDate",), "2016-03-15T23:38:42Z", "$.receivedDate"),
    ("email/email.yaml", ("suggestedQueueUris",), {}, "$.suggestedQueueUris"),
    ("email/email.yaml", ("suggestedQueueUris", 0), 1, "$.suggestedQueueUris[0]"),
    ("email/email.yaml", ("emailType",), "Sideways", "$.emailType"),
    (
        "email/email.yaml",
        ("revelantResponseTemplateGroups",),
        {},
        "$.revelantResponseTemplateGroups",
    ),
    *(
        ("email/email.yaml", (name,), 1, f"$.{name}")
        for name, value in EMAIL.items()
        if isinstance(value, str) and name not in ("id", "state", "emailType")
    ),
    ("email/envelope.yaml", (), None, "$"),
    ("email/envelope.yaml", ("messageType",), GONE, "$"),
    ("email/envelope.yaml", ("messageType",), "X", "$.messageType"),
    ("email/envelope.yaml", ("notificationType",), "X", "$.notificationType"),
    ("email/envelope.yaml", ("referenceId",), "1", "$.referenceId"),
    ("email/envelope.yaml", ("referenceId",), -1, "$.referenceId"),
    ("email/envelope.yaml", ("metrics",), 1, "$.metrics"),
    ("email/email-state-change.yaml", ("email",), GONE, "$"),
    ("email/email-state-change.yaml", ("email", "id"), GONE, "$.email"),
    ("email/email-state-change.yaml", ("email", "uri"), GONE, "$.email"),
    ("email/email-error.yaml", ("email",), 1, "$.email"),
    ("email/list.answer.yaml", (), 1, "$"),
    ("email/list.answer.yaml", ("emails",), GONE, "$"),
    ("email/list.answer.yaml", ("emails",), {}, "$.emails"),
    ("email/list.answer.yaml", ("uris",), {}, "$.uris"),
    ("email/list.answer.yaml", ("uris",), ["a b"], "$.uris[0]"),
    ("email/get.answer.yaml", (), 1, "$"),
    ("email/get.answer.yaml", ("email",), GONE, "$"),
    ("me/bare.request.yaml", (), 1, "$"),
    ("me/bare.request.yaml", ("operationName",), GONE, "$"),
    ("me/bare.request.yaml", ("operationName",), 1, "$.operationName"),
    ("me/bare.request.yaml", ("operationName",), "", "$.operationName"),
    ("me/start-contact-center-session.request.yaml", (), 1, "$"),
    ("me/start-contact-center-session.request.yaml", ("channels",), GONE, "$"),
    ("me/start-contact-center-session.request.yaml", ("channels",), [], "$.channels"),
    ("me/start-contact-center-session.request.yaml", ("channels",), "email", "$.channels"),
    ("me/start-contact-center-session.request.yaml", ("channels", 0), 1, "$.channels[0]"),
    *(
        ("me/start-contact-center-session.request.yaml", (name,), 1, f"$.{name}")
        for name in ("operationName", "place", "loginCode", "queue", "devicePath")
    ),
    ("me/user.yaml", (), [], "$"),
    ("me/user.yaml", ("roles", 0), 1, "$.roles[0]"),
    *(("me/user.yaml", (name,), 1, f"$.{name}") for name in USER),
    ("me/me.answer.yaml", (), 1, "$"),
    ("me/me.answer.yaml", ("user",), GONE, "$"),
    ("me/me.answer.yaml", ("user", "id"), GONE, "$.user"),
    ("me/users.answer.yaml", (), 1, "$"),
    ("me/users.answer.yaml", ("users",), GONE, "$"),
    ("me/users.answer.yaml", ("users",), 1, "$.users"),
    ("me/users.answer.yaml", ("uris",), 1, "$.uris"),
    ("me/users.answer.yaml", ("uris",), [1], "$.uris[0]"),
    ("me/version.answer.yaml", (), 1, "$"),
    ("me/version.answer.yaml", ("version",), GONE, "$"),
    ("me/version.answer.yaml", ("version",), 8, "$.version"),
    ("me/version.answer.yaml", ("version",), "latest", "$.version"),
    ("me/channel-state-change.yaml", (), 1, "$"),
    ("me/channel-state-change.yaml", ("messageType",), "X", "$.messageType"),
    ("me/channel-state-change.yaml", ("referenceId",), "1", "$.referenceId"),
    ("me/channel-state-change.yaml", ("metrics",), [], "$.metrics"),
    ("me/channel-state-change.yaml", ("channels",), GONE, "$"),
    ("me/channel-state-change.yaml", ("channels",), {}, "$.channels"),
    ("me/channel-state-change.yaml", ("channels", 0), 1, "$.channels[0]"),
    ("me/channel-state-change.yaml", ("channels", 0, "channel"), GONE, "$.channels[0]"),
    ("me/channel-state-change.yaml", ("channels", 0, "channel"), 1, "$.channels[0].channel"),
    ("me/channel-state-change.yaml", ("channels", 0, "dndState"), 1, "$.channels[0].dndState"),
    ("me/channel-state-change.yaml", ("channels", 0, "userState"), 1, "$.channels[0].userState"),
    *(
        (
            "me/channel-state-change.yaml",
            ("channels", 0, "userState", name),
            1,
            f"$.channels[0].userState.{name}",
        )
        for name in ("id", "state", "displayName")
    ),
]


def changed(schema: str, path: tuple[str | int, ...], value: Any) -> Any:
    whole = copy.deepcopy(next(good for name, good in GOOD if name == schema))
    if not path:
        return value
    at = whole
    for step in path[:-1]:
        at = at[step]
    if value is GONE:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return whole


@pytest.mark.parametrize(("schema", "value"), GOOD)
def test_a_documented_value_is_accepted(known: Catalogue, schema: str, value: Any) -> None:
    assert explain(known.schemas.errors(schema, value)) == []


@pytest.mark.parametrize(("schema", "path", "value", "told"), BAD)
def test_one_fault_is_one_line_at_its_place(
    known: Catalogue, schema: str, path: tuple[str | int, ...], value: Any, told: str
) -> None:
    [only] = explain(known.schemas.errors(schema, changed(schema, path, value)))
    assert json_path(only.path) == told
    assert len(only.message) <= 200


def message_schemas() -> Iterator[Path]:
    for room in ("common", "email", "me"):
        yield from sorted((shipped.schemas() / room).glob("*.yaml"))


ASSERTIONS = {
    *("type", "const", "enum", "required", "pattern", "minimum", "maximum", "minLength"),
    *("minItems", "minProperties", "uniqueItems", "not", "oneOf", "anyOf", "dependentRequired"),
}


def assertions(schema: Any, where: str) -> Iterator[tuple[int, str, str]]:
    """Yield every assertion in a schema: the identity of its subschema, keyword, where it is."""
    if isinstance(schema, dict):
        for keyword in ASSERTIONS & schema.keys():
            if schema[keyword] == {}:  # `not: {}` accepts nothing: the member must be absent
                continue
            yield id(schema), keyword, f"{where} {keyword}"
        for key, inner in schema.items():
            if key in ("properties", "$defs"):
                for name, member in inner.items():
                    yield from assertions(member, f"{where}/{name}")
            elif key in ("items", "additionalProperties"):
                yield from assertions(inner, f"{where}/{key}")
            elif key == "allOf":
                for part in inner:
                    yield from assertions(part, where)


def test_every_assertion_of_a_message_schema_accepts_one_value_and_refuses_another() -> None:
    from tapestry.catalogue.schemas import Schemas

    decided: dict[tuple[int, str], set[bool]] = defaultdict(set)

    def watched(keyword: str) -> Any:
        decide = Draft202012Validator.VALIDATORS[keyword]

        def validate(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[Any]:
            errors = list(decide(validator, wanted, instance, schema))
            decided[id(schema), keyword].add(bool(errors))
            yield from errors

        return validate

    watching = validators.extend(
        Draft202012Validator, {keyword: watched(keyword) for keyword in ASSERTIONS}
    )
    schemas = Schemas(shipped.schemas())
    values = [*GOOD, *((name, changed(name, path, value)) for name, path, value, _ in BAD)]
    values += [
        ("email/transfer.request.yaml", {"operationName": "Transfer", "queueName": value})
        for value in ("", 1)
    ]
    values += [(name, fault.value) for name, good in GOOD for fault in faults(schemas, name, good)]
    for name, value in values:
        validator = watching(schemas.content(name), registry=schemas.validator(name)._registry)
        list(validator.iter_errors(value))
    undecided = [
        where
        for file in message_schemas()
        for identity, keyword, where in assertions(
            schemas.content(str(file.relative_to(shipped.schemas()))), file.name
        )
        if decided[identity, keyword] != {True, False}
    ]
    assert undecided == []
