"""The server machine, told as transcripts on a virtual clock."""

import pytest

from tapestry.bayeux.server import AllowAll, Batch, BayeuxServer, ServerSettings

AGAIN = {"reconnect": "handshake", "interval": 0}
UNKNOWN = "402::session_unknown"
TYPES = ["websocket", "long-polling", "callback-polling"]


class TestHandshake:
    def test_opens_a_session(self, talk, say):
        assert talk.one(say.handshake(id="1")) == {
            "id": "1",
            "channel": "/meta/handshake",
            "successful": True,
            "version": "1.0",
            "supportedConnectionTypes": TYPES,
            "clientId": "s1",
            "advice": {
                "reconnect": "retry",
                "interval": 0,
                "timeout": 30000,
                "maxInterval": 10000,
            },
        }
        assert talk.facts == ["SessionOpened s1"]
        assert set(talk.server.sessions) == {"s1"}

    @pytest.mark.parametrize("message_id", ["7", 7, 7.5, None])
    def test_echoes_an_id_with_its_json_type(self, talk, say, message_id):
        reply = talk.one(say.handshake(id=message_id))
        assert reply["id"] == message_id
        assert type(reply["id"]) is type(message_id)

    def test_gives_no_id_when_there_was_none(self, talk, say):
        assert "id" not in talk.one(say.handshake())

    @pytest.mark.parametrize(
        ("fields", "error"),
        [
            ({"supportedConnectionTypes": ["flash"]}, "301::connection_type_unsupported"),
            ({"supportedConnectionTypes": []}, "301::connection_type_unsupported"),
            ({"supportedConnectionTypes": None}, "301::connection_type_unsupported"),
            ({"supportedConnectionTypes": [["x"], 1]}, "301::connection_type_unsupported"),
            ({"version": "0.9"}, "300::version_mismatch"),
            ({"version": "one"}, "300::version_mismatch"),
            ({"version": None}, "300::version_mismatch"),
            ({"minimumVersion": "1.1"}, "300::version_mismatch"),
            ({"minimumVersion": 1}, "300::version_mismatch"),
        ],
    )
    def test_fails_without_anything_in_common(self, talk, say, fields, error):
        reply = talk.one(say.handshake(id="1", **fields))
        assert reply == {
            "id": "1",
            "channel": "/meta/handshake",
            "successful": False,
            "error": error,
            "version": "1.0",
            "supportedConnectionTypes": TYPES,
            "advice": {"reconnect": "none", "interval": 0},
        }
        assert not talk.server.sessions
        assert not talk.facts

    @pytest.mark.parametrize(
        "fields",
        [
            {"version": "1.0beta"},
            {"version": "2.0", "minimumVersion": "1.0"},
            {"version": "1"},
            {"minimumVersion": "0.9"},
            {"supportedConnectionTypes": ["websocket", "long-polling"]},
        ],
    )
    def test_succeeds_with_something_in_common(self, talk, say, fields):
        assert talk.one(say.handshake(**fields))["successful"]

    def test_needs_a_version(self, talk, say):
        message = say.handshake()
        del message["version"]
        assert talk.one(message)["error"] == "400::version_missing"

    def test_may_be_denied_by_the_policy(self, talk_with, say):
        class MembersOnly(AllowAll):
            def may_handshake(self, principal, message):
                return principal is not None

        talk = talk_with(allow=MembersOnly())
        reply = talk.one(say.handshake())
        assert reply["error"] == "403::handshake_denied"
        assert reply["advice"]["reconnect"] == "none"
        assert talk.one(say.handshake(), who="alice")["successful"]

    def test_is_refused_for_now_when_there_are_too_many_sessions(self, talk_with, say):
        talk = talk_with(max_sessions=2)
        for _ in range(2):
            assert talk.one(say.handshake())["successful"]
        reply = talk.one(say.handshake())
        assert reply["error"] == "503::too_many_sessions"
        assert reply["advice"] == {"reconnect": "handshake", "interval": 10000}
        talk.wait(10)
        assert talk.one(say.handshake())["successful"]

    @pytest.mark.parametrize("message_id", [["1"], {}, "x" * 1001])
    def test_with_an_id_that_is_too_much_to_keep_is_refused(self, talk, say, message_id):
        reply = talk.one(say.handshake(id=message_id))
        assert reply["error"] == "405::message_id_invalid"
        assert reply["id"] == message_id
        reply = talk.one(say.subscribe("s1", "/a", id=message_id))
        assert (reply["successful"], reply["subscription"]) == (False, "/a")

    def test_leaves_nothing_large_behind_when_a_connect_is_held(self, talk):
        client = talk.open()
        junk = {"x": "x" * 10_000}
        talk.hold(client, "c", ext={"ack": junk, "timesync": {"tc": 1, **junk}, **junk}, **junk)
        assert len(str(talk.server.sessions[client].held)) < 1000

    def test_makes_the_server_ignore_what_came_with_it(self, talk, say):
        client = talk.open()
        talk.facts.clear()
        answer = talk.say(
            say.publish(client, "/a", 1),
            say.handshake(id="1"),
            say.handshake(id="2"),
            say.connect(client),
        )
        assert [message["id"] for message in answer] == ["1"]
        assert talk.facts == ["SessionOpened s2"]

    def test_of_a_client_that_has_a_session_brings_none_of_its_deliveries(self, talk, say):
        client = talk.open("/a")
        talk.publish("/a", 1)
        (reply,) = talk.say(say.handshake(clientId=client))
        assert reply["clientId"] == "s2"

    def test_gives_ids_that_nobody_can_guess(self, say):
        server = BayeuxServer()
        for link in range(50):
            server.receive(Batch(link, [say.handshake()]), 0)
        assert len(server.sessions) == 50
        assert all(len(bytes.fromhex(client)) == 16 for client in server.sessions)


