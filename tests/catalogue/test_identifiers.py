from __future__ import annotations

import pytest

from tapestry.catalogue import Catalogue


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("$.data.email.id", "email"),
        ("$.emails[3].id", "email"),
        (("data", "email", "id"), "email"),
        (("emails", 0, "id"), "email"),
        ("$.data.email.attachments[0].id", "attachment"),
        ("documentId", "attachment"),
        ("contactId", "contact"),
        ("$.data.email.userData['ContactId']", "contact"),
        ('$.userData["ContactId"]', "contact"),
        ("parentId", "email"),
        ("userUri", "user"),
        ("$.user.id", "user"),
        ("queueUri", "queue"),
        ("$.data.referenceId", "reference"),
        ("id", None),
        ("$.services[0].id", None),
        ("$", None),
        ((), None),
        ("state", None),
    ],
)
def test_the_kind_of_an_identifier_follows_from_where_it_stands(
    known: Catalogue, path: str | tuple[str | int, ...], kind: str | None
) -> None:
    assert known.identifier_kind(path) == kind


@pytest.mark.parametrize(
    ("path", "volatile"),
    [
        ("$.data.metrics", True),
        ("$.data.metrics.eventProcessing.nodeProcessingTimeNanos", True),
        ("$.data.email.receivedDate", True),
        ("$.data.email.userData.Header_Date", True),
        ("$.data.email.userData['Header_Message-ID']", True),
        (("userData", "Header_Date"), True),
        ("$.Header_Date", False),
        ("$.data.email.state", False),
        ("$", False),
    ],
)
def test_what_varies_by_nature_is_known_by_its_path(
    known: Catalogue, path: str | tuple[str | int, ...], volatile: bool
) -> None:
    assert known.volatile(path) is volatile


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("http://localhost:8080/api/v2/email/0001", ("email", "0001")),
        ("/api/v2/me/emails/0001", ("email", "0001")),
        ("/emails/0001", ("email", "0001")),
        ("emails/0001?fields=*", ("email", "0001")),
        ("http://h/api/v2/email/0001/attachments/77", ("attachment", "77")),
        ("https://h/api/v2/users/a%20b/", ("user", "a b")),
        ("http://h/api/v2/queues/99", ("queue", "99")),
        ("http://h/api/v2/emails", None),
        ("http://h/myemails/1", None),
        ("", None),
    ],
)
def test_the_identifier_in_a_uri_is_found_whatever_the_spelling(
    known: Catalogue, uri: str, expected: tuple[str, str] | None
) -> None:
    found = known.identifier_in_uri(uri)
    assert (found and (found.kind, found.value)) == expected
    if found and "%" not in uri:
        assert uri[found.start : found.end] == found.value
