"""Connects under special conditions: several clients of one browser, advice of every kind."""

import pytest

from tapestry.bayeux.advice import Advice, Reconnect
from tapestry.bayeux.message import Transport

CROWDED = {
    "reconnect": "retry",
    "interval": 2000,
    "timeout": 30000,
    "maxInterval": 10000,
    "multiple-clients": True,
}


class TestMultipleClients:
    def test_of_one_browser_one_is_held_and_the_other_is_told(self, talk, say):
        one, two = talk.open(browser="b"), talk.open(browser="b")
        talk.hold(one, "one")
        assert talk.one(say.connect(two, id="2")) == {
            "id": "2",
            "channel": "/meta/connect",
            "successful": True,
            "advice": CROWDED,
        }

    def test_the_other_is_told_once_and_gets_its_deliveries_all_the_same(self, talk, say):
        one, two = talk.open(browser="b"), talk.open("/a", browser="b")
        talk.hold(one, "one")
        talk.one(say.connect(two))
        talk.publish("/a", 1)
        event, reply = talk.say(say.connect(two))
        assert event["data"] == 1
        assert "advice" not in reply

    def test_the_other_lives_through_the_interval_it_was_given(self, talk, say):
        one, two = talk.open(browser="b"), talk.open(browser="b")
        talk.hold(one, "one")
        talk.one(say.connect(two))
        talk.wait(11.9)
        assert two in talk.server.sessions
        talk.wait(0.1)
        assert two not in talk.server.sessions

    def test_the_other_is_held_and_told_so_when_the_first_is_gone(self, talk, say):
        one, two = talk.open(browser="b"), talk.open(browser="b")
        talk.hold(one, "one")
        talk.one(say.connect(two))
        talk.one(say.disconnect(one))
        talk.hold(two, "two")
        talk.wait(30)
        advice = talk.answers["two"][0]["advice"]
        assert (advice["interval"], "multiple-clients" in advice) == (0, False)

    @pytest.mark.parametrize("end", ["event", "timeout", "lost", "newer"])
    def test_only_polls_that_are_really_held_count(self, talk, say, end):
        one, two = talk.open("/a", browser="b"), talk.open(browser="b")
        talk.hold(one, "one")
        match end:
            case "event":
                talk.publish("/a", 1)
            case "timeout":
                for _ in range(4):
                    talk.one(say.connect(two, timeout=0))
                    talk.wait(7.5)
            case "lost":
                talk.carry_out(talk.server.lost("one", talk.now))
            case "newer":
                talk.hold(one, "newer")
                talk.carry_out(talk.server.lost("newer", talk.now))
        talk.hold(two, "two")

    def test_a_client_is_not_crowded_out_by_itself(self, talk):
        one = talk.open(browser="b")
        talk.hold(one, "older")
        talk.hold(one, "newer")

    def test_clients_of_different_browsers_or_of_none_do_not_count(self, talk):
        for number, browser in enumerate(["a", "b", None, None]):
            talk.hold(talk.open(browser=browser), f"{number}")

    def test_the_number_can_be_set(self, talk_with, say):
        talk = talk_with(max_per_browser=2)
        for link in ["one", "two"]:
            talk.hold(talk.open(browser="b"), link)
        third = talk.open(browser="b")
        assert talk.one(say.connect(third))["advice"] == CROWDED
        talk.carry_out(talk.server.lost("one", talk.now))
        talk.hold(third, "three")
        assert talk.one(say.connect(talk.open(browser="b")))["advice"] == CROWDED

    def test_a_negative_number_is_no_limit(self, talk_with):
        talk = talk_with(max_per_browser=-1)
        for number in range(5):
            talk.hold(talk.open(browser="b"), f"{number}")

    def test_without_an_interval_the_other_is_sent_away(self, talk_with, say):
        talk = talk_with(multiple_clients_interval=0)
        one, two = talk.open(browser="b"), talk.open(browser="b")
        talk.hold(one, "one")
        reply = talk.one(say.connect(two))
        assert (reply["successful"], reply["error"]) == (False, "403::multiple_clients")
        assert reply["advice"]["reconnect"] == "none"
        assert reply["advice"]["multiple-clients"] is True


class TestAdvice:
    def test_of_other_hosts(self, talk_with, say):
        advice = talk_with(hosts=("a.example.com", "b.example.com")).one(say.handshake())["advice"]
        assert advice["hosts"] == ["a.example.com", "b.example.com"]

    def test_for_one_transport_is_told_and_kept_by_the_server_itself(self, talk_with, say):
        special = {Transport.WEBSOCKET: Advice(timeout=60.0, interval=1.0)}
        talk = talk_with(special=special)
        advice = talk.one(say.handshake())["advice"]
        assert advice["websocket"] == {"interval": 1000, "timeout": 60000}
        client = talk.open_socket()
        talk.wait(59.9)
        assert talk.heard() == []
        talk.wait(0.1)
        assert len(talk.heard()) == 1
        talk.wait(10.9)
        assert client in talk.server.sessions
        talk.wait(0.1)
        assert client not in talk.server.sessions
        talk.hold(talk.open(), "poll")
        talk.wait(30)
        assert "poll" in talk.answers

    def test_not_to_come_back_leaves_the_session_its_usual_time(self, talk_with, say):
        talk = talk_with(interval=-1, max_interval=10)
        assert talk.one(say.handshake())["advice"]["interval"] == -1000
        client = talk.open()
        talk.wait(9.9)
        assert client in talk.server.sessions
        talk.wait(0.1)
        assert client not in talk.server.sessions

    def test_over_a_transport_is_the_general_one_but_for_what_is_special(self):
        special = {Transport.WEBSOCKET: Advice(Reconnect.NONE, interval=0)}
        advice = Advice(Reconnect.RETRY, 30.0, 5.0, 10.0, hosts=("h",), special=special)
        over = Advice(Reconnect.NONE, 30.0, 0, 10.0, hosts=("h",))
        assert advice.over(Transport.WEBSOCKET) == over
        assert advice.over(Transport.LONG_POLLING) is advice