class TestConnect:
    def test_the_first_is_answered_at_once(self, talk, say):
        client = talk.one(say.handshake())["clientId"]
        assert talk.one(say.connect(client, id=2)) == {
            "id": 2,
            "channel": "/meta/connect",
            "successful": True,
        }

    def test_the_first_is_held_if_the_client_asks_for_it(self, talk, say):
        client = talk.one(say.handshake())["clientId"]
        talk.hold(client, "c", timeout=700)
        talk.wait(0.699)
        assert "c" not in talk.answers
        talk.wait(0.001)
        assert talk.answers["c"][0]["successful"]

    def test_is_held_for_the_timeout_and_then_succeeds(self, talk):
        talk.hold(talk.open(), "c", id="9")
        talk.wait(29.9)
        assert "c" not in talk.answers
        talk.wait(0.1)
        assert talk.answers["c"] == [{"id": "9", "channel": "/meta/connect", "successful": True}]

    @pytest.mark.parametrize("timeout", [0, -5])
    def test_is_not_held_when_the_client_advises_so(self, talk, say, timeout):
        client = talk.open()
        reply = talk.one(say.connect(client, timeout=timeout))
        assert reply["successful"]
        assert reply["advice"]["reconnect"] == "retry"

    def test_is_held_no_longer_than_the_longest_timeout(self, talk_with):
        talk = talk_with(longest_timeout=60)
        talk.hold(talk.open(), "c", timeout=10**9)
        talk.wait(59)
        assert "c" not in talk.answers
        talk.wait(1)
        assert "c" in talk.answers

    @pytest.mark.parametrize("timeout", ["0", True, [], None])
    def test_is_held_as_usual_when_the_wish_makes_no_sense(self, talk, timeout):
        talk.hold(talk.open(), "c", advice={"timeout": timeout})

    def test_ends_with_the_first_delivery(self, talk):
        talk.hold(talk.open("/a"), "c", id="9")
        talk.publish("/a", {"n": 1})
        assert talk.answers["c"] == [
            {"channel": "/a", "data": {"n": 1}},
            {"id": "9", "channel": "/meta/connect", "successful": True},
        ]

    def test_is_answered_at_once_when_something_waits(self, talk, say):
        client = talk.open("/a")
        talk.publish("/a", 1)
        talk.publish("/a", 2)
        talk.say(say.connect(client), over="c")
        assert talk.data("c") == [1, 2]
        talk.hold(client, "d")

    def test_is_not_held_when_other_messages_came_with_it(self, talk, say):
        client = talk.open()
        answer = talk.say(say.subscribe(client, "/a", id=1), say.connect(client, id=2))
        assert [reply["id"] for reply in answer] == [1, 2]

    def test_is_not_woken_by_a_subscribe(self, talk, say):
        client = talk.open()
        talk.hold(client, "c")
        talk.one(say.subscribe(client, "/a"))
        assert "c" not in talk.answers

    def test_of_a_newer_request_ends_the_older_with_a_bare_500(self, talk):
        client = talk.open("/a")
        talk.hold(client, "older")
        talk.hold(client, "newer", id="5")
        assert talk.answers["older"] == 500
        talk.publish("/a", 1)
        assert talk.data("newer") == [1]

    def test_to_an_unknown_session_is_told_to_handshake(self, talk, say):
        assert talk.one(say.connect("gone", id="1")) == {
            "id": "1",
            "channel": "/meta/connect",
            "successful": False,
            "error": UNKNOWN,
            "advice": AGAIN,
        }

    def test_over_a_connection_type_that_is_not_served_fails(self, talk, say):
        client = talk.open()
        reply = talk.one(say.connect(client) | {"connectionType": "flash"})
        assert reply["error"] == "301::connection_type_unsupported"

    def test_tells_new_advice_once(self, talk, say):
        client = talk.open()
        talk.server.settings = ServerSettings(timeout=5, interval=1)
        talk.hold(client, "c")
        talk.wait(5)
        assert talk.answers["c"][0]["advice"]["interval"] == 1000
        talk.hold(client, "d")
        talk.wait(5)
        assert "advice" not in talk.answers["d"][0]

    def test_that_the_client_gave_up_leaves_the_deliveries_for_the_next(self, talk, say):
        client = talk.open("/a")
        talk.hold(client, "c")
        talk.carry_out(talk.server.lost("c", talk.now))
        talk.publish("/a", 1)
        assert "c" not in talk.answers
        talk.say(say.connect(client), over="d")
        assert talk.data("d") == [1]


