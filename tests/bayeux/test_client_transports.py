"""The client machine on a virtual clock: transports, hosts, extensions, and when it gives up."""

from __future__ import annotations

from typing import Any

import pytest

from tapestry.bayeux.client import (
    Advised,
    BayeuxClient,
    ClientSettings,
    Connected,
    ConnectFailed,
    Delivered,
    Disconnected,
    FellBack,
    HandshakeFailed,
    Handshaken,
    Post,
    Published,
    PublishFailed,
    QueueFull,
    State,
    Subscribed,
)
from tapestry.bayeux.client_timesync import ClockOffset
from tapestry.bayeux.message import Transport

WS, LP, CP = Transport.WEBSOCKET, Transport.LONG_POLLING, Transport.CALLBACK_POLLING
TOPIC = "/v2/me/emails"
EVENT = {"channel": TOPIC, "data": {"n": 1}}
BOTH = ClientSettings(transports=(WS, LP))


class Desk:
    """A client machine, its clock and its open posts."""

    def __init__(self, settings: ClientSettings, **options: Any) -> None:
        self.client = BayeuxClient(settings, **options)
        self.now = 10.0
        self.open: dict[str, Post] = {}

    def pump(self) -> list[str]:
        posts = self.client.requests(self.now)
        self.open |= {post.messages[0]["channel"]: post for post in posts}
        return [post.messages[0]["channel"] for post in posts]

    def reply(self, channel: str, **fields: Any) -> dict[str, Any]:
        request = self.open[channel].messages[0]
        return {"channel": channel, "id": request["id"], "successful": True} | fields

    def answer(self, channel: str, *before: Any, **fields: Any) -> list[Any]:
        """Answer in the way of the post's transport."""
        reply, post = self.reply(channel, **fields), self.open.pop(channel)
        messages = [*before, reply]
        if post.transport is WS:
            return self.client.streamed(messages, self.now)
        return self.client.received(post.number, messages, self.now)

    def fail(self, channel: str, *, unusable: bool = False) -> list[Any]:
        number = self.open.pop(channel).number
        return self.client.failed(number, "broken", self.now, unusable=unusable)

    def shake(self, **fields: Any) -> None:
        if self.client.state is State.UNCONNECTED:
            self.client.handshake()
        self.pump()
        self.answer("/meta/handshake", **{"clientId": "c1"} | fields)
        self.pump()


def test_settings_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one transport"):
        ClientSettings(transports=())
    with pytest.raises(ValueError, match="does not speak websocket"):
        ClientSettings(opening=WS)


def test_the_best_transport_opens_the_session_and_all_are_offered() -> None:
    desk = Desk(BOTH)
    desk.client.handshake()
    desk.pump()
    post = desk.open["/meta/handshake"]
    assert post.transport is WS
    assert post.messages[0]["supportedConnectionTypes"] == ["websocket", "long-polling"]


def test_a_session_may_be_opened_by_one_transport_and_go_on_over_a_better_one() -> None:
    desk = Desk(ClientSettings(transports=(WS, LP), opening=LP))
    desk.shake(supportedConnectionTypes=["long-polling", "websocket"])
    assert desk.open["/meta/connect"].transport is WS
    assert desk.open["/meta/connect"].messages[0]["connectionType"] == "websocket"


def test_the_transport_is_one_that_both_sides_speak() -> None:
    desk = Desk(ClientSettings(transports=(WS, LP), opening=LP))
    desk.shake(supportedConnectionTypes=["callback-polling", "long-polling"])
    assert desk.open["/meta/connect"].transport is LP


def test_no_common_transport_is_no_session() -> None:
    desk = Desk(ClientSettings())
    desk.client.handshake()
    desk.pump()
    (event,) = desk.answer(
        "/meta/handshake", clientId="c1", supportedConnectionTypes=["callback-polling"]
    )
    assert isinstance(event, HandshakeFailed)
    assert event.reason == "no transport is common to both"


@pytest.mark.parametrize("unusable", [True, False])
def test_a_websocket_that_cannot_open_a_session_gives_way_to_long_polling(unusable: bool) -> None:
    desk = Desk(BOTH)
    desk.client.handshake()
    desk.pump()
    assert desk.fail("/meta/handshake", unusable=unusable) == [FellBack(WS, LP, "broken")]
    assert desk.pump() == ["/meta/handshake"]
    post = desk.open["/meta/handshake"]
    assert post.transport is LP
    assert post.messages[0]["supportedConnectionTypes"] == ["long-polling"]


