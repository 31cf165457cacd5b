"""The client machine on a virtual clock: what it sends, when, and what it makes of the answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tapestry.bayeux.advice import Advice, Reconnect
from tapestry.bayeux.client import (
    Advised,
    BayeuxClient,
    ClientEvent,
    ClientSettings,
    Connected,
    ConnectFailed,
    Delivered,
    Disconnected,
    HandshakeFailed,
    Handshaken,
    Post,
    Published,
    PublishFailed,
    State,
    Subscribed,
    SubscribeFailed,
    Unsubscribed,
    UnsubscribeFailed,
)

TOPIC = "/v2/me/emails"
RETRY = {"reconnect": "retry", "interval": 0, "timeout": 30000}
EVENT = {"channel": TOPIC, "data": {"messageType": "EmailStateChangeMessage"}}


@dataclass
class Wire:
    """Plays the server: keeps the open requests and answers them by channel."""

    client: BayeuxClient
    now: float = 100.0
    open: list[Post] = field(default_factory=list)

    def pump(self) -> list[str]:
        """Take what the client sends now and return the channels, request by request."""
        posts = self.client.requests(self.now)
        self.open += posts
        return [message["channel"] for post in posts for message in post.messages]

    def take(self, channel: str) -> Post:
        post = next(p for p in self.open if p.messages[0]["channel"] == channel)
        self.open.remove(post)
        return post

    def answer(self, channel: str, *more: dict[str, Any], **fields: Any) -> list[ClientEvent]:
        """Answer the open request to ``channel``, by default with success, ``more`` in front."""
        post = self.take(channel)
        replies = [_reply(message, fields) for message in post.messages]
        return self.client.received(post.number, [*more, *replies], self.now)

    def lose(self, channel: str, reason: str = "connection reset") -> list[ClientEvent]:
        return self.client.failed(self.take(channel).number, reason, self.now)


def _reply(message: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    reply = {"channel": message["channel"], "id": message["id"], "successful": True, **fields}
    return {name: value for name, value in reply.items() if value is not None}


def shaken(settings: ClientSettings | None = None, **fields: Any) -> Wire:
    """Return a session just opened, its first connect not sent yet."""
    wire = Wire(BayeuxClient(settings))
    wire.client.handshake()
    wire.pump()
    wire.answer("/meta/handshake", clientId="c1", **({"advice": RETRY} | fields))
    return wire


def connected(settings: ClientSettings | None = None) -> Wire:
    """Return a session subscribed to the topic, a connect held."""
    wire = shaken(settings)
    wire.client.subscribe(TOPIC)
    wire.pump()
    wire.answer("/meta/subscribe")
    wire.answer("/meta/connect")
    wire.pump()
    return wire


def test_the_handshake_says_what_the_client_can_do_and_goes_alone() -> None:
    client = BayeuxClient()
    client.subscribe(TOPIC)
    client.handshake()
    (post,) = client.requests(5.0)
    assert post.messages == (
        {
            "channel": "/meta/handshake",
            "id": "2",
            "version": "1.0",
            "minimumVersion": "1.0",
            "supportedConnectionTypes": ["long-polling"],
        },
    )
    assert (post.sent, post.deadline) == (5.0, 15.0)
    assert client.requests(6.0) == []


def test_a_session_is_opened_once() -> None:
    wire = shaken()
    with pytest.raises(ValueError, match="session is connected"):
        wire.client.handshake()


def test_a_handshake_tells_the_session_and_its_advice() -> None:
    wire = Wire(BayeuxClient())
    wire.client.handshake()
    wire.pump()
    events = wire.answer("/meta/handshake", clientId="c1", advice=RETRY)
    assert events == [
        Advised(Advice(Reconnect.RETRY, timeout=30.0, interval=0.0)),
        Handshaken("c1"),
    ]
    assert wire.client.state is State.CONNECTED


def test_commands_and_the_connect_use_two_requests_each_with_the_client_id() -> None:
    wire = shaken()
    wire.client.subscribe(TOPIC)
    wire.client.publish("/service/x", {"a": 1})
    assert wire.pump() == ["/meta/subscribe", "/service/x", "/meta/connect"]
    assert [len(post.messages) for post in wire.open] == [2, 1]
    assert {m["clientId"] for post in wire.open for m in post.messages} == {"c1"}


def test_the_first_connect_asks_for_an_answer_at_once_and_later_ones_do_not() -> None:
    wire = shaken()
    wire.pump()
    assert wire.open[0].messages[0]["advice"] == {"timeout": 0}
    assert wire.answer("/meta/connect") == [Connected(100.0, 100.0)]
    assert wire.pump() == ["/meta/connect"]
    assert "advice" not in wire.open[0].messages[0]


def test_a_connect_is_given_the_advised_hold_and_ten_seconds() -> None:
    wire = connected()
    assert wire.open[0].deadline - wire.open[0].sent == 40.0


def test_a_server_that_says_nothing_may_hold_for_a_minute() -> None:
    wire = shaken(advice=None)
    wire.pump()
    assert wire.open[0].deadline - wire.open[0].sent == 70.0


def test_a_client_may_ask_for_a_hold_of_its_own() -> None:
    wire = connected(ClientSettings(hold=0.5))
    assert wire.open[0].messages[0]["advice"] == {"timeout": 500}
    assert wire.open[0].deadline - wire.open[0].sent == 40.0


def test_only_one_connect_is_outstanding() -> None:
    wire = connected()
    wire.now += 25
    assert wire.pump() == []
    wire.client.subscribe("/v2/me/calls")
    assert wire.pump() == ["/meta/subscribe"]


def test_only_one_command_is_outstanding() -> None:
    wire = connected()
    wire.client.subscribe("/v2/me/calls")
    wire.pump()
    wire.client.subscribe("/v2/me/chats")
    assert wire.pump() == []
    wire.answer("/meta/subscribe")
    assert wire.pump() == ["/meta/subscribe"]


def test_the_interval_passes_before_the_next_connect() -> None:
    wire = shaken(advice=RETRY | {"interval": 250})
    wire.pump()
    wire.answer("/meta/connect")
    assert wire.client.next_deadline() == 100.25
    assert wire.pump() == []
    wire.now = 100.25
    assert wire.pump() == ["/meta/connect"]
    assert wire.client.next_deadline() is None


@pytest.mark.parametrize("channel", ["/meta/connect", "/meta/subscribe", "/x"])
def test_a_delivery_counts_in_whatever_answer_it_rides(channel: str) -> None:
    wire = connected()
    wire.client.subscribe("/v2/me/calls") if channel == "/meta/subscribe" else None
    wire.client.publish("/x", 1) if channel == "/x" else None
    wire.pump()
    wire.now = 101.5
    assert wire.answer(channel, EVENT)[0] == Delivered(EVENT, 101.5)


def test_a_delivery_that_comes_after_the_end_still_counts() -> None:
    wire = connected()
    held = wire.take("/meta/connect")
    wire.client.disconnect()
    wire.pump()
    wire.answer("/meta/disconnect")
    reply = {"channel": "/meta/connect", "id": held.messages[0]["id"], "successful": True}
    assert wire.client.received(held.number, [EVENT, reply], 102.0) == [Delivered(EVENT, 102.0)]


def test_a_delivery_whose_id_is_that_of_a_request_is_no_reply() -> None:
    wire = connected()
    request = wire.open[0].messages[0]
    events = wire.answer("/meta/connect", EVENT | {"id": request["id"]})
    assert [type(event) for event in events] == [Delivered, Connected]


def test_a_reply_with_a_stale_id_is_no_answer() -> None:
    wire = connected()
    (event,) = wire.answer("/meta/connect", id="1")
    assert event == ConnectFailed(None, "the answer holds no reply to it")
    assert wire.pump() == ["/meta/connect"]


def test_a_reply_without_an_id_answers_the_request_it_came_with() -> None:
    wire = connected()
    assert wire.answer("/meta/connect", id=None) == [Connected(100.0, 100.0)]


def test_a_reply_without_an_id_to_something_else_is_ignored() -> None:
    wire = connected()
    post = wire.take("/meta/connect")
    stray = {"channel": "/meta/subscribe", "successful": True}
    events = wire.client.received(post.number, [stray], wire.now)
    assert [type(event) for event in events] == [ConnectFailed]


def test_an_answer_is_taken_once() -> None:
    wire = connected()
    post = wire.take("/meta/connect")
    reply = {"channel": "/meta/connect", "id": post.messages[0]["id"], "successful": True}
    assert wire.client.received(post.number, [reply], 101.0) == [Connected(101.0, 100.0)]
    assert wire.client.received(post.number, [reply], 102.0) == []
    assert wire.client.failed(post.number, "late", 103.0) == []
    wire.now = 104.0
    wire.client.subscribe("/x")
    wire.pump()
    assert wire.client.failed(post.number, "later still", 104.0) == []
    assert wire.answer("/meta/subscribe") == [Subscribed("/x")]


def test_a_publish_without_a_reply_counts_as_published() -> None:
    wire = connected()
    identifier = wire.client.publish("/x", 1)
    wire.pump()
    assert wire.client.received(wire.take("/x").number, [], 100.0) == [Published(identifier)]


REFUSED = {"successful": False, "error": "403::denied"}


def test_refusals_and_confirmations_are_told_one_by_one() -> None:
    wire = connected()
    wire.client.unsubscribe(TOPIC)
    wire.pump()
    (event,) = wire.answer("/meta/unsubscribe", **REFUSED)
    assert isinstance(event, UnsubscribeFailed)
    assert (event.channel, event.reason) == (TOPIC, "403::denied")
    wire.client.unsubscribe(TOPIC)
    wire.pump()
    assert wire.answer("/meta/unsubscribe") == [Unsubscribed(TOPIC)]
    assert wire.client.subscriptions == set()
    wire.client.subscribe("/meta/x")
    wire.pump()
    (event,) = wire.answer("/meta/subscribe", **REFUSED)
    assert isinstance(event, SubscribeFailed)
    assert event.reply is not None
    assert event.reply["error"] == "403::denied"
    identifier = wire.client.publish("/x", 1)
    wire.pump()
    (event,) = wire.answer("/x", **REFUSED)
    assert isinstance(event, PublishFailed)
    assert event.id == identifier


def test_a_refusal_may_have_no_error_text() -> None:
    wire = connected()
    wire.client.subscribe("/x")
    wire.pump()
    (event,) = wire.answer("/meta/subscribe", successful=False)
    assert isinstance(event, SubscribeFailed)
    assert event.reason == "refused without an error text"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ({"successful": False, "error": "403::handshake_denied"}, "403::handshake_denied"),
        ({"successful": True, "clientId": None}, "the reply names no clientId"),
        ({"successful": True, "clientId": 7}, "the reply names no clientId"),
    ],
)
def test_a_refused_first_handshake_is_not_repeated(reply: dict[str, Any], reason: str) -> None:
    wire = Wire(BayeuxClient())
    wire.client.handshake()
    wire.pump()
    (event,) = wire.answer("/meta/handshake", **reply)
    assert isinstance(event, HandshakeFailed)
    assert event.reason == reason
    assert wire.client.state is State.UNCONNECTED
    assert wire.pump() == []
    wire.client.handshake()
    assert wire.pump() == ["/meta/handshake"]


def test_the_status_of_a_failed_request_is_told() -> None:
    client = BayeuxClient()
    client.handshake()
    (post,) = client.requests(0.0)
    events = client.failed(post.number, "HTTP status 403", 0.1, status=403)
    assert events == [HandshakeFailed(None, "HTTP status 403", 403)]


def test_broken_connects_are_tried_again_ever_later() -> None:
    wire = connected(ClientSettings(backoff=1.0, backoff_limit=3.0))
    waits = []
    for _ in range(6):
        wire.lose("/meta/connect")
        due = wire.client.next_deadline()
        assert due is not None
        waits.append(due - wire.now)
        wire.now = due
        wire.pump()
    assert waits == [0, 1, 2, 3, 3, 3]
    wire.answer("/meta/connect")
    wire.pump()
    wire.lose("/meta/connect")
    assert wire.client.next_deadline() == wire.now


UNKNOWN = {
    "successful": False,
    "error": "402::session_unknown",
    "advice": {"reconnect": "handshake", "interval": 0},
}


def test_a_lost_session_is_opened_again_with_its_subscriptions() -> None:
    wire = connected()
    events = wire.answer("/meta/connect", **UNKNOWN)
    assert [type(event) for event in events] == [Advised, ConnectFailed]
    wire.client.publish("/x", "waits")
    assert wire.pump() == ["/meta/handshake"]
    assert wire.answer("/meta/handshake", clientId="c2") == [Handshaken("c2")]
    assert wire.pump() == ["/meta/subscribe", "/x", "/meta/connect"]
    assert {m["clientId"] for post in wire.open for m in post.messages} == {"c2"}
    assert wire.open[1].messages[0]["advice"] == {"timeout": 0}
    assert wire.answer("/meta/subscribe")[0] == Subscribed(TOPIC)


def test_a_lost_sessions_advice_is_not_followed_twice() -> None:
    wire = connected()
    wire.answer("/meta/connect", **UNKNOWN)
    wire.pump()
    wire.answer("/meta/handshake", clientId="c2")
    wire.pump()
    wire.answer("/meta/connect")
    assert wire.pump() == ["/meta/connect"]


def test_the_handshake_waits_until_the_command_on_its_way_is_answered() -> None:
    wire = connected()
    wire.client.subscribe("/x")
    wire.pump()
    wire.answer("/meta/connect", **UNKNOWN)
    assert wire.pump() == []
    wire.answer("/meta/subscribe", successful=False, error="402::session_unknown")
    assert wire.pump() == ["/meta/handshake"]
    wire.answer("/meta/handshake", clientId="c2")
    wire.pump()
    assert [m["subscription"] for m in wire.take("/meta/subscribe").messages] == [TOPIC]


def test_a_new_handshake_is_tried_until_it_succeeds() -> None:
    wire = connected()
    wire.answer("/meta/connect", **UNKNOWN)
    waits = []
    for _ in range(3):
        wire.pump()
        wire.lose("/meta/handshake")
        due = wire.client.next_deadline()
        assert due is not None
        waits.append(due - wire.now)
        wire.now = due
    # The connect that was refused was the first failure of the row.
    assert waits == [1, 2, 3]
    wire.pump()
    assert wire.answer("/meta/handshake", clientId="c2") == [Handshaken("c2")]


def test_a_new_handshake_that_is_refused_for_good_ends_the_session() -> None:
    wire = connected()
    wire.answer("/meta/connect", **UNKNOWN)
    wire.pump()
    events = wire.answer("/meta/handshake", advice={"reconnect": "none"}, **REFUSED)
    assert [type(event) for event in events] == [Advised, HandshakeFailed, Disconnected]
    assert wire.pump() == []


@pytest.mark.parametrize("advice", [{"reconnect": "none"}, {"interval": -1}])
@pytest.mark.parametrize("successful", [True, False])
def test_advice_not_to_reconnect_ends_the_session(advice: dict[str, Any], successful: bool) -> None:
    wire = connected()
    wire.client.subscribe("/on/its/way")
    wire.pump()
    events = wire.answer("/meta/connect", successful=successful, advice=advice)
    assert events[-1] == Disconnected("the server's advice is not to reconnect")
    assert wire.client.state is State.UNCONNECTED
    assert wire.pump() == []
    assert wire.client.next_deadline() is None
    assert wire.answer("/meta/subscribe") == []


def test_new_advice_replaces_the_old_as_a_whole() -> None:
    wire = connected()
    wire.answer("/meta/connect", advice={"interval": 2000})
    wire.now += 2
    wire.pump()
    assert wire.open[0].deadline - wire.open[0].sent == 70.0


def test_a_disconnect_goes_after_what_is_queued_and_ends_the_session() -> None:
    wire = connected()
    wire.client.publish("/x", 1)
    assert wire.client.disconnect() == []
    assert wire.client.state is State.DISCONNECTING
    assert wire.pump() == ["/x", "/meta/disconnect"]
    assert wire.answer("/meta/connect") == [Connected(100.0, 100.0)]
    assert wire.pump() == []
    events = wire.answer("/x")
    assert events[-1] == Disconnected("disconnected")
    assert wire.client.client_id is None


def test_a_disconnect_that_gets_no_answer_ends_the_session_all_the_same() -> None:
    wire = connected()
    wire.client.disconnect()
    wire.pump()
    (event,) = wire.lose("/meta/disconnect")
    assert isinstance(event, Disconnected)
    assert "connection reset" in event.reason


def test_a_disconnect_before_the_session_is_open_gives_it_up() -> None:
    client = BayeuxClient()
    assert client.disconnect() == []
    client.handshake()
    (post,) = client.requests(0.0)
    assert client.disconnect() == [Disconnected("dropped")]
    reply = {"channel": "/meta/handshake", "id": "1", "successful": True, "clientId": "c1"}
    assert client.received(post.number, [reply], 0.1) == []
    assert client.state is State.UNCONNECTED


def test_a_session_that_is_dropped_sends_nothing_more() -> None:
    wire = connected()
    assert wire.client.drop() == [Disconnected("dropped")]
    assert wire.client.drop() == []
    assert wire.pump() == []


def test_a_subscription_that_cannot_be_renewed_is_told_but_kept() -> None:
    wire = connected()
    wire.answer("/meta/connect", **UNKNOWN)
    wire.pump()
    wire.answer("/meta/handshake", clientId="c2")
    wire.pump()
    (event,) = wire.lose("/meta/subscribe")
    assert isinstance(event, SubscribeFailed)
    assert event.reply is None
    assert wire.client.subscriptions == {TOPIC}


def test_message_ids_come_from_where_the_caller_says() -> None:
    wire = Wire(BayeuxClient(new_id=iter(["a", "b"]).__next__))
    wire.client.handshake()
    wire.pump()
    wire.answer("/meta/handshake", clientId="c1")
    wire.pump()
    assert [m["id"] for post in wire.open for m in post.messages] == ["b"]
