"""What goes over the wire has the documented shape, down to the spelling."""

from datetime import UTC, datetime, timedelta, timezone
from random import Random

import pytest

from conformance.reference.contact_centre import Readiness
from conformance.reference.email import Email, State
from conformance.reference.ids import contact_id, interaction_ids
from conformance.reference.resources import Resources, channel

OFFERED = ("alice logs in", "bob logs in", "an email comes for alice")
TEN = "Reply ReplyAll Transfer AddComment AttachUserData UpdateUserData DeleteUserData "
TEN += "SetDisposition SetInFocus Complete"


def email_for(outcome, agent):
    [data] = [told.data for told in outcome.notifications if told.agent == agent]
    assert (data["messageType"], data["notificationType"]) == (
        "EmailStateChangeMessage",
        "StatusChange",
    )
    return data["email"]


def test_an_invitation_can_be_accepted_or_rejected_and_is_nobodys_yet(floor):
    outcome = floor.given("alice logs in").do("an email comes")
    email = email_for(outcome, "alice")
    assert email["capabilities"] == ["Accept", "Reject"]
    assert "assignedTo" not in email
    assert "referenceId" not in outcome.notifications[0].data
    assert outcome.notifications[0].channel == "/v2/me/emails"


def test_an_accepted_email_is_whole(floor):
    email = email_for(floor.given(*OFFERED).do("alice accepts"), "alice")
    assert email["capabilities"] == TEN.split()
    expected = {
        "id": floor.email,
        "state": "Processing",
        "subject": "Late parcel",
        "from": "customer@example.com",
        "to": ["support@example.com"],
        "assignedTo": "alice",
        "emailType": "Inbound",
        "receivedDate": "2026-11-21 09:30:00.042+0000",
        "revelantResponseTemplateGroups": [],
        "suggestedQueueUris": [],
        "uri": f"http://gws.example.com:8090/api/v2/email/{floor.email}",
        "path": f"/emails/{floor.email}",
    }
    assert {key: email[key] for key in expected} == expected
    assert email["contactId"] == email["userData"]["ContactId"]


def test_who_rejects_sees_the_light_form(floor):
    email = email_for(floor.given(*OFFERED).do("alice rejects"), "alice")
    assert set(email) == {"userData", "state", "id", "capabilities", "uri"}
    assert (email["state"], email["capabilities"]) == ("Completed", [])


def test_who_transfers_sees_the_whole_form_without_capabilities(floor):
    floor.given(*OFFERED, "alice accepts")
    outcome = floor.do("alice gives it to bob")
    email = email_for(outcome, "alice")
    assert (email["state"], email["capabilities"]) == ("Processing", [])
    assert email["subject"] == "Late parcel"
    assert "assignedTo" not in email
    assert email_for(outcome, "bob")["capabilities"] == ["Accept", "Reject"]


def test_user_data_has_the_documented_kinds_of_values(floor):
    data = email_for(floor.given("alice logs in").do("an email comes"), "alice")["userData"]
    assert data["RRequestedSkills"] is None
    assert data["_AutoReplyCount"] == 0
    assert data["PegAGE-mail distribution for processing"] == 1
    assert data["Header_Date"] == "Sat, 21 Nov 2026 09:30:00 +0000"
    assert data["Header_Content-Type"].startswith('multipart/mixed; boundary="====')
    assert data["RTargetAgentSelected"] == "alice"
    assert all(isinstance(value, str | int | None) for value in data.values())


def test_a_subject_is_text_even_in_html():
    now = datetime(2026, 1, 1, tzinfo=UTC)
    email = Email("X", "<b>&", "c@example.com", "s@example.com", now, State.PROCESSING, "bob")
    resource = Resources(lambda: "http://h").email(email)
    assert resource["body"] == "<html><body><p>&lt;b&gt;&amp;</p></body></html>"
    assert resource["bodyAsPlainText"] == "<b>&"


def test_dates_keep_their_offset():
    adelaide = datetime(2026, 3, 15, 23, 38, 42, 1_999, timezone(timedelta(hours=9, minutes=30)))
    email = Email("X", "s", "c@example.com", "s@example.com", adelaide)
    resource = Resources(lambda: "http://h").email(email)
    assert resource["receivedDate"] == "2026-03-15 23:38:42.001+0930"


@pytest.mark.parametrize(
    ("readiness", "user_state"),
    [
        (
            Readiness.READY,
            {
                "displayName": "Ready",
                "id": "9430250E-0A1B-421F-B372-F29E69366DED",
                "state": "Ready",
            },
        ),
        (
            Readiness.NOT_READY,
            {
                "displayName": "Not Ready",
                "id": "900D55CC-2BB0-431F-8BF9-D3525B383BE6",
                "state": "NotReady",
            },
        ),
        (Readiness.LOGGED_OUT, {"state": "LoggedOut"}),
    ],
)
def test_a_channel_shows_the_documented_state(readiness, user_state):
    assert channel("email", readiness) == {
        "channel": "email",
        "dndState": "Off",
        "userState": user_state,
    }


def test_channels_are_told_on_their_own_topic(floor):
    [told] = floor.do("alice logs in").notifications
    assert (told.channel, told.data["messageType"]) == (
        "/v2/me/channels",
        "ChannelStateChangeMessageV2",
    )


def test_ids_look_like_the_real_ones_never_repeat_and_follow_the_seed():
    new_id, again, other = (interaction_ids(Random(seed)) for seed in (1, 1, 2))
    ids = [new_id() for _ in range(100)]
    assert ids == [again() for _ in range(100)]
    assert len(set(ids)) == 100
    assert other() not in ids
    assert all(len(one) == 16 and one.startswith("00012a") for one in ids)


def test_a_contact_is_known_by_address():
    assert contact_id("C@Example.com") == contact_id("c@example.com") != contact_id("d@example.com")
    assert len(contact_id("c@example.com")) == 16
