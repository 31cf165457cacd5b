"""From tape to story: what an entry means, in which order, and whose it is."""

import pytest

from tapestry.story.derive import path_template
from tapestry.story.model import Call, EndEvent, SessionEvent
from tapestry.tape.model import Body, BodyKind, Request

EMAIL = "00012a9HEEG0325N"
COMETD = "/api/v2/notifications"


def sessions(story):
    return [(e.action, e.session) for e in story.events if isinstance(e, SessionEvent)]


def test_a_call_stands_at_its_request_and_a_delivery_at_the_end_of_its_answer(tape, changed):
    tape.handshake(0)
    tape.operation(50, "Accept", EMAIL, 2, took=25)
    tape.connect(20, changed(EMAIL, "Processing", 2), took=40)
    story = tape.story()
    assert [event.n for event in story.events] == [1, 2, 3]
    assert [event.at for event in story.events] == [5, 50, 60]
    assert [type(event).__name__ for event in story.events] == ["SessionEvent", "Call", "Delivery"]


def test_a_delivery_may_precede_the_answer_of_its_call(tape, changed):
    tape.handshake(0)
    tape.connect(20, changed(EMAIL, "Processing", 2), took=40)
    tape.operation(50, "Accept", EMAIL, 2, took=2000)
    (delivery,) = tape.story().deliveries
    assert delivery.at < 2050
    assert delivery.cause == 2


def test_a_call_comes_before_a_delivery_of_the_same_moment(tape, changed):
    tape.handshake(0)
    tape.connect(20, changed(EMAIL, "Processing", 2), took=30)
    tape.operation(50, "Accept", EMAIL, 2)
    assert tape.story().deliveries[0].cause == 2


def test_a_call_says_what_was_asked_and_answered(tape):
    tape.operation(50, "Accept", EMAIL, 2, took=25)
    (call,) = tape.story().calls
    assert call == Call(
        n=1,
        at=50,
        took=25,
        agent="agent#1",
        operation="Accept",
        method="POST",
        path=f"/api/v2/me/emails/{EMAIL}",
        status=200,
        request={"operationName": "Accept"},
        body={"statusCode": 0, "referenceId": 2},
        interaction=EMAIL,
        reference=2,
        entry=0,
    )


@pytest.mark.parametrize("reference", [True, "2", None, 2.5])
def test_only_a_whole_number_is_a_reference(tape, reference):
    tape.exchange(0, "GET", "/x", None, {"referenceId": reference})
    assert tape.story().calls[0].reference is None


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/api/v2/things", "/api/v2/things"),
        ("/api/v2/things/17", "/api/v2/things/{id}"),
        (f"/things/{EMAIL}/parts", "/things/{id}/parts"),
        ("/users/e62d21e405a04274bd6bbcaf78bd8c38", "/users/{id}"),
        ("/queues/995655ec-81a5-46b0-82d0-3f2c5eca263d", "/queues/{id}"),
        ("/me/emails", "/me/emails"),
        ("/notifications", "/notifications"),
    ],
)
def test_an_unknown_operation_is_named_by_its_template(tape, path, template):
    assert path_template(path) == template
    tape.exchange(0, "PUT", path)
    assert tape.story().calls[0].operation == f"PUT {template}"


def test_the_interaction_of_an_unknown_operation_is_the_first_id_like_segment(tape):
    tape.exchange(0, "POST", f"/api/v2/me/letters/{EMAIL}/pages/12345678")
    assert tape.story().calls[0].interaction == EMAIL


def test_the_interaction_may_stand_in_the_body(tape):
    tape.exchange(0, "POST", "/api/v2/me/workbins", {"id": EMAIL})
    assert tape.story().calls[0].interaction == EMAIL


@pytest.mark.parametrize(
    ("request_body", "query", "answer"),
    [
        ([{"channel": "/meta/connect", "clientId": "x"}], {}, None),
        ({"channel": "/meta/connect", "clientId": "x"}, {}, None),
        ("message=%5B%7B%22channel%22%3A%22%2Fmeta%2Fconnect%22%7D%5D", {}, None),
        (None, {"jsonp": "f", "message": '[{"channel": "/meta/connect"}]'}, None),
        (None, {"message": ['{"channel": "/meta/connect"}']}, None),
        ('[{"channel": "/meta/connect"}]', {}, None),
        ("", {}, [{"channel": "/meta/connect", "successful": False}]),
    ],
)
def test_bayeux_is_known_by_its_body_and_is_no_call(tape, request_body, query, answer):
    tape.exchange(0, "POST", "/anywhere", request_body, answer, query=query)
    assert tape.story().calls == ()


