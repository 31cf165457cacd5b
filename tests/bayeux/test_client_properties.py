"""Client and server machine, joined by a link that delays, reorders and loses: what always holds.

Never two connects, never more than two requests; with the ack extension every delivery of a session
comes once and in order, without it none comes twice; and once the link is sound again the client
has a session, and everything that this session is owed.
"""

from __future__ import annotations

import copy
import itertools
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tapestry.bayeux.client import (
    BayeuxClient,
    ClientEvent,
    ClientSettings,
    Delivered,
    Post,
    State,
    SubscribeFailed,
)
from tapestry.bayeux.effects import Batch, Effect, Refuse, Reply
from tapestry.bayeux.message import META_CONNECT, Message, Transport
from tapestry.bayeux.server import BayeuxServer
from tapestry.bayeux.settings import ServerSettings

TOPIC = "/v2/me/emails"
SETTLES = 300  # rounds in which a sound link must have settled everything


@dataclass(eq=False)
class Flight:
    """One request on its way: up, then held by the server, then down with its answer."""

    post: Post
    up: bool = True
    answer: list[Message] | int | None = None

    @property
    def down(self) -> bool:
        return self.answer is not None


class LossyLink(RuleBasedStateMachine):
    """Everything that may happen between a client and a server over HTTP."""

    ack = True
    transport = Transport.LONG_POLLING
    now = 0.0
    refused = False

    @initialize()
    def begin(self) -> None:
        """Begin with a session, of which everything may be lost afterwards."""
        self.open()
        self.flow(8)

    def open(self) -> None:
        names = itertools.count(1)
        self.server = BayeuxServer(
            ServerSettings(timeout=5.0, max_interval=10.0), new_id=lambda: f"s{next(names)}"
        )
        chosen = ClientSettings(transports=(self.transport,), ack=self.ack, grace=2.0)
        self.client = BayeuxClient(chosen)
        self.flights: list[Flight] = []
        self.numbers = itertools.count(1)
        self.owed: dict[str, list[int]] = defaultdict(list)
        self.told: dict[str, list[int]] = defaultdict(list)

    # What the link does.

    @rule()
    def pump(self) -> None:
        if self.client.state is State.UNCONNECTED:  # a caller that does not give up
            self.client.handshake()
            self.client.subscribe(TOPIC)
        self.flights += [Flight(post) for post in self.client.requests(self.now)]

    @rule(data=st.data())
    @precondition(lambda self: self.flights)
    def carry(self, data: st.DataObject) -> None:
        """Let one request arrive, or one answer."""
        flight = data.draw(st.sampled_from(self.flights))
        if flight.up:
            self._arrive(flight)
        elif flight.down:
            self._return(flight)

    @rule(data=st.data(), server_knows=st.booleans())
    @precondition(lambda self: self.flights)
    def lose(self, data: st.DataObject, server_knows: bool) -> None:
        """Break the connection of one request, wherever it is; a server may not notice."""
        flight = data.draw(st.sampled_from(self.flights))
        if server_knows and not flight.up and not flight.down:
            self._effects(self.server.lost(flight.post.number, self.now))
        self._fail(flight)

    @rule(steps=st.integers(1, 4))
    def flow(self, steps: int) -> None:
        """Let everything go its way for a while."""
        for _ in range(steps):
            self.pump()
            self._move()

    @rule(seconds=st.sampled_from([0.1, 1.0, 3.0, 6.0, 20.0]))
    def wait(self, seconds: float) -> None:
        self._advance(self.now + seconds)

    # What the two sides do.

    @rule()
    def notify(self) -> None:
        """Deliver something to every session that the server has."""
        for session_id in list(self.server.sessions):
            n = next(self.numbers)
            self.owed[session_id].append(n)
            data = {"session": session_id, "n": n}
            self._effects(self.server.deliver(session_id, TOPIC, data, self.now))

    @rule()
    def forget(self) -> None:
        """Restart the server, as far as a client can tell."""
        for session_id in list(self.server.sessions):
            self._effects(self.server.expire(session_id, self.now))

    @rule()
    def speak(self) -> None:
        self.client.publish("/service/x", 1)

    # What always holds.

    @invariant()
    def keeps_to_two_requests_one_of_them_a_connect(self) -> None:
        connects = [f for f in self.flights if f.post.messages[0]["channel"] == META_CONNECT]
        assert len(connects) <= 1
        assert len(self.flights) <= 2

    @invariant()
    def is_told_nothing_twice_and_nothing_out_of_turn(self) -> None:
        for session_id, told in self.told.items():
            owed = self.owed[session_id]
            if self.ack:
                assert told == owed[: len(told)]
            else:
                assert len(told) == len(set(told))
                assert set(told) <= set(owed)

    def teardown(self) -> None:
        """Make the link sound, and see everything settle."""
        if not hasattr(self, "server"):
            return
        for _ in range(SETTLES):
            self.pump()
            moved = self._move()
            if not moved and self._settled():
                break
            if not moved:
                self._advance(self._next())
        else:
            raise AssertionError("it does not settle")
        if self.ack:
            session_id = self.client.client_id or ""
            assert self.told[session_id] == self.owed[session_id]

    def _settled(self) -> bool:
        session = self.server.sessions.get(self.client.client_id or "")
        return session is not None and session.held is not None and TOPIC in session.subscriptions

    # The machinery.

    def _move(self) -> bool:
        """Carry everything one step on; ``False`` when nothing is under way."""
        moving = [flight for flight in self.flights if flight.up or flight.down]
        for flight in moving:
            self._arrive(flight) if flight.up else self._return(flight)
        return bool(moving)

    def _arrive(self, flight: Flight) -> None:
        flight.up = False
        messages = copy.deepcopy(list(flight.post.messages))
        self._effects(self.server.receive(Batch(flight.post.number, messages), self.now))

    def _return(self, flight: Flight) -> None:
        self.flights.remove(flight)
        number, answer = flight.post.number, flight.answer
        if isinstance(answer, list):
            self._heard(self.client.received(number, copy.deepcopy(answer), self.now))
        else:
            self._heard(self.client.failed(number, "refused", self.now, status=answer))

    def _fail(self, flight: Flight) -> None:
        self.flights.remove(flight)
        self._heard(self.client.failed(flight.post.number, "lost", self.now))

    def _effects(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Reply(link, answer) | Refuse(link, answer):
                    for flight in self.flights:
                        if flight.post.number == link:
                            flight.answer = answer

    def _heard(self, events: list[ClientEvent]) -> None:
        for event in events:
            if isinstance(event, Delivered):
                data: Any = event.message["data"]
                self.told[data["session"]].append(data["n"])
            self.refused = self.refused or isinstance(event, SubscribeFailed)

    def _advance(self, now: float) -> None:
        self.now = max(self.now, now)
        if self.refused and self.client.state is not State.UNCONNECTED:
            self.refused = False  # a caller that asks again, but not in the same moment
            self.client.subscribe(TOPIC)
        self._effects(self.server.tick(self.now))
        for flight in [f for f in self.flights if f.post.deadline <= self.now]:
            if flight in self.flights:
                self._fail(flight)

    def _next(self) -> float:
        times = [self.client.next_deadline(), self.server.next_deadline()]
        times += [flight.post.deadline for flight in self.flights]
        times += [self.now + 0.5] if self.refused else []
        return min((time for time in times if time is not None and time > self.now), default=0.0)


class LossyLinkWithoutAck(LossyLink):
    """The same, where nothing is repeated."""

    ack = False


class LossySocket(LossyLink):
    """The same over a WebSocket: frames keep their order, and all are lost when it breaks."""

    transport = Transport.WEBSOCKET

    def open(self) -> None:
        super().open()
        self.sockets = itertools.count(1)
        self.socket = "socket 0"
        self.frames: list[list[Message]] = []

    @rule(down=st.booleans())
    def carry_frame(self, down: bool) -> None:
        """Let the oldest frame arrive, in one direction."""
        waiting = [flight for flight in self.flights if flight.up]
        if down and self.frames:
            self._heard(self.client.streamed(copy.deepcopy(self.frames.pop(0)), self.now))
            self._prune()
        elif waiting:
            self._arrive(waiting[0])

    def _move(self) -> bool:
        moving = bool(self.frames) or any(flight.up for flight in self.flights)
        self.carry_frame(down=bool(self.frames))
        return moving

    def _arrive(self, flight: Flight) -> None:
        if flight is not next(other for other in self.flights if other.up):
            return  # frames do not overtake
        flight.up = False
        messages = copy.deepcopy(list(flight.post.messages))
        batch = Batch(self.socket, messages, Transport.WEBSOCKET)
        self._effects(self.server.receive(batch, self.now))

    def _fail(self, flight: Flight) -> None:
        """Break the socket; whether the server notices is seen by its next frame."""
        if flight.post.number % 2:
            self._effects(self.server.lost(self.socket, self.now))
        self.socket = f"socket {next(self.sockets)}"
        self.frames.clear()
        lost, self.flights = self.flights, []
        for each in lost:
            self._heard(self.client.failed(each.post.number, "lost", self.now))

    def _effects(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Reply) and effect.link == self.socket:
                self.frames.append(effect.messages)

    def _prune(self) -> None:
        self.flights = [f for f in self.flights if self.client.awaits(f.post.number)]

    def _advance(self, now: float) -> None:
        super()._advance(now)
        self._prune()


class LossySocketWithoutAck(LossySocket):
    """The same, where nothing is repeated."""

    ack = False


TestWithAck = LossyLink.TestCase
TestWithoutAck = LossyLinkWithoutAck.TestCase
TestSocketWithAck = LossySocket.TestCase
TestSocketWithoutAck = LossySocketWithoutAck.TestCase
for case in (TestWithAck, TestWithoutAck, TestSocketWithAck, TestSocketWithoutAck):
    case.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
del case
