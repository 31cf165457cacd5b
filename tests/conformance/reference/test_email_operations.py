"""The operations beyond Accept, Reject and Transfer: drafts, attachments, user data, and misuse."""

import pytest

from conformance.reference.desk import HOUSE_DOCUMENT
from conformance.reference.email_operations import RULES
from tapestry.catalogue import catalogue

LETTER = {
    "to": ["customer@example.com", "second@example.com"],
    "from": "support@example.com",
    "cc": "third@example.com, fourth@example.com",
    "subject": "Hello",
    "body": "<p>Hello.</p>",
    "bodyAsPlainText": "Hello.",
}
OWNED = ("alice logs in", "an email comes for alice", "alice accepts")
GRAVE = ("MUST", "SHOULD")


def code(outcome):
    return outcome.answer.body.get("statusCode")


def email(outcome):
    return outcome.notifications[0].data["email"]


def holds(outcome):
    """Hold whatever went out against the documented shapes."""
    known = catalogue()
    operation = known.operation(outcome.command.operation)
    found = known.check_answer(operation, outcome.answer.http, outcome.answer.body)
    for told in outcome.notifications:
        found += known.check_notification(told.channel, told.data)
    assert [one for one in found if one.level in GRAVE] == []
    return outcome


def test_every_operation_of_the_table_has_a_rule():
    names = {
        one.name for one in catalogue().operations if one.api == "email" and one.method == "POST"
    }
    assert names == set(RULES)


def test_a_draft_is_created_saved_and_sent(floor):
    floor.given("alice logs in")
    created = holds(floor.create("alice", userData={"a": 1}))
    assert floor.told(created) == ["alice Composing #1"]
    assert email(created)["userData"]["a"] == 1
    saved = holds(floor.operate("alice", "Save", email=LETTER))
    assert saved.notifications[0].data["notificationType"] == "EmailSaved"
    assert email(saved)["to"] == LETTER["to"]
    assert email(saved)["cc"] == ["third@example.com", "fourth@example.com"]
    assert email(saved)["subject"] == "Hello"
    sent = holds(floor.operate("alice", "Send", queueName="support", email=LETTER, saveLAR=True))
    assert floor.told(sent) == ["alice Sent #3"]
    assert code(floor.operate("alice", "Send", queueName="support", email=LETTER)) == 3
    contacts = floor.call("GET", "/admin/state").answer.body["contacts"]
    assert contacts["customer@example.com"]["lastAgent"] == "alice"


def test_a_draft_can_be_cancelled(floor):
    floor.given("alice logs in").create("alice")
    cancelled = holds(floor.operate("alice", "Cancel"))
    assert floor.told(cancelled) == ["alice Canceled #2"]
    assert email(cancelled)["capabilities"] == []


@pytest.mark.parametrize(
    ("parameters", "plain"),
    [
        ({}, ""),
        ({"bodyAsPlainText": "Yes. "}, "Yes. "),
        ({"quoteOriginal": True}, "\nLate parcel"),
        (
            {"quoteOriginal": True, "replyToStartLine": "You wrote", "indentCharacter": "> "},
            "You wrote\n> Late parcel",
        ),
        ({"replyToStartLine": "You wrote"}, ""),
    ],
)
def test_a_reply_quotes_only_when_it_is_asked_to(floor, parameters, plain):
    floor.given(*OWNED)
    original = floor.email
    replied = holds(floor.reply("alice", subjectPrefix="Re: ", **parameters))
    assert email(replied)["id"] != original
    assert email(replied)["parentId"] == original
    assert email(replied)["bodyAsPlainText"] == plain
    assert (email(replied)["subject"], email(replied)["to"], email(replied)["from"]) == (
        "Re: Late parcel",
        ["customer@example.com"],
        "support@example.com",
    )


@pytest.mark.parametrize(
    ("operation", "copies"), [("Reply", None), ("ReplyAll", ["c@example.com"])]
)
def test_only_a_reply_to_all_keeps_the_copies(floor, operation, copies):
    floor.given("alice logs in")
    letter = {"subject": "s", "from": "a@example.com", "to": "b@example.com"}
    arrived = floor.call("POST", "/admin/emails", None, letter | {"cc": ["c@example.com"]})
    floor.email = arrived.answer.body["id"]
    floor.given("alice accepts")
    assert email(holds(floor.reply("alice", operation))).get("cc") == copies


def test_an_email_is_completed_and_then_nobodys(floor):
    floor.given(*OWNED)
    assert code(floor.operate("alice", "Complete", queueName="nowhere")) == 6
    completed = holds(floor.operate("alice", "Complete", queueName="support", saveLAR=True))
    assert floor.told(completed) == ["alice Completed #2"]
    assert code(floor.operate("alice", "Complete")) == 3


def test_a_stored_document_is_attached_read_and_removed(floor):
    floor.given("alice logs in").create("alice")
    document = HOUSE_DOCUMENT.id
    attached = holds(floor.operate("alice", "AddAttachment", documentId=document))
    assert email(attached)["attachments"][0]["size"] == len(HOUSE_DOCUMENT.content)
    assert code(floor.operate("alice", "AddAttachment", documentId=document)) == 18
    path = f"/api/v2/emails/{floor.email}/attachments/{document}"
    read = floor.call("GET", path, "alice")
    assert (read.answer.file.content, read.answer.file.mime) == (
        HOUSE_DOCUMENT.content,
        HOUSE_DOCUMENT.mime,
    )
    removed = holds(floor.operate("alice", "RemoveAttachment", documentId=document))
    assert email(removed)["attachments"] == []
    assert code(floor.operate("alice", "RemoveAttachment", documentId=document)) == 6
    assert code(floor.call("GET", path, "alice")) == 6
    assert code(floor.operate("alice", "AddAttachment", documentId="none")) == 6


