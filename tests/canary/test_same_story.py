"""A redacted tape means what the original meant: it is judged and compared with the same result."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.judge.diff import compare_stories
from tapestry.catalogue import catalogue
from tapestry.story.derive import derive
from tapestry.story.model import Delivery
from tapestry.tape.model import Body, BodyKind, Cassette, Exchange, Header, Request, Response
from tapestry.tape.redact import Redactor

KEY = b"the same for both tapes"
NAMES = st.text("abcdefghijklmnopqrstuvwxyz", min_size=5, max_size=9).map(str.capitalize)
TEXTS = st.lists(NAMES, min_size=1, max_size=5).map(" ".join)
PEOPLE = st.lists(NAMES, min_size=3, max_size=3, unique_by=str.lower)
JSON = (("Content-Type", "application/json"),)


def exchange(at: float, path: str, asked: Any, told: Any) -> Exchange:
    request = Request("POST", path, {}, JSON, Body(BodyKind.JSON, asked))
    answer = Response(200, JSON, Body(BodyKind.JSON, told))
    return Exchange(at, 1.0, request, answer, "agent#1", "c1")


def email(people: list[str], subject: str, state: str, number: int) -> dict[str, Any]:
    first, last, login = people
    address = f"{first.lower()}.{last.lower()}@{last.lower()}.org"
    return {
        "id": "00012a9HEEG0325N",
        "state": state,
        "from": address,
        "to": [f"{login.lower()}@shop.org"],
        "subject": subject,
        "assignedTo": login.lower(),
        "capabilities": ["Accept", "Reject"] if state == "Invited" else ["Transfer"],
        "userData": {
            "FirstName": first,
            "LastName": last,
            "EmailAddress": address,
            "FromPersonal": f"{first} {last}",
            "Note": f"{login.lower()} knows {address}",
            "Subject": subject,
            "_AutoReplyCount": number,
        },
    }


def tape(mails: list[tuple[list[str], str, str]]) -> Cassette:
    """Return an agent's session in which ``mails`` are told, one a poll."""
    path, client = "/api/v2/notifications", "2h9x1gq0c7b3sd"
    entries = [
        exchange(0.0, path, [{"channel": "/meta/handshake", "id": "1"}],
                 [{"channel": "/meta/handshake", "clientId": client, "successful": True,
                   "id": "1", "version": "1.0", "supportedConnectionTypes": ["long-polling"]}]),
        exchange(2.0, path, [{"channel": "/meta/subscribe", "clientId": client, "id": "2",
                              "subscription": "/v2/me/emails"}],
                 [{"channel": "/meta/subscribe", "clientId": client, "id": "2",
                   "subscription": "/v2/me/emails", "successful": True}]),
    ]  # fmt: skip
    for number, (people, subject, state) in enumerate(mails):
        data = {
            "messageType": "EmailStateChangeMessage",
            "notificationType": "StatusChange",
            "email": email(people, subject, state, number),
        }
        polled = [{"channel": "/meta/connect", "clientId": client, "id": str(number + 3),
                   "connectionType": "long-polling"}]  # fmt: skip
        told = [
            {"channel": "/v2/me/emails", "data": data},
            {"channel": "/meta/connect", "id": str(number + 3), "successful": True},
        ]
        entries.append(exchange(10.0 * number + 5, path, polled, told))
    return Cassette(Header("2026-11-21T09:30:00.000Z", "http://127.0.0.1:8090"), tuple(entries))


def redacted(raw: Cassette) -> Cassette:
    redactor = Redactor(KEY)
    return Cassette(raw.header, tuple(redactor.entry(entry) for entry in raw.entries))


def judged(cassette: Cassette) -> list[tuple[str, str, str]]:
    found = []
    for event in derive(cassette, catalogue()).events:
        if isinstance(event, Delivery):
            violations = catalogue().check_notification(event.channel, event.data)
            found += [(broken.requirement, broken.path, broken.kind) for broken in violations]
    return found


def changes(old: Cassette, new: Cassette) -> list[tuple[str, str, int]]:
    stories = [derive(cassette, catalogue()) for cassette in (old, new)]
    comparison = compare_stories(*stories, catalogue(), redacted=False)
    return sorted((str(one.kind), one.path, one.count) for one in comparison.findings)


MAILS = st.lists(
    st.tuples(PEOPLE, TEXTS, st.sampled_from(["Invited", "Processing", "Nonsense"])),
    min_size=1,
    max_size=3,
)


@settings(max_examples=25, deadline=None)
@given(MAILS)
def test_it_is_judged_like_the_original(mails: list[tuple[list[str], str, str]]) -> None:
    raw = tape(mails)
    kept = redacted(raw)
    assert kept != raw
    assert judged(kept) == judged(raw)


@settings(max_examples=25, deadline=None)
@given(MAILS, st.data())
def test_it_differs_from_another_where_the_original_does(
    mails: list[tuple[list[str], str, str]], data: st.DataObject
) -> None:
    changed = copy.deepcopy(mails)
    number = data.draw(st.integers(0, len(mails) - 1))
    people, subject, state = changed[number]
    changed[number] = data.draw(
        st.sampled_from([
            (people, subject, state),
            (people, f"{subject} Again", state),
            (people, subject, "Completed"),
            ([people[0], people[2], people[1]], subject, state),
        ])
    )  # fmt: skip
    old, new = tape(mails), tape(changed)
    assert changes(redacted(old), redacted(new)) == changes(old, new)
