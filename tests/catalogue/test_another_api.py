"""A second API is rows and schemas: recognised, checked, derived, exported, with no line of Python.

What stands here only puts the rows of ``chat/`` into a copy of the shipped tables and asks.
"""

import shutil
from pathlib import Path

import pytest
import yaml

from conformance.coverage.measure import measure
from conformance.coverage.seen import Seen
from conformance.exports.asyncapi import asyncapi
from conformance.exports.openapi import openapi
from tapestry import shipped
from tapestry.catalogue import Catalogue
from tapestry.catalogue.faults import faults
from tapestry.catalogue.own import check_own
from tapestry.documents import read_document
from tapestry.story.derive import derive
from tapestry.story.model import Call, Delivery
from tapestry.tape.codec import parse

CHAT = Path(__file__).parent / "chat"
TAPE = """\
{"tapestry": 1, "recorded": "2026-11-21T09:30:00.000Z"}
{"kind":"exchange","at":10,"took":5,"agent":"agent#1","request":{"method":"POST","path":"/api/v2/me/chats/c1","query":{},"headers":[],"body":{"json":{"operationName":"Accept"}}},"response":{"status":200,"headers":[],"body":{"json":{"statusCode":0}}}}
{"kind":"exchange","at":11,"took":20,"agent":"agent#1","request":{"method":"POST","path":"/api/v2/notifications","query":{},"headers":[],"body":{"json":[{"channel":"/meta/connect","clientId":"s1","connectionType":"long-polling"}]}},"response":{"status":200,"headers":[],"body":{"json":[{"channel":"/v2/me/chats","data":{"messageType":"ChatStateChangeMessage","notificationType":"StatusChange","chat":{"id":"c1","state":"Chatting"}}}]}}}
"""


@pytest.fixture(scope="module")
def known(tmp_path_factory) -> Catalogue:
    folder = tmp_path_factory.mktemp("known") / "schemas"
    shutil.copytree(shipped.schemas(), folder)
    shutil.copytree(CHAT / "chat", folder / "chat")
    for table, member in (("operations", "operations"), ("messages", "channels")):
        value = yaml.safe_load((folder / f"{table}.yaml").read_text())
        value[member] += yaml.safe_load((CHAT / f"{table}.yaml").read_text())
        (folder / f"{table}.yaml").write_text(yaml.safe_dump(value))
    register = yaml.safe_load((folder / "requirements.yaml").read_text())
    for member, rows in yaml.safe_load((CHAT / "requirements.yaml").read_text()).items():
        register[member] |= rows
    (folder / "requirements.yaml").write_text(yaml.safe_dump(register))
    identifiers = yaml.safe_load((folder / "identifiers.yaml").read_text())
    identifiers["fields"] |= {"chat.id": "chat"}
    identifiers["uris"] |= {"chat": ["/chats/{id}"]}
    (folder / "identifiers.yaml").write_text(yaml.safe_dump(identifiers))
    return Catalogue.load(folder)


def test_its_tables_keep_the_schemas_of_the_tables(known: Catalogue) -> None:
    for table in ("operations", "messages", "requirements", "identifiers"):
        assert check_own(read_document(known.folder / f"{table}.yaml"), table) == []


def test_its_requests_are_recognised_and_checked(known: Catalogue) -> None:
    body = {"operationName": "SendMessage", "text": ""}
    found = known.recognise("POST", "/api/v2/me/chats/c1", body)
    assert found is not None
    assert (found.operation.name, found.params) == ("SendMessage", {"id": "c1"})
    assert [one.requirement for one in known.check_request(found.operation, body)] == [
        "GWS-CHAT-02"
    ]
    assert found.operation.request is not None
    good = {"operationName": "SendMessage", "text": "Hello"}
    assert len(list(faults(known.schemas, found.operation.request, good))) >= 5


def test_its_notifications_are_dispatched_and_checked(known: Catalogue) -> None:
    chat = {"id": "c1", "state": "Gone"}
    data = {"messageType": "ChatStateChangeMessage", "notificationType": "StatusChange"}
    [told] = known.check_notification("/v2/me/chats", data | {"chat": chat})
    assert (told.requirement, told.path) == ("GWS-CHAT-01", "$.data.chat.state")
    assert known.notification_holds("/v2/me/chats", data | {"chat": chat | {"state": "Chatting"}})


def test_its_traffic_is_a_story_with_causes(known: Catalogue) -> None:
    story = derive(parse(TAPE, "chat.jsonl"), known)
    [call] = [event for event in story.events if isinstance(event, Call)]
    [delivery] = [event for event in story.events if isinstance(event, Delivery)]
    assert (call.operation, delivery.message_type) == ("AcceptChat", "ChatStateChangeMessage")
    assert (delivery.cause, delivery.rule) == (call.n, "successor")


def test_it_is_exported_and_counted(known: Catalogue) -> None:
    assert "/api/v2/me/chats/{id}" in openapi(known, "1")["paths"]
    assert "v2-me-chats" in asyncapi(known, "1")["channels"]
    seen = Seen(known)
    seen.story("chat", derive(parse(TAPE, "chat.jsonl"), known))
    covered = {item.name for item in measure(seen).items if item.status in ("covered", "positive")}
    assert "AcceptChat" in covered
    assert "AcceptChat: StatusChange Chatting for actor" in covered
