"""The server machine under any order of things: what must hold whatever clients and networks do.

Two honest people talk over polls and sockets, with and without acknowledgement, lose links and come
back; a third sends nonsense and other people's clientIds. Time is virtual.
"""

from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from tapestry.bayeux.effects import Batch, Refuse, Reply, SessionClosed, SessionOpened
from tapestry.bayeux.errors import BayeuxError
from tapestry.bayeux.message import Transport
from tapestry.bayeux.server import BayeuxServer, ServerSettings

PEOPLE = st.sampled_from(["alice", "bob"])
CHANNELS = st.sampled_from(["/a", "/a/b", "/b", "/*", "/a/**", "/**", "/service/x"])
BROWSERS = st.sampled_from([None, "b1", "b2"])
SETTINGS = ServerSettings(
    timeout=5, max_interval=10, max_queue=6, max_queue_bytes=900, max_sessions=5, max_resends=3
)
SOCKETS = st.sampled_from([None, None, 0, 1])
SOMEBODY = precondition(lambda self: self.living())
MOST_HELD = 5 + 10 + SETTINGS.longest_timeout


class Client:
    """What an honest client knows: its session, its last acknowledgement, what it has seen."""

    def __init__(self, session, who, acks):
        self.session, self.who, self.acks = session, who, acks
        self.batch = 0
        self.seen = []
        self.sent = 0


