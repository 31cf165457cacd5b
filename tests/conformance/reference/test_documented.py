"""Everything the reference says has the form that the documents give it."""

import pytest

from tapestry.catalogue import catalogue

WALK = (
    "alice is ready",
    "alice logs in",
    "bob logs in",
    "alice accepts",
    "an email comes for alice",
    "bob accepts",
    "alice rejects",
    "bob accepts",
    "bob accepts",
    "bob gives it to mallory",
    "bob gives it to alice",
    "bob is away",
    "alice accepts",
    "alice gives it to queue support",
    "bob is ready",
    "bob leaves",
    "alice leaves",
)


def grave(violations):
    return [violation for violation in violations if violation.level in ("MUST", "SHOULD")]


def test_every_answer_and_notification_of_a_working_day(floor):
    known = catalogue()
    answered, told = 0, 0
    for sentence in WALK:
        outcome = floor.do(sentence)
        operations = {operation.name: operation for operation in known.operations}
        operation = operations.get(outcome.command.operation)
        if operation is not None:
            found = known.check_answer(operation, outcome.answer.http, outcome.answer.body)
            assert grave(found) == [], sentence
            answered += 1
        for notification in outcome.notifications:
            found = known.check_notification(notification.channel, notification.data)
            assert grave(found) == [], sentence
            told += 1
    assert (answered, told) == (len(WALK) - 1, 16)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/v2/me", {}),
        ("/api/v2/me/emails", {}),
        ("/api/v2/me/emails", {"fields": "*"}),
        ("/api/v2/me/emails/{email}", {}),
        ("/api/v2/users", {}),
        ("/api/v2/users", {"fields": "*"}),
        ("/api/v2/diagnostics/version", {}),
    ],
)
def test_every_read(floor, path, query):
    floor.given("alice logs in", "an email comes", "alice accepts")
    path = path.replace("{email}", floor.email)
    known = catalogue()
    recognised = known.recognise("GET", path, None)
    outcome = floor.call("GET", path, "alice", **query)
    assert outcome.command.operation == recognised.operation.name
    answer = outcome.answer
    assert grave(known.check_answer(recognised.operation, answer.http, answer.body)) == []


@pytest.mark.parametrize("operation", ["Accept", "Reject", "Transfer"])
def test_the_operations_are_those_of_the_table(floor, operation):
    body = {"operationName": operation}
    recognised = catalogue().recognise("POST", f"/api/v2/me/emails/{floor.email}", body)
    assert floor.operate("alice", operation).command.operation == recognised.operation.name