def test_a_socket_that_cannot_be_opened_any_more_leaves_the_session_to_long_polling() -> None:
    desk = Desk(BOTH)
    desk.shake()
    desk.client.subscribe(TOPIC)
    desk.pump()
    sent = desk.open["/meta/subscribe"].messages[0]["id"]
    assert desk.fail("/meta/connect", unusable=True) == [FellBack(WS, LP, "broken")]
    assert desk.pump() == ["/meta/connect"]
    assert desk.fail("/meta/subscribe", unusable=True) == []
    assert desk.pump() == ["/meta/subscribe"]
    for post in desk.open.values():
        assert (post.transport, post.messages[0]["clientId"]) == (LP, "c1")
    assert desk.open["/meta/subscribe"].messages[0]["id"] == sent
    assert desk.open["/meta/connect"].messages[0]["advice"] == {"timeout": 0}


def test_a_socket_that_breaks_is_opened_again() -> None:
    desk = Desk(BOTH)
    desk.shake()
    (event,) = desk.fail("/meta/connect")
    assert isinstance(event, ConnectFailed)
    assert desk.pump() == ["/meta/connect"]
    assert desk.open["/meta/connect"].transport is WS


def test_without_another_transport_an_unusable_one_is_tried_again() -> None:
    desk = Desk(ClientSettings(transports=(WS,)))
    desk.shake()
    (event,) = desk.fail("/meta/connect", unusable=True)
    assert isinstance(event, ConnectFailed)
    assert desk.open == {}
    desk.pump()
    assert desk.open["/meta/connect"].transport is WS


def test_frames_are_matched_by_id_and_deliveries_count_in_any() -> None:
    desk = Desk(ClientSettings(transports=(WS,)))
    desk.shake()
    desk.client.subscribe(TOPIC)
    desk.client.publish("/x", 1)
    desk.pump()
    subscribe, publish = desk.open["/meta/subscribe"].messages
    number = desk.open["/meta/subscribe"].number
    assert desk.client.streamed([EVENT], 11.0) == [Delivered(EVENT, 11.0)]
    reply = {"channel": "/x", "id": publish["id"], "successful": True}
    assert desk.client.streamed([reply], 11.0) == [Published(publish["id"])]
    assert desk.client.awaits(number)
    reply = {"channel": "/meta/subscribe", "id": subscribe["id"], "successful": True}
    assert desk.client.streamed([reply], 11.0) == [Subscribed(TOPIC)]
    assert not desk.client.awaits(number)
    assert desk.client.streamed([reply], 11.0) == []


def test_a_frame_may_answer_without_an_id() -> None:
    desk = Desk(ClientSettings(transports=(WS,)))
    desk.shake()
    (event,) = desk.client.streamed([{"channel": "/meta/connect", "successful": True}], 11.0)
    assert event == Connected(11.0, 10.0)


def test_messages_go_one_by_one_where_they_travel_in_a_query() -> None:
    desk = Desk(ClientSettings(transports=(CP,)))
    desk.shake()
    desk.client.subscribe(TOPIC)
    desk.client.publish("/x", 1)
    assert desk.pump() == ["/meta/subscribe"]
    desk.answer("/meta/subscribe")
    assert desk.pump() == ["/x"]


def test_requests_and_what_waits_for_them_are_bounded() -> None:
    desk = Desk(ClientSettings(max_queue=3, max_batch=2))
    desk.shake()
    for n in range(3):
        desk.client.publish("/x", n)
    with pytest.raises(QueueFull, match="3 messages wait"):
        desk.client.subscribe(TOPIC)
    assert desk.client.disconnect() == []
    desk.pump()
    assert [len(desk.open["/x"].messages)] == [2]
    desk.client.received(desk.open.pop("/x").number, [], 10.0)
    desk.pump()
    assert [m["channel"] for m in desk.open["/x"].messages] == ["/x", "/meta/disconnect"]


SENT_AWAY = {"reconnect": "handshake", "hosts": ["one.example", "two.example"]}


def sent_away(**settings: Any) -> Desk:
    desk = Desk(ClientSettings(**settings), home=("gws.example:8090", "gws.example"))
    desk.shake()
    desk.answer("/meta/connect", successful=False, error="402::x", advice=SENT_AWAY)
    return desk


def test_sent_away_the_hosts_are_tried_in_order_and_again_from_the_first() -> None:
    desk = sent_away()
    hosts = []
    for _ in range(3):
        desk.pump()
        hosts.append(desk.open["/meta/handshake"].host)
        desk.fail("/meta/handshake")
        desk.now = desk.client.next_deadline() or 0
    assert hosts == ["one.example", "two.example", "one.example"]
    desk.shake(clientId="c2")
    assert desk.open["/meta/connect"].host == "two.example"