class TestSessions:
    def test_expire_when_the_client_stays_away(self, talk_with, say):
        talk = talk_with(interval=2, max_interval=10)
        client = talk.open()
        talk.wait(11.9)
        assert client in talk.server.sessions
        talk.wait(0.1)
        assert talk.facts[-1] == f"SessionClosed {client} expired"
        assert talk.one(say.connect(client))["error"] == UNKNOWN
        assert talk.server.next_deadline() is None

    def test_expire_even_before_their_first_connect(self, talk, say):
        talk.one(say.handshake())
        talk.wait(10)
        assert not talk.server.sessions

    def test_do_not_expire_while_a_connect_is_held_or_just_ended(self, talk_with):
        talk = talk_with(timeout=30, max_interval=1)
        client = talk.open()
        talk.hold(client, "c")
        talk.wait(30.9)
        talk.hold(client, "d")
        assert client in talk.server.sessions

    def test_are_kept_alive_by_connects_only(self, talk, say):
        client = talk.open()
        for _ in range(5):
            talk.wait(2)
            talk.say(say.subscribe(client, "/a"))
        assert client not in talk.server.sessions

    def test_expire_after_a_lost_connect(self, talk):
        client = talk.open()
        talk.hold(client, "c")
        talk.wait(20)
        talk.carry_out(talk.server.lost("c", talk.now))
        talk.wait(9.9)
        assert client in talk.server.sessions
        talk.wait(0.1)
        assert client not in talk.server.sessions

    def test_can_be_dropped_at_once(self, talk):
        client = talk.open()
        talk.hold(client, "c", id="4")
        talk.carry_out(talk.server.expire(client, talk.now))
        assert talk.answers["c"] == [
            {
                "id": "4",
                "channel": "/meta/connect",
                "successful": False,
                "error": UNKNOWN,
                "advice": AGAIN,
            }
        ]
        assert talk.facts[-1] == f"SessionClosed {client} removed"
        assert talk.server.expire(client, talk.now) == []

    def test_are_dropped_when_the_client_is_too_slow(self, talk_with, say):
        talk = talk_with(max_queue=2)
        client = talk.open("/a")
        for n in range(3):
            assert client in talk.server.sessions
            talk.publish("/a", n)
        assert talk.facts[-1] == f"SessionClosed {client} queue overflowed"
        assert talk.one(say.connect(client))["error"] == UNKNOWN

    def test_are_dropped_when_too_many_bytes_wait(self, talk_with):
        talk = talk_with(max_queue_bytes=100)
        client = talk.open("/a")
        talk.publish("/a", "x" * 40)
        assert client in talk.server.sessions
        talk.publish("/a", "x" * 40)
        assert talk.facts[-1] == f"SessionClosed {client} queue overflowed"

    def test_that_overflow_while_they_are_answered_lose_what_waited(self, talk_with, say):
        talk = talk_with(max_queue=2)
        client = talk.open("/a")
        talk.hold(client, "c")
        answer = talk.say(*(say.publish(client, "/a", n, id=n) for n in range(4)))
        assert [message["successful"] for message in answer] == [True, True, True, False]
        assert talk.answers["c"][-1]["channel"] == "/meta/connect"

    def test_end_with_a_disconnect_that_frees_the_held_connect(self, talk, say):
        client = talk.open()
        talk.hold(client, "c", id="4")
        reply = talk.one(say.disconnect(client, id="5"))
        assert reply == {"id": "5", "channel": "/meta/disconnect", "successful": True}
        (freed,) = talk.answers["c"]
        assert freed["id"] == "4"
        assert freed["successful"]
        assert freed["advice"]["reconnect"] == "none"
        assert talk.facts[-1] == f"SessionClosed {client} disconnected"
        assert talk.server.next_deadline() is None

    def test_end_with_the_deliveries_that_waited(self, talk, say):
        client = talk.open("/a")
        talk.publish("/a", 1)
        talk.say(say.disconnect(client), over="x")
        assert talk.data("x") == [1]

    def test_belong_to_the_principal_that_made_the_handshake(self, talk, say):
        client = talk.open("/a", who="alice")
        talk.publish("/a", "for alice")
        for who in ["bob", None]:
            for message in [
                say.connect(client),
                say.subscribe(client, "/b"),
                say.publish(client, "/a", 1),
                say.disconnect(client),
            ]:
                reply = talk.one(message, who=who)
                assert reply["error"] == UNKNOWN
        assert talk.say(say.connect(client), who="alice")[0]["data"] == "for alice"

    def test_of_two_clients_get_their_own_with_their_own_connect(self, talk, say):
        first, second = talk.open("/a"), talk.open("/b")
        talk.publish("/b", 2)
        answer = talk.say(say.subscribe(first, "/c", id=1), say.connect(second, id=2))
        assert [message.get("id", message.get("data")) for message in answer] == [1, 2, 2]
        assert talk.server.sessions[second].queue.held == 0

    def test_of_two_clients_do_not_mix_in_one_request(self, talk, say):
        first, second = talk.open("/a"), talk.open("/a")
        talk.publish("/a", 1)
        answer = talk.say(say.subscribe(first, "/b"), say.subscribe(second, "/b"))
        assert [message.get("data") for message in answer] == [1, None, None]
        assert len(talk.server.sessions[second].queue) == 1

    def test_are_seen_by_the_application(self, talk):
        talk.open("/a/**", who="alice")
        (session,) = talk.server.sessions.values()
        assert session.principal == "alice"
        assert session.transport == "long-polling"
        assert session.subscriptions == {"/a/**"}
        assert session.matches("/a/b/c")
        assert not session.matches("/b")