@pytest.mark.parametrize(
    "request_body",
    ["name=x", {"channel": "voice"}, [], [1], '{"channel": ', "[" * 100_000],
)
def test_what_only_resembles_bayeux_is_a_call(tape, request_body):
    tape.exchange(0, "POST", "/anywhere", request_body, {"statusCode": 0})
    assert len(tape.story().calls) == 1


def test_a_query_whose_message_is_no_bayeux_is_a_call(tape):
    tape.exchange(0, "GET", "/say", None, None, query={"message": "hello"})
    assert len(tape.story().calls) == 1


def test_a_jsonp_answer_carries_deliveries(tape, changed):
    tape.handshake(0)
    data = '{"messageType": "EmailStateChangeMessage", "email": {"id": "00012a9HEEG0325N"}}'
    script = f'/**/f([{{"channel": "/v2/me/emails", "data": {data}}}]);'
    message = '[{"channel": "/meta/connect", "clientId": "client-1"}]'
    tape.exchange(10, "GET", COMETD, None, script, query={"jsonp": "f", "message": message})
    (delivery,) = tape.story().deliveries
    assert (delivery.interaction, delivery.session) == (EMAIL, "session#1")


def test_a_delivery_rides_in_any_response_of_its_session(tape, changed):
    tape.handshake(0)
    event = {"channel": "/v2/me/emails", "data": changed(EMAIL, "Invited")}
    reply = {"channel": "/meta/subscribe", "successful": True, "subscription": "/v2/me/emails"}
    asked = {"channel": "/meta/subscribe", "clientId": "client-1", "subscription": "/v2/me/emails"}
    tape.bayeux(10, [asked], [event, reply])
    story = tape.story()
    assert len(story.deliveries) == 1
    assert sessions(story) == [("open", "session#1"), ("subscribe", "session#1")]


def test_sessions_are_named_in_order_of_their_first_event(tape, changed):
    tape.handshake(100, "late", agent="agent#2")
    tape.connect(10, changed(EMAIL, "Invited"), client="early", took=500)
    story = tape.story()
    assert sessions(story) == [("resume", "session#1"), ("open", "session#2")]
    assert story.sessions == ("session#1", "session#2")
    assert story.agents == ("agent#1", "agent#2")


def test_what_got_no_answer_is_kept_with_what_it_was(tape):
    asked = Request(
        "POST", f"/api/v2/me/emails/{EMAIL}", body=Body(BodyKind.JSON, {"operationName": "Accept"})
    )
    tape.end(10, "c1", asked, took=30, agent="agent#1")
    (event,) = tape.story().events
    assert isinstance(event, EndEvent)
    assert (event.at, event.operation, event.interaction) == (40, "Accept", EMAIL)
    assert (event.method, event.reason) == ("POST", "client disconnected")


def test_a_held_poll_that_was_cut_is_no_operation(tape):
    poll = Body(BodyKind.JSON, [{"channel": "/meta/connect", "clientId": "client-1"}])
    tape.handshake(0)
    tape.end(10, "c1", Request("POST", COMETD, body=poll), took=30)
    event = tape.story().events[-1]
    assert isinstance(event, EndEvent)
    assert (event.operation, event.agent, event.path) == (None, "agent#1", COMETD)


def test_an_upgrade_to_websocket_is_no_call_and_its_frames_belong_to_its_agent(tape, changed):
    tape.exchange(0, "GET", COMETD, status=101, socket="w1", agent="agent#7")
    shake = {"channel": "/meta/handshake", "clientId": "x", "successful": True}
    tape.frame(1, "client", [{"channel": "/meta/handshake"}])
    tape.frame(2, "server", [shake])
    tape.frame(3, "server", [{"channel": "/v2/me/emails", "data": changed(EMAIL, "Invited")}])
    tape.end(9, "w1")
    story = tape.story()
    assert story.calls == ()
    assert story.agents == ("agent#7",)
    assert [(d.at, d.session) for d in story.deliveries] == [(3, "session#1")]


def test_one_session_may_move_from_polls_to_a_socket(tape, changed):
    tape.handshake(0, "x")
    tape.exchange(5, "GET", COMETD, status=101, socket="w1")
    tape.frame(10, "client", [{"channel": "/meta/connect", "clientId": "x"}])
    tape.frame(20, "server", [{"channel": "/v2/me/emails", "data": changed(EMAIL, "Invited")}])
    assert tape.story().sessions == ("session#1",)


def test_a_frame_that_is_no_bayeux_tells_nothing(tape):
    tape.frame(10, "server", "hello").frame(11, "client", "hello")
    assert tape.story().events == ()


def test_an_empty_tape_tells_an_empty_story(tape):
    story = tape.story()
    assert (story.agents, story.sessions, story.events) == ((), (), ())