def test_an_inbound_email_can_have_attachments(floor):
    floor.given("alice logs in")
    letter = {"subject": "s", "from": "a@example.com", "to": "b@example.com"}
    attachments = [{"name": "a.txt", "mime": "text/plain", "text": "hello"}]
    arrived = floor.call("POST", "/admin/emails", None, letter | {"attachments": attachments})
    [entry] = email(arrived)["attachments"]
    path = f"/api/v2/email/{arrived.answer.body['id']}/attachments/{entry['id']}"
    assert floor.call("GET", path, "alice").answer.file.content == b"hello"
    assert email(arrived)["userData"]["_ContainsAttachment"] == "true"


@pytest.mark.parametrize("attachments", ["a.txt", ["a.txt"]])
def test_attachments_that_are_no_objects_are_refused(floor, attachments):
    letter = {"subject": "s", "from": "a@example.com", "to": "b@example.com"}
    arrived = floor.call("POST", "/admin/emails", None, letter | {"attachments": attachments})
    assert code(arrived) == 10


def test_user_data_is_told_whole_after_each_change(floor):
    floor.given(*OWNED)

    def after(operation, **parameters):
        told = holds(floor.operate("alice", operation, **parameters))
        assert told.notifications[0].data["notificationType"] == "PropertiesUpdated"
        return email(told)["userData"]

    pairs = after("AttachUserData", userData={"a": "1", "b": 2})
    assert (pairs["a"], pairs["b"], pairs["Subject"]) == ("1", 2, "Late parcel")
    assert after("UpdateUserData", userData={"a": "3"})["a"] == "3"
    assert after("SetDisposition", disposition="done")["DispositionCode"] == "done"
    assert after("SetDisposition", disposition="done", dispositionKey="Key")["Key"] == "done"
    pairs = after("DeleteUserData", keys=["a", "Subject"])
    assert "a" not in pairs
    assert "Subject" not in pairs
    assert "b" not in after("DeleteUserData", userData={"b": 2})
    assert after("AttachUserData", userData={"Subject": "new"})["Subject"] == "new"


def test_a_comment_is_told_and_focus_is_silent(floor):
    floor.given(*OWNED)
    commented = holds(floor.operate("alice", "AddComment", comment="Called back"))
    assert email(commented)["comment"] == "Called back"
    assert holds(floor.operate("alice", "SetInFocus")).notifications == ()


def test_a_draft_is_transferred_and_composed_on(floor):
    floor.given("alice logs in", "bob logs in").create("alice")
    assert floor.told(floor.do("alice gives it to bob"))[1] == "bob Invited"
    assert floor.told(floor.do("bob accepts")) == ["bob Composing #3"]


def test_a_draft_stays_with_an_agent_who_leaves(floor):
    floor.given("alice logs in", "bob logs in").create("alice")
    assert floor.told(floor.do("alice leaves")) == ["alice email=LoggedOut"]


@pytest.mark.parametrize(
    ("operation", "body"),
    [("Save", {"email": LETTER}), ("Cancel", {}), ("Send", {"email": LETTER})],
)
def test_what_is_for_drafts_is_refused_of_an_inbound_email(floor, operation, body):
    outcome = floor.given(*OWNED).operate("alice", operation, queueName="support", **body)
    assert code(outcome) == 2


def test_an_agent_without_the_feature_may_do_nothing_with_emails(floor):
    floor.given(*OWNED)
    features = {"agent": "alice", "features": ["api-voice"]}
    assert code(floor.call("POST", "/admin/features", None, features)) == 0
    refused = floor.operate("alice", "Complete")
    assert (refused.answer.http, code(refused)) == (403, 5)
    path = f"/api/v2/emails/{floor.email}/attachments/x"
    assert code(floor.call("GET", path, "alice")) == 5
    features = {"agent": "alice", "features": ["api-multimedia-email"]}
    floor.call("POST", "/admin/features", None, features)
    assert code(floor.operate("alice", "Complete")) == 0


def test_without_the_interaction_server_emails_are_not_to_be_had(floor):
    floor.given(*OWNED)
    assert code(floor.call("POST", "/admin/services", None, {"interactions": False})) == 0
    for outcome in (
        floor.operate("alice", "Complete"),
        floor.create("alice"),
        floor.call("GET", "/api/v2/me/emails", "alice"),
        floor.do("bob logs in"),
    ):
        assert (outcome.answer.http, code(outcome)) == (503, 4)
    states = {
        one["type"]: one["state"]
        for one in floor.call("GET", "/api/v2/services", "alice", fields="*").answer.body[
            "services"
        ]
    }
    assert states["MultiMediaState"] == "Inactive"
    floor.call("POST", "/admin/services", None, {"interactions": True})
    assert code(floor.operate("alice", "Complete")) == 0


def test_without_the_content_store_an_operation_fails_after_it_was_taken_on(floor):
    floor.given("alice logs in").create("alice")
    floor.call("POST", "/admin/services", None, {"content": False})
    failed = holds(floor.operate("alice", "Save", email=LETTER))
    assert code(failed) == 0
    told = failed.notifications[0].data
    assert (told["notificationType"], told["referenceId"]) == ("Error", 2)
    floor.call("POST", "/admin/services", None, {"content": True})
    read = floor.call("GET", f"/api/v2/me/emails/{floor.email}", "alice")
    assert read.answer.body["email"]["subject"] == ""


@pytest.mark.parametrize("body", [{"voice": True}, {"content": 1}])
def test_only_services_that_are_there_can_be_taken_away(floor, body):
    assert code(floor.call("POST", "/admin/services", None, body)) == 10


def test_features_are_those_of_an_agent(floor):
    assert code(floor.call("POST", "/admin/features", None, {"agent": "mallory"})) == 6