class TestSubscribe:
    @pytest.mark.parametrize("subscription", ["/a", ["/a"], ["/a", "/b/*"], ["/a", "/a"]])
    def test_takes_one_or_several(self, talk, say, subscription):
        client = talk.open()
        reply = talk.one(say.subscribe(client, subscription, id="3"))
        assert reply == {
            "id": "3",
            "channel": "/meta/subscribe",
            "successful": True,
            "subscription": subscription,
        }
        assert f"Subscribed {client} /a" in talk.facts
        assert len(talk.facts) == len(set(talk.facts))

    @pytest.mark.parametrize(
        ("subscription", "error"),
        [
            (None, "403::subscription_missing"),
            ([], "403::subscription_missing"),
            ("/meta/connect", "403::subscribe_denied"),
            ("/meta/*", "403::subscribe_denied"),
            ("/meta/**", "403::subscribe_denied"),
            (["/a", "/meta/x"], "403::subscribe_denied"),
            ("a", "405::channel_invalid"),
            ("/*/a", "405::channel_invalid"),
            ("", "405::channel_invalid"),
            (7, "405::channel_invalid"),
            (["/a", {"x": 1}], "405::channel_invalid"),
            ([["/a"]], "405::channel_invalid"),
        ],
    )
    def test_refuses_all_when_one_is_refused(self, talk, say, subscription, error):
        client = talk.open()
        reply = talk.one(say.subscribe(client, subscription))
        assert reply["error"] == error
        assert reply["subscription"] == subscription
        assert not talk.server.sessions[client].subscriptions

    def test_without_a_subscription_is_refused(self, talk, say):
        message = say.subscribe(talk.open(), "/a")
        del message["subscription"]
        assert talk.one(message)["error"] == "403::subscription_missing"

    def test_is_refused_when_there_are_too_many(self, talk_with, say):
        talk = talk_with(max_subscriptions=2)
        client = talk.open("/a")
        reply = talk.one(say.subscribe(client, ["/b", "/c"]))
        assert reply["error"] == "403::too_many_subscriptions"
        assert talk.server.sessions[client].subscriptions == {"/a"}
        assert talk.one(say.subscribe(client, ["/a", "/b", "/b", "/service/x"]))["successful"]
        assert talk.one(say.subscribe(client, "/a"))["successful"]

    def test_may_be_denied_by_the_policy(self, talk_with, say):
        class OwnTopicOnly(AllowAll):
            def may_subscribe(self, session, channel):
                return channel == f"/{session.principal}"

        talk = talk_with(allow=OwnTopicOnly())
        client = talk.open("/alice", who="alice")
        reply = talk.one(say.subscribe(client, "/bob"), who="alice")
        assert reply["error"] == "403::subscribe_denied"

    def test_to_a_service_channel_succeeds_and_is_not_recorded(self, talk, say):
        client = talk.open()
        assert talk.one(say.subscribe(client, "/service/x"))["successful"]
        assert not talk.server.sessions[client].subscriptions

    def test_of_an_unknown_session_gets_the_bare_error(self, talk, say):
        assert talk.one(say.subscribe("gone", "/a")) == {
            "channel": "/meta/subscribe",
            "successful": False,
            "error": UNKNOWN,
            "subscription": "/a",
        }

    def test_can_be_undone(self, talk, say):
        client = talk.open("/a")
        reply = talk.one(say.unsubscribe(client, "/a", id=6))
        assert reply == {
            "id": 6,
            "channel": "/meta/unsubscribe",
            "successful": True,
            "subscription": "/a",
        }
        assert talk.facts[-1] == f"Unsubscribed {client} /a"
        talk.publish("/a", 1)
        talk.hold(client, "c")

    @pytest.mark.parametrize("subscription", ["/never", ["/never", 7, {}]])
    def test_undone_without_having_been_done_is_no_error(self, talk, say, subscription):
        client = talk.open("/a")
        assert talk.one(say.unsubscribe(client, subscription))["successful"]
        assert talk.server.sessions[client].subscriptions == {"/a"}

    def test_undone_needs_a_subscription(self, talk, say):
        reply = talk.one(say.unsubscribe(talk.open(), []))
        assert reply["error"] == "403::subscription_missing"


