"""Sessions on WebSockets, in the server machine: who gets which frame, and when."""

import pytest

from tapestry.bayeux.effects import Batch
from tapestry.bayeux.message import Transport

EVENT = {"channel": "/a", "data": 1}


class TestHandshake:
    def test_opens_a_session_whose_deliveries_wait_until_it_is_heard_of(self, talk, say):
        ((reply,),) = talk.send(say.handshake(id=1))
        client = reply["clientId"]
        talk.deliver(client, "/a", 1)
        assert talk.heard() == []
        (event,), (answer,) = talk.send(say.subscribe(client, "/a", id=2))
        assert (event, answer["id"]) == (EVENT, 2)
        talk.publish("/a", 1)
        assert talk.heard() == [[EVENT]]
        assert talk.server.sessions[client].transport == "websocket"

    def test_of_a_session_that_polls_is_not_undone_by_another_message(self, talk, say):
        client = talk.open("/a")
        talk.hold(client, "poll")
        talk.send(say.subscribe(client, "/b"))
        talk.publish("/a", 1)
        assert talk.heard() == []
        assert talk.data("poll") == [1]

    def test_may_come_by_post_and_the_connect_by_socket(self, talk, say):
        client = talk.open("/a")
        talk.publish("/a", 1)
        assert talk.send(say.connect(client, id="c")) == [[EVENT]]
        talk.publish("/a", 2)
        assert talk.heard() == [[{"channel": "/a", "data": 2}]]

    def test_by_post_belongs_to_its_principal_on_the_socket(self, talk, say):
        client = talk.open("/a", who="alice")
        talk.publish("/a", 1)
        ((reply,),) = talk.send(say.connect(client), who="bob")
        assert reply["error"] == "402::session_unknown"
        assert talk.send(say.connect(client), who="alice") == [[EVENT]]


class TestConnect:
    def test_is_a_heartbeat_that_deliveries_do_not_end(self, talk):
        talk.open_socket("/a")
        talk.wait(29)
        talk.publish("/a", 1)
        assert talk.heard() == [[EVENT]]
        talk.wait(1)
        assert talk.heard() == [[{"id": "held", "channel": "/meta/connect", "successful": True}]]

    def test_the_first_is_answered_at_once(self, talk, say):
        ((reply,),) = talk.send(say.handshake())
        ((reply,),) = talk.send(say.connect(reply["clientId"], id=2))
        assert reply == {"id": 2, "channel": "/meta/connect", "successful": True}

    def test_is_held_beside_other_messages_whose_replies_go_at_once(self, talk, say):
        client = talk.open_socket()
        talk.send(say.connect(client, timeout=0))
        frames = talk.send(say.connect(client, id="c"), say.subscribe(client, "/a", id="s"))
        assert [[message["id"] for message in frame] for frame in frames] == [["s"]]
        talk.wait(30)
        assert [message["id"] for (message,) in talk.heard()] == ["c"]

    def test_with_its_own_deliveries_is_held_while_they_go_out(self, talk, say):
        client = talk.open_socket("/a")
        frames = talk.send(say.publish(client, "/a", 1, id="p"), say.connect(client, id="c"))
        events = [message for frame in frames for message in frame if "data" in message]
        assert events == [EVENT]
        assert talk.server.sessions[client].held.reply["id"] == "c"

    def test_of_a_newer_frame_ends_the_older_with_its_reply(self, talk, say):
        client = talk.open_socket()
        (frame,) = talk.send(say.connect(client, id="newer"))
        assert frame == [{"id": "held", "channel": "/meta/connect", "successful": True}]
        assert talk.server.sessions[client].held.reply["id"] == "newer"

    def test_ends_the_one_that_a_poll_of_the_session_held(self, talk, say):
        client = talk.open("/a")
        talk.hold(client, "poll")
        talk.send(say.connect(client))
        assert talk.answers["poll"] == 500
        talk.publish("/a", 1)
        assert talk.heard() == [[EVENT]]

    def test_by_post_takes_the_deliveries_back_from_the_socket(self, talk, say):
        client = talk.open_socket("/a")
        talk.hold(client, "poll")
        assert talk.heard()[0][0]["id"] == "held"
        talk.publish("/a", 1)
        assert talk.data("poll") == [1]
        assert talk.heard() == []

    def test_is_not_counted_among_the_polls_of_a_browser(self, talk, say):
        first = talk.open(browser="b")
        second = talk.open(browser="b")
        talk.send(say.connect(first))
        talk.hold(second, "poll")