class Network(RuleBasedStateMachine):
    """Links and who stands at them. A link is a number for a request, a text for a socket."""

    def __init__(self):
        super().__init__()
        ids = count(1)
        self.server = BayeuxServer(SETTINGS, new_id=lambda: f"s{next(ids)}")
        self.now = 0.0
        self.numbers = count(1)
        self.owner = {}  # link -> person
        self.asked = {}  # link -> ids that have not been answered
        self.open_links = set()
        self.by_session = {}
        self.connects = {}  # id of a connect -> who sent it
        self.closed = set()
        self.opened_on = None

    # What comes out of the machine.

    def carry_out(self, effects):
        for effect in effects:
            match effect:
                case Reply(link, messages):
                    self.take_reply(link, messages)
                case Refuse(link, status):
                    assert status == 500
                    assert isinstance(link, int)
                    self.end(link)
                case SessionOpened(session):
                    self.opened_on = session.id
                case SessionClosed(session):
                    self.closed.add(session.id)

    def take_reply(self, link, messages):
        assert link in self.open_links, "an answer to who is gone, or a second one"
        who = self.owner[link]
        for message in messages:
            if "data" in message:
                numbered = any("ack" in answer.get("ext", {}) for answer in messages)
                self.take_delivery(who, message, numbered)
            else:
                self.take_answer(link, message)
        if isinstance(link, int):
            assert not self.asked[link], "not every message was answered"
            self.end(link)

    def take_delivery(self, who, event, numbered):
        assert set(event) <= {"channel", "data", "id"}
        assert not event["channel"].startswith("/meta/")
        if "for" in event["data"]:
            assert event["data"]["for"] == who
        client = self.by_session.get(event["data"].get("session"))
        if client and client.acks:
            assert numbered or client.session in self.closed, (
                "rides where it cannot be acknowledged"
            )
            client.seen.append(event["data"]["n"])

    def take_answer(self, link, answer):
        assert isinstance(answer["successful"], bool)
        if "error" in answer:
            assert BayeuxError.parse(answer["error"]) is not None
        if self.owner[link] == "mallory":
            return
        key = (type(answer["id"]), answer["id"])
        assert key in self.asked[link], "an answer that nobody waits for"
        self.asked[link].remove(key)
        client = self.connects.pop(answer["id"], None)
        if client and "ext" in answer:
            client.batch = answer["ext"]["ack"]

    def end(self, link):
        self.open_links.discard(link)
        self.asked.pop(link, None)

    # What goes in.

    def link_for(self, who, over):
        link = next(self.numbers) if over is None else f"{who}{over}"
        self.owner[link] = who
        self.open_links.add(link)
        self.asked.setdefault(link, set())
        return link

    def say(self, who, over, *messages, browser=None):
        link = self.link_for(who, over)
        for message in messages:
            number = next(self.numbers)
            message["id"] = number if number % 2 else str(number)
            self.asked[link].add((type(message["id"]), message["id"]))
            if message["channel"] == "/meta/connect":
                self.connects[message["id"]] = self.by_session[message["clientId"]]
        if any(message["channel"] == "/meta/handshake" for message in messages):
            first = next(m for m in messages if m["channel"] == "/meta/handshake")
            self.asked[link] -= {(type(m["id"]), m["id"]) for m in messages if m is not first}
        self.receive(link, messages, who, over, browser)

    def receive(self, link, messages, who, over, browser=None):
        transport = Transport.LONG_POLLING if over is None else Transport.WEBSOCKET
        batch = Batch(link, list(messages), transport, who, browser)
        self.carry_out(self.server.receive(batch, self.now))

    def handshake_message(self, acks):
        ext = {"ext": {"ack": True}} if acks else {}
        kinds = {"version": "1.0", "supportedConnectionTypes": ["long-polling", "websocket"]}
        return {"channel": "/meta/handshake", **kinds, **ext}

    def living(self):
        return [c for c in self.by_session.values() if c.session in self.server.sessions]

    def pick(self, number):
        living = self.living()
        return living[number % len(living)]

    @initialize(acks=st.booleans(), over=st.sampled_from([None, 0]))
    def begin(self, acks, over):
        for who in ["alice", "bob"]:
            self.shake_hands(who, over, acks, "b1", "/**")

    @rule(who=PEOPLE, over=SOCKETS, acks=st.booleans(), browser=BROWSERS, channel=CHANNELS)
    def shake_hands(self, who, over, acks, browser, channel):
        self.opened_on = None
        self.say(who, over, self.handshake_message(acks), browser=browser)
        if self.opened_on is None:
            assert len(self.server.sessions) == SETTINGS.max_sessions
            return
        client = Client(self.opened_on, who, acks)
        self.by_session[client.session] = client
        self.say(who, over, self.subscribe_message(client, channel))
        self.say(who, over, self.connect_message(client, 0))

    def subscribe_message(self, client, channel):
        named = {"clientId": client.session, "subscription": channel}
        return {"channel": "/meta/subscribe", **named}

    def connect_message(self, client, timeout):
        ext = {"ext": {"ack": client.batch}} if client.acks else {}
        advice = {} if timeout is None else {"advice": {"timeout": timeout}}
        return {"channel": "/meta/connect", "clientId": client.session, **ext, **advice}

    @SOMEBODY
    @rule(
        number=st.integers(0, 4),
        over=SOCKETS,
        timeout=st.sampled_from([None, None, None, 0, 2000]),
        heard=st.booleans(),
        company=st.sampled_from(["", "", "", "subscribe", "publish"]),
    )
    def connect(self, number, over, timeout, heard, company):
        """Connect; an answer that comes at once may be lost on its way (``heard``)."""
        client = self.pick(number)
        before = list(client.seen), client.batch
        others = {
            "subscribe": [self.subscribe_message(client, "/a")],
            "publish": [self.publish_message(client, 1)],
        }
        message = self.connect_message(client, timeout)
        must_hold = company == "" and timeout != 0 and self.may_be_held(client, over)
        self.say(client.who, over, *others.get(company, []), message)
        answered = message["id"] not in self.connects
        assert not (must_hold and answered), "nothing kept it from being held"
        if answered and not heard:
            client.seen, client.batch = before

    def may_be_held(self, client, over):
        """Tell whether nothing waits for a client and nobody else is held in its browser."""
        session = self.server.sessions[client.session]
        others = [
            other
            for other in self.server.sessions.values()
            if other is not session and other.held and not other.held.streaming
        ]
        crowded = session.browser and session.browser in [other.browser for other in others]
        return session.queue.held == 0 and not (crowded and over is None)

    def publish_message(self, client, size):
        return {"channel": "/a/b", "clientId": client.session, "data": {"x": "x" * size}}

    @SOMEBODY
    @rule(number=st.integers(0, 4), channel=CHANNELS, over=SOCKETS, undo=st.booleans())
    def subscribe(self, number, channel, over, undo):
        client = self.pick(number)
        message = self.subscribe_message(client, channel)
        if undo:
            message["channel"] = "/meta/unsubscribe"
        self.say(client.who, over, message)

    @SOMEBODY
    @rule(number=st.integers(0, 4), over=SOCKETS, size=st.sampled_from([1, 1, 300]))
    def publish(self, number, over, size):
        client = self.pick(number)
        self.say(client.who, over, self.publish_message(client, size))

    @SOMEBODY
    @rule(number=st.integers(0, 4), times=st.integers(1, 3))
    def deliver(self, number, times):
        """Tell one session its next numbers, which nobody else may hear."""
        client = self.pick(number)
        for _ in range(times):
            data = {"for": client.who, "session": client.session, "n": client.sent}
            client.sent += 1
            self.carry_out(self.server.deliver(client.session, "/service/x", data, self.now))

    @SOMEBODY
    @rule(number=st.integers(0, 4), over=SOCKETS, how=st.sampled_from(["leave", "expire", "no"]))
    def end_a_session(self, number, over, how):
        client = self.pick(number)
        if how == "leave":
            message = {"channel": "/meta/disconnect", "clientId": client.session}
            self.say(client.who, over, message)
        elif how == "expire":
            self.carry_out(self.server.expire(client.session, self.now))
        assert (client.session in self.server.sessions) == (how == "no")

    @rule(who=PEOPLE)
    def publish_for_one_person(self, who):
        effects = self.server.publish(
            "/a/b", {"for": who}, self.now, only=lambda session: session.principal == who
        )
        self.carry_out(effects)

    @rule(data=st.data())
    def steal(self, data):
        """A stranger tries what belongs to others, and nonsense; nobody notices."""
        mine = {key: _state(s) for key, s in self.server.sessions.items()}
        sessions = st.sampled_from([*self.by_session, "s0", 7, None, ["s1"]])
        verbs = [f"/meta/{verb}" for verb in ("connect", "subscribe", "disconnect", "x")]
        message = st.fixed_dictionaries(
            {"channel": st.sampled_from([*verbs, "/service/x", 7, None])},
            optional={
                "clientId": sessions,
                "subscription": st.sampled_from(["/**", ["/a", 7], None]),
                "ext": st.sampled_from([{"ack": 99}, {"timesync": {"tc": 1}}, 7, None]),
                "advice": st.sampled_from([{"timeout": 0}, {"timeout": []}, 7]),
                "id": st.sampled_from([1, "1", None, 1.5, {}, [1]]),
                "data": st.sampled_from([{}, {"x": 1}]),
            },
        )
        over = data.draw(st.sampled_from([None, 0]))
        messages = data.draw(st.lists(message, max_size=3))
        self.receive(self.link_for("mallory", over), messages, "mallory", over)
        assert {key: _state(s) for key, s in self.server.sessions.items()} == mine

    @precondition(lambda self: self.open_links)
    @rule(data=st.data(), slow=st.booleans())
    def lose_a_link(self, data, slow):
        link = data.draw(st.sampled_from(sorted(self.open_links, key=str)))
        self.end(link)
        lose = self.server.overflowed if slow and isinstance(link, str) else self.server.lost
        self.carry_out(lose(link, self.now))

    @rule(seconds=st.sampled_from([0.5, 3, 6, 11]))
    def wait(self, seconds):
        self.pass_time(seconds)

    def pass_time(self, seconds):
        end = self.now + seconds
        while (at := self.server.next_deadline()) is not None and at <= end:
            assert at >= self.now, "a deadline that has passed"
            self.now = at
            self.carry_out(self.server.tick(at))
        self.now = end

    # What must hold.

    @invariant()
    def every_request_is_answered_or_held(self):
        held = [s.held for s in self.server.sessions.values() if s.held]
        polls = {held.link for held in held if not held.streaming}
        assert {link for link in self.open_links if isinstance(link, int)} == polls
        for link in self.open_links:
            if self.owner[link] != "mallory":
                ours = [h.reply["id"] for h in held if h.link == link]
                assert {number for _, number in self.asked[link]} == set(ours)

    @invariant()
    def memory_is_bounded(self):
        assert len(self.server.sessions) <= SETTINGS.max_sessions
        for session in self.server.sessions.values():
            assert session.queue.held <= SETTINGS.max_queue
            assert 0 <= session.queue.size <= SETTINGS.max_queue_bytes
            assert session.queue.held or not session.queue.size
            assert session.stream is None or session.stream in self.open_links

    @invariant()
    def nothing_waits_while_there_is_a_way(self):
        for session in self.server.sessions.values():
            if session.held or (session.stream and not session.queue.keeps):
                assert len(session.queue) == 0

    @invariant()
    def a_browser_has_no_more_polls_than_it_may(self):
        browsers = [
            session.browser
            for session in self.server.sessions.values()
            if session.held and session.browser and not session.held.streaming
        ]
        assert len(browsers) == len(set(browsers))

    @invariant()
    def there_is_a_deadline_while_there_is_a_session(self):
        deadline = self.server.next_deadline()
        assert (deadline is not None) == bool(self.server.sessions)
        assert deadline is None or self.now <= deadline <= self.now + MOST_HELD

    @invariant()
    def under_acknowledgement_nothing_is_lost_or_out_of_order(self):
        for client in self.by_session.values():
            if client.acks:
                new = [n for i, n in enumerate(client.seen) if n not in client.seen[:i]]
                assert new == list(range(len(new)))

    @invariant()
    def what_is_closed_is_gone(self):
        assert self.closed.isdisjoint(self.server.sessions)

    def teardown(self):
        """Left alone, everything ends by itself and nothing stays behind."""
        self.pass_time(MOST_HELD)
        assert not self.server.sessions
        assert self.server.next_deadline() is None
        self.carry_out(self.server.close(self.now))
        assert not [link for link in self.open_links if isinstance(link, int)]


def _state(session):
    """Return what a stranger must not be able to change of a session."""
    held = session.held and session.held.link
    return session.queue.held, set(session.subscriptions), held, session.stream


TestNetwork = Network.TestCase
TestNetwork.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