class TestDelivery:
    def test_reaches_subscribers_only(self, talk):
        talk.hold(talk.open("/a"), "to a")
        talk.hold(talk.open("/b"), "to b")
        talk.publish("/a", 1)
        assert talk.data("to a") == [1]
        assert "to b" not in talk.answers

    @pytest.mark.parametrize("pattern", ["/v2/me/emails", "/v2/me/*", "/v2/**", "/**"])
    def test_follows_wildcards(self, talk, pattern):
        talk.hold(talk.open(pattern), "c")
        talk.publish("/v2/me/emails", 1)
        assert talk.data("c") == [1]

    def test_happens_once_for_overlapping_subscriptions(self, talk):
        talk.hold(talk.open("/a/b", "/a/*", "/**"), "c")
        talk.publish("/a/b", 1)
        assert talk.data("c") == [1]

    def test_can_be_for_some_subscribers_only(self, talk):
        talk.hold(talk.open("/me", who="alice"), "alice", who="alice")
        talk.hold(talk.open("/me", who="bob"), "bob", who="bob")
        talk.publish("/me", 1, only=lambda session: session.principal == "bob")
        assert talk.data("bob") == [1]
        assert "alice" not in talk.answers

    def test_can_carry_an_id(self, talk):
        talk.hold(talk.open("/a"), "c")
        talk.publish("/a", 1, message_id="m1")
        assert talk.answers["c"][0] == {"channel": "/a", "data": 1, "id": "m1"}

    @pytest.mark.parametrize("channel", ["/meta/connect", "/service/x"])
    def test_never_is_a_broadcast_on_meta_or_service_channels(self, talk, channel):
        with pytest.raises(ValueError, match="not a broadcast channel"):
            talk.publish(channel, 1)

    def test_can_be_for_one_session_whether_or_not_subscribed(self, talk):
        one, other = talk.open(), talk.open("/service/x")
        talk.hold(one, "one")
        talk.hold(other, "other")
        talk.deliver(one, "/service/x", 1)
        talk.deliver("gone", "/service/x", 2)
        assert talk.answers["one"][0] == {"channel": "/service/x", "data": 1}
        assert "other" not in talk.answers

    def test_rides_in_any_response_of_its_session_before_the_replies(self, talk, say):
        client = talk.open("/a")
        talk.publish("/a", 1)
        answer = talk.say(say.subscribe(client, "/b", id=8))
        assert [message.get("id", message.get("data")) for message in answer] == [1, 8]


