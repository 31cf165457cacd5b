"""The same message, judged more or less strictly."""

from typing import Any

import pytest

from tapestry.catalogue import Catalogue, catalogue
from tapestry.problems import Problem

EMAIL = {"id": "1", "state": "Processing", "capabilities": [], "uri": "/api/v2/email/1"}


def told(profile: str, **members: Any) -> list[str]:
    data = {
        "messageType": "EmailStateChangeMessage",
        "notificationType": "StatusChange",
        "email": EMAIL | members,
    }
    found = catalogue(profile).check_notification("/v2/me/emails", data)
    return [f"{one.level} {one.requirement}" for one in found]


@pytest.mark.parametrize(
    ("profile", "members", "expected"),
    [
        ("documented", {"subject": "hello"}, []),
        ("documented", {"new": 1}, ["INFO TAPESTRY-01"]),
        ("strict", {"new": 1}, ["SHOULD TAPESTRY-01"]),
        ("observed", {}, []),
        ("observed", {"subject": "hello"}, ["SHOULD GWS-EMAIL-14"]),
        (
            "observed",
            {
                "subject": "hello",
                "receivedDate": "2016-03-15 23:38:42.000+1000",
                "emailType": "Inbound",
                "suggestedQueueUris": [],
                "revelantResponseTemplateGroups": [],
            },
            [],
        ),
    ],
)
def test_a_profile_says_how_grave_a_difference_is(profile, members, expected) -> None:
    assert told(profile, **members) == expected


def test_an_unsettled_reading_is_a_note_and_a_warning_when_strict() -> None:
    emails = [("documented", "INFO"), ("strict", "SHOULD")]
    for profile, level in emails:
        known = catalogue(profile)
        transfer = known.operation("Transfer")
        assert transfer is not None
        body = {"operationName": "Transfer", "targetUri": "/api/v2/users/1"}
        assert [one.level for one in known.check_request(transfer, body)] == [level]


def test_every_profile_names_requirements_and_schemas_that_are_there(known: Catalogue) -> None:
    assert set(known.profiles) == {"documented", "observed", "strict"}
    for profile in known.profiles.values():
        assert profile.says
        assert profile.levels.keys() <= known.requirements.keys()
        for name in profile.also.values():
            assert known.schemas.content(name)


def test_a_profile_that_is_not_there_is_told() -> None:
    with pytest.raises(Problem, match="known are documented, observed, strict"):
        catalogue("lenient").check_notification("/v2/me/emails", {})


def test_a_path_of_a_contradiction_may_leave_a_step_open(known: Catalogue) -> None:
    send = known.operation("Send")
    assert send is not None
    letter = {"to": ["a@example.com"], "from": "b@example.com", "cc": "c@example.com,d@example.com"}
    body = {"operationName": "Send", "queueName": "support", "email": letter}
    [found] = known.check_request(send, body)
    assert (found.level, found.anomaly) == ("INFO", "GWS-ANOMALY-ADDRESS-LISTS")
