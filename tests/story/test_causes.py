"""Which call a delivery follows from, rule by rule."""

import pytest

from tapestry.story.model import Rule

EMAIL, OTHER = "00012a9HEEG0325N", "00012a9HEEG033EC"


@pytest.fixture
def two(tape):
    """Two agents, each with an open session."""
    return tape.handshake(0, "client-1").handshake(1, "client-2", agent="agent#2")


def to_bob(tape, at, *data):
    return tape.connect(at, *data, client="client-2", agent="agent#2", took=0)


def causes(tape):
    story = tape.story()
    operations = {event.n: event for event in story.calls}
    return [(operations[d.cause].operation if d.cause else None, d.rule) for d in story.deliveries]


def test_the_number_of_the_answer_ties_a_notification_to_its_call(two, changed):
    two.operation(10, "Accept", EMAIL, 2)
    two.operation(11, "Accept", OTHER, 3)
    two.connect(20, changed(EMAIL, "Processing", 2), changed(OTHER, "Processing", 3))
    first, second = two.story().deliveries
    assert (first.cause, second.cause) == (3, 4)
    assert first.rule is second.rule is Rule.REFERENCE


def test_a_number_of_another_agent_is_not_meant(two, changed):
    two.operation(10, "Accept", EMAIL, 2)
    to_bob(two, 20, changed(OTHER, "Processing", 2))
    assert causes(two) == [(None, None)]


def test_the_latest_call_with_a_number_is_meant(two, changed):
    two.operation(10, "Accept", EMAIL, 2).operation(20, "Accept", OTHER, 2)
    two.connect(30, changed(OTHER, "Processing", 2))
    assert two.story().deliveries[0].cause == 4


@pytest.mark.parametrize("number", [True, "2", None])
def test_what_is_no_number_refers_to_nothing(two, changed, number):
    two.operation(10, "Accept", EMAIL, 1)
    two.connect(20, changed(OTHER, "Processing") | {"referenceId": number})
    assert causes(two) == [(None, None)]


def test_without_a_number_the_documented_outcome_decides(two, changed):
    two.operation(10, "Accept", EMAIL, None)
    two.connect(20, changed(EMAIL, "Processing"))
    assert causes(two) == [("Accept", Rule.SUCCESSOR)]


@pytest.mark.parametrize(
    ("operation", "receiver", "state", "legal"),
    [
        ("Accept", "actor", "Processing", True),
        ("Accept", "actor", "Completed", False),
        ("Accept", "another", "Processing", False),
        ("Reject", "actor", "Completed", True),
        ("Reject", "another", "Invited", True),
        ("Reject", "actor", "Invited", False),
        ("Transfer", "another", "Invited", True),
        ("Transfer", "another", "Completed", False),
    ],
)
def test_the_table_of_operations_says_who_may_hear_what(
    two, changed, operation, receiver, state, legal
):
    two.operation(10, operation, EMAIL, None)
    data = changed(EMAIL, state)
    two.connect(20, data) if receiver == "actor" else to_bob(two, 20, data)
    rule = Rule.SUCCESSOR if legal else Rule.NEAREST
    assert causes(two) == [(operation, rule)]


def test_an_offer_to_another_agent_follows_from_the_transfer_without_any_number(two, changed):
    two.operation(10, "Transfer", EMAIL, 5)
    two.connect(15, changed(EMAIL, "Completed", 5), took=0)
    to_bob(two, 20, changed(EMAIL, "Invited"))
    assert causes(two) == [("Transfer", Rule.REFERENCE), ("Transfer", Rule.SUCCESSOR)]


def test_each_call_yields_each_outcome_once(two, changed):
    two.operation(10, "Accept", EMAIL, None)
    two.connect(20, changed(EMAIL, "Processing"), changed(EMAIL, "Processing"))
    assert causes(two) == [("Accept", Rule.SUCCESSOR), ("Accept", Rule.NEAREST)]