class TestSessions:
    def test_on_one_socket_stay_apart(self, talk, say):
        one, two = talk.open_socket("/a"), talk.open_socket("/b")
        talk.publish("/b", 2)
        assert talk.heard() == [[{"channel": "/b", "data": 2}]]
        talk.send(say.disconnect(one))
        talk.publish("/a", 1)
        talk.publish("/b", 3)
        assert talk.heard() == [[{"channel": "/b", "data": 3}]]
        assert set(talk.server.sessions) == {two}

    def test_on_one_socket_get_frames_of_their_own(self, talk):
        talk.open_socket("/a")
        talk.open_socket("/a")
        talk.publish("/a", 1)
        assert talk.heard() == [[EVENT], [EVENT]]

    def test_on_one_socket_end_each_in_its_time(self, talk, say):
        one, two = talk.open_socket(), talk.open_socket()
        talk.wait(30)
        talk.send(say.connect(two))
        talk.wait(10)
        assert set(talk.server.sessions) == {two}
        assert talk.facts[-1] == f"SessionClosed {one} expired"

    def test_wait_for_a_while_when_the_socket_is_lost(self, talk, say):
        one, two = talk.open_socket("/a"), talk.open_socket("/a")
        talk.carry_out(talk.server.lost("w", talk.now))
        talk.publish("/a", 1)
        assert talk.heard() == []
        assert talk.send(say.connect(one), over="again") == [[EVENT]]
        talk.say(say.connect(two), over="poll")
        assert talk.data("poll") == [1]

    def test_expire_when_nobody_comes_back_to_them(self, talk):
        client = talk.open_socket()
        talk.wait(20)
        talk.carry_out(talk.server.lost("w", talk.now))
        talk.wait(9.9)
        assert client in talk.server.sessions
        talk.wait(0.1)
        assert not talk.server.sessions
        assert talk.server.next_deadline() is None

    def test_that_moved_on_are_not_hurt_when_the_old_socket_is_lost(self, talk, say):
        client = talk.open_socket("/a")
        talk.send(say.connect(client), over="new")
        talk.carry_out(talk.server.lost("w", talk.now))
        talk.publish("/a", 1)
        assert talk.heard("new") == [[EVENT]]
        talk.wait(29)
        assert client in talk.server.sessions

    def test_are_dropped_with_a_socket_whose_peer_does_not_read(self, talk):
        one, two = talk.open_socket("/a"), talk.open_socket("/a")
        other = talk.open_socket("/a", over="other")
        talk.carry_out(talk.server.overflowed("w", talk.now))
        assert talk.facts[-2:] == [
            f"SessionClosed {one} queue overflowed",
            f"SessionClosed {two} queue overflowed",
        ]
        assert talk.heard() == []
        assert set(talk.server.sessions) == {other}

    def test_can_be_dropped_at_once(self, talk):
        client = talk.open_socket()
        talk.carry_out(talk.server.expire(client, talk.now))
        ((reply,),) = talk.heard()
        assert reply["id"] == "held"
        assert reply["advice"] == {"reconnect": "handshake", "interval": 0}
        assert talk.server.lost("w", talk.now) == []

    def test_end_with_a_disconnect_that_frees_the_held_connect(self, talk, say):
        client = talk.open_socket()
        (freed,), (reply,) = talk.send(say.disconnect(client, id="d"))
        assert (freed["id"], freed["advice"]["reconnect"]) == ("held", "none")
        assert (reply["id"], reply["successful"]) == ("d", True)

    def test_end_when_the_server_closes(self, talk):
        talk.open_socket()
        talk.carry_out(talk.server.close(talk.now))
        ((reply,),) = talk.heard()
        assert (reply["id"], reply["successful"]) == ("held", True)


class TestDelivery:
    def test_reaches_the_publisher_with_the_reply(self, talk, say):
        client = talk.open_socket("/a")
        (frame,) = talk.send(say.publish(client, "/a", 1, id="p"))
        assert frame == [EVENT, {"id": "p", "channel": "/a", "successful": True}]

    def test_to_another_session_goes_out_before_the_publisher_is_answered(self, talk, say):
        talk.open_socket("/a")
        publisher = talk.open_socket()
        frames = talk.send(say.publish(publisher, "/a", 1, id="p"))
        assert [frame[0].get("data", "reply") for frame in frames] == [1, "reply"]

    def test_can_be_for_one_session(self, talk):
        client = talk.open_socket()
        talk.deliver(client, "/service/x", 1)
        assert talk.heard() == [[{"channel": "/service/x", "data": 1}]]

    def test_rides_in_the_answer_to_a_post_of_the_same_session(self, talk, say):
        client = talk.open_socket("/a")
        answer = talk.say(say.publish(client, "/a", 1, id="p"))
        assert answer[0] == EVENT
        assert talk.heard() == []


def test_an_empty_frame_is_answered_by_an_empty_frame(talk):
    assert talk.send() == [[]]


@pytest.mark.parametrize("transport", list(Transport))
def test_only_a_websocket_takes_more_than_one_answer(transport):
    assert Batch("x", [], transport).streaming is (transport == "websocket")
