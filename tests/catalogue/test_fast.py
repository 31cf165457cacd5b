"""The compiled validator decides as the one that explains, whatever the value."""

import sys
from random import Random
from typing import Any

import pytest

from tapestry import shipped
from tapestry.catalogue import Catalogue, catalogue
from tapestry.catalogue.faults import Fault, faults, replaced
from tapestry.catalogue.schemas import Schemas

TOPIC = "/v2/me/emails"
SIZE = 10_000
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1.0,
    1.5,
    10**20,
    "",
    "text",
    "\U0001f600",
    [],
    [[]],
    {},
    {"a": {}},
]
CHANGE = {
    "messageType": "EmailStateChangeMessage",
    "notificationType": "StatusChange",
    "referenceId": 1,
    "email": {
        "id": "1",
        "state": "Processing",
        "capabilities": ["Reply"],
        "uri": "http://localhost:8080/api/v2/email/1",
        "userData": {"a": None, "b": 1},
        "receivedDate": "2016-03-15 23:38:42.000+1000",
        "attachments": [{"id": "1", "name": "a.txt", "size": 1}],
    },
}


def good_values(known: Catalogue) -> list[tuple[str, Any]]:
    requests = {one.request for one in known.operations if one.request}
    return [
        ("email/email-state-change.yaml", CHANGE),
        ("common/answer.yaml", {"statusCode": 0, "referenceId": 1}),
        ("common/error.yaml", {"statusCode": 6, "statusMessage": "gone"}),
        ("email/list.answer.yaml", {"statusCode": 0, "uris": ["/api/v2/me/emails/1"]}),
        *((name, known.schemas.content(name)["examples"][0]) for name in sorted(requests)),
    ]


def corpus(known: Catalogue, random: Random) -> list[tuple[str, Any]]:
    """Good values, each fault of them, and faults with something odd at a random place."""
    good = good_values(known)
    broken: list[tuple[str, Fault]] = [
        (name, fault) for name, value in good for fault in faults(known.schemas, name, value)
    ]
    values = [*good, *((name, fault.value) for name, fault in broken)]
    while len(values) < SIZE:
        name, fault = random.choice(broken)
        values.append((name, replaced(fault.value, fault.path[:1], random.choice(ODD))))
    return values


@pytest.mark.slow
def test_both_validators_give_the_same_verdict_on_ten_thousand_values(known: Catalogue) -> None:
    values = corpus(known, Random(6))
    verdicts = {True: 0, False: 0}
    for name, value in values:
        verdict = known.schemas.holds(name, value)
        assert verdict == known.schemas.validator(name).is_valid(value), (name, value)
        verdicts[verdict] += 1
    assert min(verdicts.values()) > SIZE / 20


def test_the_quick_question_has_the_answer_of_the_whole_check() -> None:
    known = catalogue()
    for fault in faults(known.schemas, "email/email-state-change.yaml", CHANGE):
        found = known.check_notification(TOPIC, fault.value)
        grave = [one for one in found if one.kind != "unknown-field"]
        assert known.notification_holds(TOPIC, fault.value) == (grave == []), fault.title
    assert known.notification_holds(TOPIC, CHANGE)
    assert known.notification_holds(TOPIC, CHANGE | {"new": 1})


@pytest.mark.parametrize(
    ("channel", "data"),
    [("/v2/me/other", CHANGE), ("/v2/me/interactions", CHANGE), (TOPIC, []), (TOPIC, {"a": 1})],
)
def test_what_is_not_dispatched_does_not_hold(channel, data) -> None:
    assert not catalogue().notification_holds(channel, data)


def test_under_a_profile_its_own_schema_must_hold_too() -> None:
    email = CHANGE["email"] | {"subject": "hello"}  # type: ignore[operator] # a dict among others
    assert catalogue().notification_holds(TOPIC, CHANGE | {"email": email})
    assert not catalogue("observed").notification_holds(TOPIC, CHANGE | {"email": email})


def test_without_the_compiled_validator_the_other_does_both(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    schemas = Schemas(shipped.schemas())
    assert schemas.holds("common/answer.yaml", {"statusCode": 0})
    assert [error.keyword for error in schemas.errors("common/answer.yaml", {})] == ["required"]


def test_a_value_that_json_has_no_words_for_is_left_to_the_other() -> None:
    schemas = Schemas(shipped.schemas())
    assert not schemas.holds("common/answer.yaml", {"statusCode": {1, 2}})
