"""What is exported says what the catalogue says, and can be resolved by whoever reads it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conformance.cli import main
from conformance.cli.export import document
from tapestry.catalogue import catalogue


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for member in value.values():
            yield from references(member)
    elif isinstance(value, list):
        for entry in value:
            yield from references(entry)


def resolved(value: Any, pointer: str) -> Any:
    for step in pointer.removeprefix("#/").split("/"):
        value = value[step.replace("~1", "/").replace("~0", "~")]
    return value


@pytest.mark.parametrize("kind", ["openapi", "asyncapi"])
def test_every_reference_leads_to_something_in_the_document(kind: str) -> None:
    exported = document(kind)
    found = set(references(exported))
    assert found
    for pointer in found:
        assert resolved(exported, pointer) is not None


def test_openapi_has_every_operation_and_every_notification() -> None:
    exported, known = document("openapi"), catalogue()
    for operation in known.operations:
        route = exported["paths"][operation.path][operation.method.lower()]
        assert operation.name in route["operationId"].split("-")
        assert known.pages[operation.source.page].url in route["description"]
    assert set(exported["webhooks"]) == {
        name for channel in known.channels for name in channel.messages
    }


def test_operations_of_one_route_are_told_apart_by_their_name() -> None:
    exported = document("openapi")
    body = exported["paths"]["/api/v2/me/emails/{id}"]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"] | {"components": exported["components"]}
    validator = Draft202012Validator(schema)
    assert validator.is_valid({"operationName": "Accept", "saveLAR": True})
    assert validator.is_valid({"operationName": "Transfer", "queueName": "support"})
    assert not validator.is_valid({"operationName": "Accept", "saveLAR": "perhaps"})
    assert not validator.is_valid({"operationName": "Fly"})


def test_asyncapi_has_a_message_for_each_notification_type() -> None:
    exported, known = document("asyncapi"), catalogue()
    messages = exported["channels"]["v2-me-emails"]["messages"]
    [emails] = known.channel("/v2/me/emails").messages.values()
    assert len(messages) == len(emails.notification_types)
    assert "Save" in messages["EmailStateChangeMessage-EmailSaved"]["summary"]
    payload = messages["EmailStateChangeMessage-EmailSaved"]["payload"]
    validator = Draft202012Validator(payload | {"components": exported["components"]})
    email = {"id": "1", "state": "Composing", "capabilities": [], "uri": "/api/v2/email/1"}
    data = {"messageType": "EmailStateChangeMessage", "email": email}
    saved = {"channel": "/v2/me/emails", "data": data | {"notificationType": "EmailSaved"}}
    assert validator.is_valid(saved)
    assert not validator.is_valid(saved | {"data": data | {"notificationType": "StatusChange"}})


def test_the_bundle_resolves_by_its_own_ids() -> None:
    exported = document("schemas")
    validator = Draft202012Validator(exported | {"$ref": "email/list.answer.yaml"})
    assert validator.is_valid({"statusCode": 0, "uris": ["/api/v2/me/emails/1"]})
    assert not validator.is_valid({"statusCode": 0, "uris": ["not a uri"]})


def test_the_verb_prints_and_writes_json(tmp_path, capsys) -> None:
    assert main(["export", "openapi"]) == 0
    printed = capsys.readouterr().out
    file = tmp_path / "openapi.json"
    assert main(["export", "openapi", "--out", str(file)]) == 0
    assert json.loads(printed) == json.loads(file.read_text())
    assert main(["export", "openapi", "--out", str(tmp_path / "no" / "such.json")]) == 2
    assert "cannot write" in capsys.readouterr().err
