"""The ack extension: deliveries ride connects, in numbered batches, until they came through."""

import pytest

ACK = {"ext": {"ack": True}}


def seen(batch):
    return {"ext": {"ack": batch}}


@pytest.mark.parametrize(
    ("asked", "agreed"),
    [
        (True, True),
        ({"enabled": True}, {"enabled": True}),
        ({"enabled": True, "batch": 3}, {"enabled": True}),
    ],
)
def test_is_agreed_on_in_the_form_that_was_asked(talk, say, asked, agreed):
    assert talk.one(say.handshake(ext={"ack": asked}))["ext"] == {"ack": agreed}


@pytest.mark.parametrize("asked", [False, None, "true", 1, {"enabled": 1}, {}, []])
def test_is_not_agreed_on_unless_asked(talk, say, asked):
    assert "ext" not in talk.one(say.handshake(ext={"ack": asked}))


def test_is_not_agreed_on_with_a_handshake_that_fails(talk, say):
    assert "ext" not in talk.one(say.handshake(version="0.1", **ACK))


def test_numbers_every_connect_reply(talk, say):
    client = talk.one(say.handshake(**ACK))["clientId"]
    numbers = [talk.one(say.connect(client, timeout=0, **seen(n)))["ext"]["ack"] for n in range(3)]
    assert numbers == [1, 2, 3]


def test_numbers_the_reply_that_ends_a_held_connect(talk):
    client = talk.open("/a", **ACK)
    talk.hold(client, "c", id="9", **seen(1))
    talk.publish("/a", 1)
    assert talk.answers["c"] == [
        {"channel": "/a", "data": 1},
        {"id": "9", "channel": "/meta/connect", "successful": True, "ext": {"ack": 2}},
    ]


def test_numbers_nothing_for_who_did_not_ask(talk, say):
    client = talk.open("/a")
    talk.publish("/a", 1)
    answer = talk.say(say.connect(client, **seen(0)))
    assert [message.get("ext") for message in answer] == [None, None]
    talk.hold(client, "c", **seen(0))


class TestDelivery:
    def test_rides_in_connect_replies_only(self, talk, say):
        client = talk.open("/a", **ACK)
        talk.publish("/a", 1)
        assert talk.one(say.subscribe(client, "/b"))["successful"]
        talk.say(say.connect(client, **seen(1)), over="c")
        assert talk.data("c") == [1]

    def test_of_its_own_publish_ends_the_held_connect(self, talk, say):
        client = talk.open("/a", **ACK)
        talk.hold(client, "c", **seen(1))
        assert talk.one(say.publish(client, "/a", 1))["successful"]
        assert talk.data("c") == [1]

    def test_rides_in_a_connect_beside_other_messages(self, talk, say):
        client = talk.open("/a", **ACK)
        talk.publish("/a", 1)
        answer = talk.say(say.subscribe(client, "/b", id="s"), say.connect(client, **seen(1)))
        assert [message.get("id", message.get("data", "c")) for message in answer] == ["s", 1, "c"]

    def test_that_was_not_acknowledged_comes_again_with_what_came_since(self, talk, say):
        client = talk.open("/a", **ACK)
        talk.publish("/a", 1)
        talk.say(say.connect(client, **seen(1)), over="lost")
        talk.publish("/a", 2)
        *events, reply = talk.say(say.connect(client, **seen(1)))
        assert [event["data"] for event in events] == [1, 2]
        assert reply["ext"]["ack"] == 3
        talk.hold(client, "c", **seen(3))

    def test_that_was_not_acknowledged_is_not_waited_with(self, talk, say):
        client = talk.open("/a", **ACK)
        talk.publish("/a", 1)
        for _ in range(3):
            talk.say(say.connect(client, timeout=700, **seen(1)), over="c")
            assert talk.data("c") == [1]

    def test_on_a_reply_that_the_client_hung_up_on_before_it_left_is_not_lost(self, talk, say):
        client = talk.open("/a", **ACK)
        talk.hold(client, "c", **seen(1))
        talk.carry_out(talk.server.lost("c", talk.now))
        talk.publish("/a", 1)
        talk.say(say.connect(client, **seen(1)), over="d")
        assert talk.data("d") == [1]

    @pytest.mark.parametrize("batch", ["1", None, True, [1], {}, 10**400, float("inf")])
    def test_is_not_acknowledged_by_what_is_no_number(self, talk, say, batch):
        client = talk.open("/a", **ACK)
        talk.publish("/a", 1)
        talk.say(say.connect(client, **seen(1)))
        talk.say(say.connect(client, **seen(batch)), over="c")
        assert talk.data("c") == [1]

    def test_over_a_websocket_rides_in_connect_replies_too(self, talk, say):
        client = talk.open_socket("/a", **ACK)
        talk.publish("/a", 1)
        ((event, reply),) = talk.heard()
        assert event["data"] == 1
        assert (reply["id"], reply["ext"]) == ("held", {"ack": 2})
        assert talk.send(say.connect(client, id="c", **seen(2))) == []

    def test_lost_with_a_websocket_comes_again_on_the_next(self, talk, say):
        client = talk.open_socket("/a", **ACK)
        talk.publish("/a", 1)
        talk.carry_out(talk.server.lost("w", talk.now))
        (frame,) = talk.send(say.connect(client, id="c", **seen(1)), over="again")
        assert [message.get("data") for message in frame] == [1, None]


class TestBounds:
    def test_what_is_kept_counts_as_waiting(self, talk_with, say):
        talk = talk_with(max_queue=3)
        client = talk.open("/a", **ACK)
        for n in range(3):
            talk.publish("/a", n)
        talk.say(say.connect(client, **seen(1)))
        talk.publish("/a", 3)
        assert talk.facts[-1] == f"SessionClosed {client} queue overflowed"

    def test_a_client_that_never_acknowledges_is_dropped(self, talk_with, say):
        talk = talk_with(max_resends=3)
        client = talk.open("/a", **ACK)
        talk.publish("/a", 1)
        for _ in range(4):
            talk.say(say.connect(client), over="c")
            assert talk.data("c") == [1]
        reply = talk.one(say.connect(client, id="z"))
        assert (reply["error"], reply["id"]) == ("402::session_unknown", "z")
        assert talk.facts[-1] == f"SessionClosed {client} deliveries not acknowledged"
        assert talk.server.next_deadline() is None

    def test_a_client_that_acknowledges_now_and_then_is_not(self, talk_with, say):
        talk = talk_with(max_resends=3)
        client = talk.open("/a", **ACK)
        for n in range(20):
            talk.publish("/a", n)
            talk.say(say.connect(client, **seen(1 + n - n % 3)))
        assert client in talk.server.sessions