@pytest.mark.parametrize("hosts", [["gws.example", "x"], ["gws.example:8090"], []])
def test_a_client_stays_where_it_is_when_that_is_among_the_hosts(hosts: list[str]) -> None:
    desk = Desk(ClientSettings(), home=("gws.example:8090", "gws.example"))
    desk.shake()
    advice = {"reconnect": "handshake", "hosts": hosts}
    desk.answer("/meta/connect", successful=False, advice=advice)
    desk.pump()
    assert desk.open["/meta/handshake"].host is None


def test_a_client_may_be_told_to_stay_whatever_the_server_says() -> None:
    desk = sent_away(follow_hosts=False)
    desk.pump()
    assert desk.open["/meta/handshake"].host is None


def test_hosts_in_a_refused_handshake_supersede_those_before() -> None:
    desk = sent_away()
    desk.pump()
    advice = {"reconnect": "handshake", "hosts": ["gws.example:8090", "three.example"]}
    desk.answer("/meta/handshake", successful=False, advice=advice)
    desk.now += 60
    desk.pump()
    assert desk.open["/meta/handshake"].host is None


def test_advice_under_the_name_of_the_transport_goes_before_the_general_one() -> None:
    advice = {"interval": 100, "long-polling": {"interval": 900}, "websocket": {"interval": 50}}
    desk = Desk(ClientSettings())
    desk.shake()
    desk.answer("/meta/connect", advice=advice)
    assert desk.client.next_deadline() == pytest.approx(10.9)


def test_advice_of_several_clients_is_told_and_its_interval_kept() -> None:
    desk = Desk(ClientSettings())
    desk.shake()
    advice = {"multiple-clients": True, "interval": 2000}
    told, _ = desk.answer("/meta/connect", advice=advice)
    assert isinstance(told, Advised)
    assert told.advice.multiple_clients
    assert desk.client.next_deadline() == 12.0


LIVES = {"reconnect": "retry", "interval": 0, "timeout": 3000, "maxInterval": 2000}


def test_a_session_that_nobody_can_have_kept_is_opened_anew() -> None:
    desk = Desk(ClientSettings())
    desk.shake(advice=LIVES)
    tried = []
    for _ in range(4):
        tried.append(round(desk.now - 10, 1))
        desk.fail("/meta/connect")
        desk.now = desk.client.next_deadline() or 0
        if desk.pump() == ["/meta/handshake"]:
            break
    # Attempts after 0, 1 and 3 s; the next would come after 6, when 5 are over.
    assert (tried, desk.now - 10) == ([0, 0, 1, 3], 6)
    assert desk.client.state is State.HANDSHAKING


@pytest.mark.parametrize("advice", [LIVES | {"maxInterval": 0}, {"timeout": 3000}, {}])
def test_a_session_is_not_given_up_when_its_life_is_not_known(advice: dict[str, Any]) -> None:
    desk = Desk(ClientSettings())
    desk.shake(advice=advice)
    for _ in range(10):
        desk.fail("/meta/connect")
        desk.now = desk.client.next_deadline() or 0
        assert desk.pump() == ["/meta/connect"]


GO_ON = {"successful": False, "error": "401::more", "advice": {"reconnect": "handshake"}}


def test_a_negotiation_goes_on_for_some_rounds() -> None:
    desk = Desk(ClientSettings(max_negotiation=2))
    desk.client.handshake()
    for _ in range(2):
        desk.pump()
        desk.answer("/meta/handshake", **GO_ON)
        assert desk.client.state is State.HANDSHAKING
        desk.now = desk.client.next_deadline() or 0
    desk.pump()
    desk.answer("/meta/handshake", **GO_ON)
    assert desk.client.state is State.UNCONNECTED


def acking() -> Desk:
    desk = Desk(ClientSettings(ack=True))
    desk.client.handshake()
    desk.pump()
    assert desk.open["/meta/handshake"].messages[0]["ext"] == {"ack": True}
    desk.answer("/meta/handshake", clientId="c1", ext={"ack": True})
    desk.pump()
    return desk


def test_connects_tell_the_last_batch_that_came() -> None:
    desk = acking()
    assert desk.open["/meta/connect"].messages[0]["ext"] == {"ack": 0}
    desk.answer("/meta/connect", EVENT, ext={"ack": 3})
    desk.pump()
    assert desk.open["/meta/connect"].messages[0]["ext"] == {"ack": 3}
    desk.fail("/meta/connect")
    desk.pump()
    assert desk.open["/meta/connect"].messages[0]["ext"] == {"ack": 3}


def test_a_batch_that_comes_twice_is_delivered_once() -> None:
    desk = acking()
    assert desk.answer("/meta/connect", EVENT, ext={"ack": 1})[0] == Delivered(EVENT, 10.0)
    desk.pump()
    events = desk.answer("/meta/connect", EVENT, ext={"ack": 1})
    assert events == [Connected(10.0, 10.0)]


