from __future__ import annotations

import pytest

from tapestry.catalogue import Catalogue
from tapestry.catalogue.defects import defects, requests

PREFIX = "GWS-ANOMALY-"
MESSAGE = '{"channel": "/v2/me/emails", "data": {"messageType": "X", "email": {"id": "1"}}}'


def shown(known: Catalogue, text: str) -> list[str]:
    found = defects(text, known.anomalies)
    return [one.anomaly.id.removeprefix(PREFIX) if one.anomaly else "-" for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{ "statusCode": 0 }', []),
        ('{ "status": 0 }', ["STATUS-MEMBER"]),
        ('{ "statusCode": "0" }', ["STATUS-TEXT"]),
        ("an empty HTTP 200 response", []),
        ('an empty HTTP 200 response\n{ "statusCode": 0 }', ["EMPTY-200"]),
        (MESSAGE, []),
        ('{"messageType": "X"}', ["NO-DATA", "NO-CHANNEL"]),
        ("the topic /v2/me/interactions/.", ["TOPIC"]),
        ('{"uri": "http: //localhost: 8080/x"}', ["URI-BLANKS"]),
        ('{"uri": "http://localhost:8080/api/v2/email/1"}', ["URI-SPELLINGS"]),
        ('{"d": "Tue, 11Mar201414: 05: 09+0200"}', ["DATES"]),
        ('{"d": "Tue, 11 Mar 2014 14:05:09 +0200"}', []),
        ('POST /api/v2/me/emails/1\n{"operationName": "Accept"}', []),
        ('POST api/v2/me/emails/1 {"operationName": "Accept"}', ["REQUEST-LINE"]),
        ("GET /api/v2/me", []),
        ("POST /api/v2/me/emails/1", ["BODY-LOST"]),
        (f'POST /api/v2/me/emails/1 {{"operationName": "Accept"}}\n{MESSAGE}', []),
        (f'POST /api/v2/me/emails/2 {{"operationName": "Accept"}}\n{MESSAGE}', ["IDS-DIFFER"]),
        (
            'POST /api/v2/me/emails/1 {"operationName": "Reject"}\n{"state": "Completed"}',
            ["REJECT-STATE"],
        ),
        ('{"state": "Completed"}', []),
        (
            "Rejects the call.\nNotifies the service of the agent's acceptance of it.",
            ["REJECT-OVERVIEW"],
        ),
        ("Notifies the service of the agent's acceptance of it.", []),
        ("Required Features api-multimedia", ["FEATURE"]),
        ("Required Features api-multimedia-email", []),
        ('{"size": "12"}', ["ATTACHMENT-SIZE"]),
        ('{"size": 12}', []),
        ('{"a": 1 "b": 2}', ["BRACES"]),
        ('{"a": 01}', ["-"]),
        ('{"a": 1,}', ["-"]),
        ("nothing to see", []),
    ],
)
def test_each_defect_is_its_register_entry(
    known: Catalogue, text: str, expected: list[str]
) -> None:
    assert shown(known, text) == expected


def test_a_defect_has_its_place_and_a_short_excerpt(known: Catalogue) -> None:
    text = 'Sample\n{"a": "' + "x" * 200 + '="y"z", "b": 1}'
    [only] = defects(text, known.anomalies)
    assert (only.line, only.column) == (2, 7)
    assert len(only.excerpt) == 60


def test_request_lines_are_found_with_their_extent() -> None:
    text = "HTTP POST /api/v2/me/emails/1\nPOST api/v2/me { }"
    found = requests(text)
    assert [(one.method, one.path) for one in found] == [
        ("POST", "/api/v2/me/emails/1"),
        ("POST", "api/v2/me"),
    ]
    assert text[found[0].start : found[0].end] == "HTTP POST /api/v2/me/emails/1"