class TestPublish:
    def test_reaches_the_publisher_in_the_same_response(self, talk, say):
        client = talk.open("/a")
        talk.hold(client, "c")
        answer = talk.say(say.publish(client, "/a", "hello", id="5", ext={"x": 1}))
        assert answer == [
            {"channel": "/a", "data": "hello"},
            {"id": "5", "channel": "/a", "successful": True},
        ]
        assert "c" not in talk.answers

    def test_leaks_neither_id_nor_client_id(self, talk, say):
        talk.hold(talk.open("/a"), "c")
        talk.one(say.publish(talk.open(), "/a", 1, id="7"))
        assert talk.answers["c"][0] == {"channel": "/a", "data": 1}
        assert talk.facts[-1] == "Published s2 /a 1"

    def test_wakes_the_others_before_the_publisher_is_answered(self, talk, say):
        talk.hold(talk.open("/a"), "c")
        talk.one(say.publish(talk.open(), "/a", 1), over="p")
        assert talk.order[-2:] == ["c", "p"]

    def test_works_without_a_session(self, talk, say):
        talk.hold(talk.open("/a"), "c")
        assert talk.one(say.publish(None, "/a", 1))["successful"]
        assert talk.data("c") == [1]
        assert talk.facts[-1] == "Published nobody /a 1"

    def test_on_a_service_channel_is_heard_by_the_application_only(self, talk, say):
        talk.hold(talk.open("/**"), "c")
        reply = talk.one(say.publish(talk.open(), "/service/x", 1, id="7"))
        assert reply == {"id": "7", "channel": "/service/x", "successful": True}
        assert talk.facts[-1] == "Published s2 /service/x 1"
        assert "c" not in talk.answers

    def test_may_be_denied_by_the_policy(self, talk_with, say):
        class Listeners(AllowAll):
            def may_publish(self, session, channel, message):
                return session is not None and channel.startswith("/service/")

        talk = talk_with(allow=Listeners())
        talk.hold(talk.open("/a"), "c")
        client = talk.open()
        assert talk.one(say.publish(client, "/a", 1))["error"] == "403::publish_denied"
        assert talk.one(say.publish(None, "/service/x", 1))["error"] == "403::publish_denied"
        assert talk.one(say.publish(client, "/service/x", 1))["successful"]
        assert "c" not in talk.answers

    @pytest.mark.parametrize(
        ("message", "error"),
        [
            ({"channel": "/a"}, "400::data_missing"),
            ({"data": 1}, "400::channel_missing"),
            ({"channel": None, "data": 1}, "400::channel_missing"),
            ({"channel": "/a/*", "data": 1}, "405::channel_invalid"),
            ({"channel": 7, "data": 1}, "405::channel_invalid"),
            ({"channel": ["/a"], "data": 1}, "405::channel_invalid"),
            ({"channel": "/a" * 501, "data": 1}, "405::channel_invalid"),
            ({"channel": "/meta/nonsense", "data": 1}, "404::channel_unknown"),
        ],
    )
    def test_that_makes_no_sense_is_refused(self, talk, message, error):
        client = talk.open()
        reply = talk.one(message | {"clientId": client, "id": "1"})
        assert reply["error"] == error
        assert reply["id"] == "1"
        assert not reply["successful"]

    @pytest.mark.parametrize("client", ["gone", 7, None, ["s1"], {"s1": 1}])
    def test_with_an_unknown_client_id_is_refused(self, talk, say, client):
        talk.open()
        message = {"channel": "/a", "data": 1, "clientId": client}
        assert talk.one(message)["error"] == UNKNOWN


class TestClose:
    def test_releases_every_held_connect_and_refuses_what_comes_later(self, talk, say):
        clients = [talk.open(), talk.open()]
        for client in clients:
            talk.hold(client, f"of {client}", id=client)
        talk.carry_out(talk.server.close(talk.now))
        for client in clients:
            plain = {"id": client, "channel": "/meta/connect", "successful": True}
            assert talk.answers[f"of {client}"] == [plain]
        assert talk.facts[-1] == "SessionClosed s2 server closed"
        assert not talk.server.sessions
        assert talk.server.next_deadline() is None
        assert talk.say(say.handshake(), over="late") == 503


def test_every_link_is_answered_even_without_messages(talk):
    assert talk.say() == []


def test_an_unknown_link_may_be_lost(talk):
    assert talk.server.lost("nobody", 0) == []