def test_an_answer_that_was_given_up_brings_nothing_under_ack() -> None:
    desk = acking()
    late, post = desk.reply("/meta/connect", ext={"ack": 1}), desk.open["/meta/connect"]
    desk.fail("/meta/connect")
    assert desk.client.received(post.number, [EVENT, late], 11.0) == []


@pytest.mark.parametrize("word", [None, False, {"enabled": False}, 7])
def test_without_the_servers_word_nothing_is_acknowledged(word: Any) -> None:
    desk = Desk(ClientSettings(ack=True))
    desk.shake(ext={"ack": word})
    assert "ext" not in desk.open["/meta/connect"].messages[0]
    for _ in range(2):
        assert Delivered(EVENT, 10.0) in desk.answer("/meta/connect", EVENT, ext={"ack": 1})
        desk.pump()


def test_a_server_may_agree_by_an_object_and_leave_a_number_out() -> None:
    desk = Desk(ClientSettings(ack=True))
    desk.shake(ext={"ack": {"enabled": True}})
    assert Delivered(EVENT, 10.0) in desk.answer("/meta/connect", EVENT, ext={"ack": True})


def test_timesync_measures_lag_and_offset_from_the_replies() -> None:
    desk = Desk(ClientSettings(timesync=True), clock=ClockOffset(epoch=1000.0))
    desk.client.handshake()
    desk.pump()
    said = desk.open["/meta/handshake"].messages[0]["ext"]["timesync"]
    assert said == {"tc": 1_010_000, "l": 0, "o": 0}
    desk.now += 0.060  # 20 ms there, kept for 20 ms, 20 ms back; its clock is 5 s ahead
    answer = {"tc": said["tc"], "ts": said["tc"] + 20 + 5000, "p": 20, "a": 0}
    desk.answer("/meta/handshake", clientId="c1", ext={"timesync": answer})
    desk.pump()
    said = desk.open["/meta/connect"].messages[0]["ext"]["timesync"]
    assert (said["l"], said["o"]) == (20, 5000)
    desk.client.publish("/x", 1)
    desk.client.subscribe(TOPIC)
    desk.pump()
    publish, subscribe = desk.open["/x"].messages
    assert "ext" not in publish
    assert "timesync" in subscribe["ext"]


@pytest.mark.parametrize("said", [None, 7, {}, {"tc": 1, "ts": True, "p": 0}, {"tc": 1e300}])
def test_an_unusable_sample_is_passed_over(said: Any) -> None:
    clock = ClockOffset(epoch=0.0)
    clock.hear(said, 1.0)
    assert (clock.lag, clock.offset) == (0.0, 0.0)


def test_a_publish_that_was_never_sent_fails_when_the_last_transport_does() -> None:
    desk = Desk(ClientSettings(transports=(WS,)))
    desk.shake()
    number = desk.client.publish("/x", 1)
    desk.pump()
    assert desk.fail("/x", unusable=True) == [PublishFailed(None, number, "broken", None)]
    assert desk.client.failed(99, "unknown", desk.now) == []


def test_the_end_of_a_stream_session_is_told_once() -> None:
    desk = Desk(ClientSettings(transports=(WS,)))
    desk.shake()
    desk.client.disconnect()
    desk.pump()
    desk.answer("/meta/connect")
    assert desk.answer("/meta/disconnect") == [Disconnected("disconnected")]


def test_a_new_session_counts_batches_anew() -> None:
    desk = acking()
    desk.answer("/meta/connect", EVENT, ext={"ack": 5})
    desk.pump()
    desk.answer("/meta/connect", successful=False, advice={"reconnect": "handshake"})
    desk.now = 11.0
    desk.pump()
    assert desk.answer("/meta/handshake", clientId="c2", ext={"ack": True}) == [Handshaken("c2")]
    desk.pump()
    assert desk.open["/meta/connect"].messages[0]["ext"] == {"ack": 0}
    assert Delivered(EVENT, 11.0) in desk.answer("/meta/connect", EVENT, ext={"ack": 1})


@pytest.mark.parametrize(("error", "kept"), [("402::x", True), ("401::x", True), ("403::x", False)])
def test_a_renewal_that_fails_because_the_session_is_lost_is_not_forgotten(
    error: str, kept: bool
) -> None:
    desk = Desk(ClientSettings())
    desk.shake()
    desk.client.subscribe(TOPIC)
    desk.pump()
    desk.answer("/meta/subscribe")
    desk.answer("/meta/connect", successful=False, advice={"reconnect": "handshake"})
    desk.shake(clientId="c2")
    desk.answer("/meta/subscribe", successful=False, error=error)
    assert (TOPIC in desk.client.subscriptions) is kept
