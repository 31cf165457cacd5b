"""Sessions: opening, subscribing, closing, starting in the middle, and being told twice."""

import pytest

from tapestry.story.model import SessionEvent

EMAIL = "00012a9HEEG0325N"


def events(story):
    return [
        (e.action, e.channel, e.successful) for e in story.events if isinstance(e, SessionEvent)
    ]


def ask(channel, **more):
    return [{"channel": f"/meta/{channel}", "clientId": "client-1", "id": "7", **more}]


def reply(channel, *, successful=True, **more):
    return [{"channel": f"/meta/{channel}", "successful": successful, "id": "7", **more}]


@pytest.mark.parametrize("action", ["subscribe", "unsubscribe"])
def test_a_subscription_is_told_with_its_channel(tape, action):
    tape.handshake(0).bayeux(10, ask(action, subscription="/a"), reply(action, subscription="/a"))
    assert events(tape.story()) == [("open", None, True), (action, "/a", True)]


def test_the_channel_is_taken_from_the_request_when_the_reply_lacks_it(tape):
    tape.handshake(0)
    tape.bayeux(10, ask("subscribe", subscription=["/a", "/b"]), reply("subscribe"))
    assert events(tape.story())[1:] == [("subscribe", "/a", True), ("subscribe", "/b", True)]


def test_a_refused_subscription_is_told_as_refused(tape):
    tape.handshake(0)
    tape.bayeux(10, ask("subscribe", subscription="/a"), reply("subscribe", successful=False))
    assert events(tape.story())[1:] == [("subscribe", "/a", False)]


def test_a_refused_handshake_opens_no_session(tape):
    tape.bayeux(0, [{"channel": "/meta/handshake"}], reply("handshake", successful=False))
    story = tape.story()
    assert events(story) == [("open", None, False)]
    assert story.sessions == ()


def test_a_session_ends_with_its_disconnect(tape):
    tape.handshake(0).bayeux(10, ask("disconnect"), reply("disconnect"))
    assert events(tape.story())[1:] == [("close", None, True)]


def test_a_session_that_the_server_knows_no_more_is_closed_once_and_not_by_the_client(tape):
    tape.handshake(0)
    for at in (10, 20):
        tape.bayeux(at, ask("connect"), reply("connect", successful=False))
    assert events(tape.story())[1:] == [("close", None, False)]


def test_a_tape_that_starts_in_the_middle_resumes_a_session(tape, changed):
    tape.connect(10, changed(EMAIL, "Invited"), took=20)
    tape.connect(40, changed(EMAIL, "Revoked"))
    story = tape.story()
    assert events(story) == [("resume", None, True)]
    assert story.events[0].at == 10
    assert [d.session for d in story.deliveries] == ["session#1", "session#1"]


def test_a_socket_in_the_middle_gets_its_clientid_with_the_first_frame_of_the_client(tape, changed):
    event = {"channel": "/v2/me/emails", "data": changed(EMAIL, "Invited")}
    tape.frame(10, "server", [event])
    tape.frame(20, "client", ask("connect"))
    tape.frame(30, "server", [event])
    story = tape.story()
    assert events(story) == [("resume", None, True)]
    assert story.sessions == ("session#1",)


def test_a_reply_of_a_session_nobody_knows_tells_nothing(tape):
    tape.bayeux(0, [{"channel": "/meta/connect"}], reply("connect"))
    assert tape.story().events == ()


def acknowledged(tape, at, ack, batch, *data):
    tape.bayeux(
        at,
        ask("connect", ext={"ack": ack}),
        [
            *({"channel": "/v2/me/emails", "data": each} for each in data),
            *reply("connect", ext={"ack": batch}),
        ],
    )


def test_a_batch_that_was_not_acknowledged_is_sent_again_and_told_once(tape, changed):
    one, two, three = (changed(EMAIL, state) for state in ("Invited", "Processing", "Completed"))
    tape.handshake(0)
    acknowledged(tape, 10, 0, 1, one)
    acknowledged(tape, 20, 0, 2, one, two)
    acknowledged(tape, 30, 0, 3, one, two, three)
    acknowledged(tape, 40, 3, 4)
    states = [d.data["email"]["state"] for d in tape.story().deliveries]
    assert states == ["Invited", "Processing", "Completed"]


def test_an_equal_notification_after_the_acknowledgement_is_another_one(tape, changed):
    one = changed(EMAIL, "Processing")
    tape.handshake(0)
    acknowledged(tape, 10, 0, 1, one)
    acknowledged(tape, 20, 1, 2, one)
    assert len(tape.story().deliveries) == 2


def test_without_the_extension_an_equal_notification_is_told_twice(tape, changed):
    one = changed(EMAIL, "Processing")
    tape.handshake(0).connect(10, one, one).connect(20, one)
    assert len(tape.story().deliveries) == 3


def test_a_delivery_outside_the_acknowledged_polls_does_not_disturb_the_count(tape, changed):
    one, two = changed(EMAIL, "Invited"), changed(EMAIL, "Processing")
    tape.handshake(0)
    acknowledged(tape, 10, 0, 1, one)
    tape.bayeux(
        15,
        ask("subscribe", subscription="/a"),
        [{"channel": "/v2/me/emails", "data": two}, *reply("subscribe")],
    )
    acknowledged(tape, 20, 0, 2, one)
    assert len(tape.story().deliveries) == 2


def test_a_batch_number_that_the_client_never_acknowledges_means_nothing(tape, changed):
    one = changed(EMAIL, "Processing")
    tape.handshake(0)
    for at in (10, 20):
        event = {"channel": "/v2/me/emails", "data": one}
        tape.bayeux(at, ask("connect"), [event, *reply("connect", ext={"ack": 1})])
    assert len(tape.story().deliveries) == 2


@pytest.mark.parametrize("data", [None, 7, "text", [1], {"email": 7}, {"email": {"id": 7}}])
def test_data_of_any_shape_is_a_delivery(tape, data):
    tape.handshake(0).connect(10, data)
    (delivery,) = tape.story().deliveries
    assert (delivery.data, delivery.interaction, delivery.message_type) == (data, None, None)