def test_what_a_number_has_claimed_is_not_yielded_again(two, changed):
    two.operation(10, "Accept", EMAIL, 2)
    two.connect(20, changed(EMAIL, "Processing", 2), changed(EMAIL, "Processing"))
    assert causes(two) == [("Accept", Rule.REFERENCE), ("Accept", Rule.NEAREST)]


def test_two_sessions_of_one_agent_are_told_both(two, changed):
    two.handshake(2, "tab-2")
    two.operation(10, "Accept", EMAIL, None)
    two.connect(20, changed(EMAIL, "Processing"))
    two.connect(20, changed(EMAIL, "Processing"), client="tab-2")
    assert causes(two) == [("Accept", Rule.SUCCESSOR)] * 2


def test_the_latest_legal_call_wins(two, changed):
    two.operation(10, "Reject", EMAIL, None)
    two.operation(100, "Reject", EMAIL, None)
    to_bob(two, 200, changed(EMAIL, "Invited"))
    story = two.story()
    assert story.deliveries[0].cause == story.calls[1].n
    assert not story.deliveries[0].ambiguous


def test_concurrent_calls_on_one_interaction_are_marked_ambiguous(two, changed):
    two.operation(10, "Reject", EMAIL, None, took=50)
    two.operation(20, "Transfer", EMAIL, None, took=50)
    to_bob(two, 30, changed(EMAIL, "Invited"))
    assert two.story().deliveries[0].ambiguous


def test_a_refused_call_causes_nothing_that_is_documented(two, changed):
    refused = {"statusCode": 2, "statusMessage": "not now"}
    path, asked = f"/api/v2/me/emails/{EMAIL}", {"operationName": "Accept"}
    two.exchange(10, "POST", path, asked, refused)
    two.exchange(11, "POST", path, asked, {"statusCode": 0}, status=500)
    two.connect(20, changed(EMAIL, "Processing"))
    assert causes(two)[0][1] is Rule.NEAREST


def test_an_operation_without_an_interaction_is_tied_to_its_notification(two):
    data = {"messageType": "ChannelStateChangeMessageV2", "channels": [{"channel": "email"}]}
    two.exchange(10, "POST", "/api/v2/me/channels/email", {"operationName": "Ready"}, {})
    two.connect(20, data, data)
    assert causes(two) == [("Ready", Rule.SUCCESSOR), (None, None)]


def test_a_reply_is_tied_to_the_email_it_answers(two, changed):
    two.operation(10, "Reply", EMAIL, None)
    two.connect(20, changed(OTHER, "Composing", parentId=EMAIL))
    assert two.story().deliveries[0].cause == 3


@pytest.mark.parametrize(("at", "caused"), [(5010, True), (5011, False)])
def test_the_nearest_call_counts_within_five_seconds(two, changed, at, caused):
    two.operation(10, "Accept", EMAIL, None)
    two.connect(at, changed(EMAIL, "Revoked"), took=0)
    assert (causes(two)[0][1] is Rule.NEAREST) is caused


def test_a_read_causes_nothing(two, changed):
    two.exchange(10, "GET", f"/api/v2/me/emails/{EMAIL}", None, {"statusCode": 0})
    two.connect(20, changed(EMAIL, "Revoked"))
    assert causes(two) == [(None, None)]


def test_a_call_on_another_interaction_is_not_near(two, changed):
    two.operation(10, "Accept", EMAIL, None)
    two.connect(20, changed(OTHER, "Invited"))
    assert causes(two) == [(None, None)]


def test_a_call_that_begins_later_is_no_cause(two, changed):
    two.connect(10, changed(EMAIL, "Processing", 2), took=5)
    two.operation(16, "Accept", EMAIL, 2)
    assert causes(two) == [(None, None)]


@pytest.mark.parametrize(
    "other", [{"messageType": "ChatStateChangeMessage"}, {"notificationType": "PropertiesUpdated"}]
)
def test_a_notification_of_another_type_is_no_documented_outcome(two, changed, other):
    two.operation(10, "Accept", EMAIL, None)
    two.connect(20, changed(EMAIL, "Processing") | other)
    assert causes(two) == [("Accept", Rule.NEAREST)]
