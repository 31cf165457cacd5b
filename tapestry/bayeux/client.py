"""The client's side of Bayeux 1.0, without sockets: what to send, and what an answer means.

A desktop's library hides its session from the application; a judge must see all of it, on a clock
of its own. So this machine says which requests are due, takes what came back and returns events.
It keeps to two requests at a time, one of them for connects alone (Bayeux 1.0, "Two connection
operation"), so that bindings for every transport can drive it alike.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Sequence
from enum import StrEnum
from typing import Any

from tapestry.bayeux import message as wire
from tapestry.bayeux.advice import Reconnect
from tapestry.bayeux.client_ack import Acknowledging
from tapestry.bayeux.client_events import (
    Advised,
    ClientEvent,
    Connected,
    ConnectFailed,
    Delivered,
    Disconnected,
    FellBack,
    HandshakeFailed,
    Handshaken,
    Published,
    PublishFailed,
    Subscribed,
    SubscribeFailed,
    Unsubscribed,
    UnsubscribeFailed,
)
from tapestry.bayeux.client_messages import Composer
from tapestry.bayeux.client_outcome import Fault, confirmed, failed
from tapestry.bayeux.client_settings import ClientSettings
from tapestry.bayeux.client_timesync import ClockOffset
from tapestry.bayeux.comeback import Comeback
from tapestry.bayeux.message import Message, Transport
from tapestry.bayeux.outstanding import Outstanding, Post
from tapestry.bayeux.route import Hosts, TransportChoice

__all__ = [
    "Advised",
    "BayeuxClient",
    "ClientEvent",
    "ClientSettings",
    "ConnectFailed",
    "Connected",
    "Delivered",
    "Disconnected",
    "FellBack",
    "HandshakeFailed",
    "Handshaken",
    "Post",
    "PublishFailed",
    "Published",
    "QueueFull",
    "State",
    "SubscribeFailed",
    "Subscribed",
    "UnsubscribeFailed",
    "Unsubscribed",
]


class State(StrEnum):
    """Where the session stands ("Client State Table", with the disconnect told apart)."""

    UNCONNECTED = "unconnected"
    HANDSHAKING = "handshaking"
    CONNECTED = "connected"
    DISCONNECTING = "disconnecting"


class QueueFull(Exception):
    """More messages wait to be sent than the settings allow."""


class BayeuxClient:
    """One client's session: commands in, requests out; answers in, events out.

    Ask :meth:`requests` after every call and whenever :meth:`next_deadline` has come; carry each
    request out and report what came of it: the answer of an HTTP request by :meth:`received`,
    frames of a WebSocket by :meth:`streamed`, and a request without an answer by :meth:`failed`.
    """

    def __init__(
        self,
        settings: ClientSettings | None = None,
        *,
        new_id: Callable[[], str] | None = None,
        home: Collection[str] = (),
        clock: ClockOffset | None = None,
    ) -> None:
        """Start unconnected.

        ``new_id`` gives unique message ids, by default 1, 2, 3, ...; ``home`` are the names by
        which advice may call the configured host; ``clock`` serves the timesync extension.
        """
        counter = itertools.count(1)
        self.settings = settings or ClientSettings()
        self.clock = clock or ClockOffset()
        self._home = home
        self._new_id = new_id or (lambda: str(next(counter)))
        self._outstanding = Outstanding()
        self._reset()

    def _reset(self) -> None:
        settings = self.settings
        self.state = State.UNCONNECTED
        self.client_id: str | None = None
        self.subscriptions: set[str] = set()
        self._choice = TransportChoice(settings.transports, settings.opening)
        self._hosts = Hosts(self._home)
        self._comeback = Comeback(self.transport, settings.backoff, settings.backoff_limit)
        self._ack = Acknowledging(settings.ack)
        self._composer = Composer(self._ack, self.clock if settings.timesync else None)
        self._queue: list[Message] = []
        self._command: Post | None = None
        self._connect: Post | None = None
        self._first = True
        self._rounds = 0
        self._outstanding.clear()

    @property
    def transport(self) -> Transport:
        """Return the transport that the next request will take."""
        return self._choice.current

    # What the caller wants.

    def handshake(self) -> None:
        """Open a session. Raises :class:`ValueError` when there is one already."""
        if self.state is not State.UNCONNECTED:
            raise ValueError(f"cannot shake hands: the session is {self.state}")
        self.state = State.HANDSHAKING

    def subscribe(self, channel: str) -> None:
        """Ask for deliveries on ``channel``, a name or a pattern. Raises :class:`QueueFull`."""
        self._enqueue(wire.META_SUBSCRIBE, subscription=channel)

    def unsubscribe(self, channel: str) -> None:
        """Ask for no more deliveries on ``channel``. Raises :class:`QueueFull`."""
        self._enqueue(wire.META_UNSUBSCRIBE, subscription=channel)

    def publish(self, channel: str, data: Any) -> str:
        """Send ``data`` to ``channel``; returns the id under which its fate will be told.

        Raises :class:`QueueFull`.
        """
        return self._enqueue(channel, data=data)

    def disconnect(self) -> list[ClientEvent]:
        """End the session after what is queued; where there is none yet, give up opening it."""
        if self.state is not State.CONNECTED:
            return self.drop()
        self._queue.append(self._request(wire.META_DISCONNECT))
        self.state = State.DISCONNECTING
        return []

    def drop(self) -> list[ClientEvent]:
        """Forget the session without telling the server; replies to come are ignored."""
        return [] if self.state is State.UNCONNECTED else self._end("dropped")

    def _enqueue(self, channel: str, **fields: Any) -> str:
        if len(self._queue) >= self.settings.max_queue:
            raise QueueFull(f"{len(self._queue)} messages wait to be sent already")
        request = self._request(channel, **fields)
        self._queue.append(request)
        return str(request["id"])

    def _request(self, channel: str, **fields: Any) -> Message:
        return {"channel": channel, "id": self._new_id(), **fields}

    # What the binding must do.

    def requests(self, now: float) -> list[Post]:
        """Return the requests that are due; each is returned once."""
        due = []
        if self._command is None and (messages := self._next_command(now)):
            self._command = self._post(messages, now, 0.0)
            due.append(self._command)
        if self._connect is None and self.state is State.CONNECTED and now >= self._comeback.due:
            message, hold = self._next_connect(now)
            self._connect = self._post([message], now, hold)
            due.append(self._connect)
        return due

    def next_deadline(self) -> float | None:
        """Return when :meth:`requests` will have something that it has not now."""
        waiting = (self.state is State.HANDSHAKING and self._command is None) or (
            self.state is State.CONNECTED and self._connect is None
        )
        return self._comeback.due if waiting else None

    def awaits(self, number: int) -> bool:
        """Tell whether request ``number`` still waits for its answer."""
        return self._outstanding.is_open(number)

    def _post(self, messages: list[Message], now: float, hold: float) -> Post:
        patience = hold + self.settings.grace
        return self._outstanding.post(messages, now, patience, self.transport, self._hosts.current)

    def _next_command(self, now: float) -> list[Message]:
        if self.state is State.HANDSHAKING:
            if now < self._comeback.due:
                return []
            return [self._composer.handshake(self._new_id(), self._choice.offered, now)]
        if self.state is State.UNCONNECTED:
            return []
        # A query is short: messages go one by one where they travel in a URL.
        one_by_one = self.transport is Transport.CALLBACK_POLLING
        most = 1 if one_by_one else self.settings.max_batch
        batch, self._queue = self._queue[:most], self._queue[most:]
        return [self._composer.complete(message, self.client_id, now) for message in batch]

    def _next_connect(self, now: float) -> tuple[Message, float]:
        """Return the connect to send and how long the server may hold it, in seconds.

        The first asks to be answered at once, which proves that the session lives; a server may
        hold it all the same, so it is given the time for that.
        """
        asked = 0.0 if self._first else self.settings.hold
        self._first = False
        message = self._composer.connect(self._new_id(), self.client_id, self.transport, asked, now)
        return message, max(self._comeback.hold(self.settings.unadvised_hold), asked or 0.0)

    # What came of it.

    def received(self, number: int, messages: Sequence[Message], now: float) -> list[ClientEvent]:
        """Take the messages that answered request ``number``, complete at ``now``.

        Deliveries count in any answer, replies only in that of an open request.
        """
        new = self._are_new(messages)
        post = self._take(number)
        events: list[ClientEvent] = []
        for message in messages:
            if wire.is_delivery(message):
                events += [Delivered(message, now)] if new else []
            elif post and (request := self._outstanding.request_of(message, post)):
                events += self._settle(request, message, post, now)
        for request in self._outstanding.unanswered(post) if post else ():
            # The reply to a publish MAY be left out ("Publish Response"); no other may.
            missing = Fault("the answer holds no reply to it")
            left_out = "data" in request
            events += [confirmed(request)] if left_out else self._fail(request, missing, now)
        return events

    def streamed(self, messages: Sequence[Message], now: float) -> list[ClientEvent]:
        """Take the messages of one frame, complete at ``now``, whatever they answer."""
        new = self._are_new(messages)
        events: list[ClientEvent] = []
        for message in messages:
            if wire.is_delivery(message):
                events += [Delivered(message, now)] if new else []
            elif post := self._outstanding.post_of(message):
                request = self._outstanding.request_of(message, post)
                if self._outstanding.is_answered(post):
                    self._take(post.number)
                events += self._settle(request, message, post, now) if request else []
        return events

    def failed(
        self,
        number: int,
        reason: str,
        now: float,
        *,
        status: int | None = None,
        unusable: bool = False,
    ) -> list[ClientEvent]:
        """Take note that request ``number`` had no usable answer, and why (HTTP ``status``).

        ``unusable`` says that nothing was sent, because its transport cannot be used here.
        """
        post = self._take(number)
        if post is None:
            return []
        if unusable or (self.state is State.HANDSHAKING and self.client_id is None):
            fallen = self._fall_back(post, reason, now)
            if fallen is not None:
                return fallen
        events: list[ClientEvent] = []
        for request in self._outstanding.unanswered(post):
            events += self._fail(request, Fault(reason, status=status), now)
        return events

    def _take(self, number: int) -> Post | None:
        post = self._outstanding.take(number)
        if post is self._command:
            self._command = None
        elif post is self._connect:
            self._connect = None
        return post

    def _are_new(self, messages: Sequence[Message]) -> bool:
        """Tell whether the deliveries among ``messages`` have not been taken before."""
        for message in messages:
            if message.get("channel") == wire.META_CONNECT:
                expected = self._outstanding.post_of(message) is not None
                return self._ack.takes(message, expected=expected)
        return True

    # Reading replies.

    def _settle(
        self, request: Message, reply: Message, post: Post, now: float
    ) -> list[ClientEvent]:
        events: list[ClientEvent] = []
        self._composer.hear(reply, now)
        if "advice" in reply:
            events.append(Advised(self._comeback.hear(reply["advice"])))
        if reply.get("successful") is True:
            return events + self._succeed(request, reply, post, now)
        reason = str(reply.get("error") or "refused without an error text")
        return events + self._fail(request, Fault(reason, reply), now)

    def _succeed(
        self, request: Message, reply: Message, post: Post, now: float
    ) -> list[ClientEvent]:
        match request["channel"]:
            case wire.META_HANDSHAKE:
                return self._handshaken(request, reply, now)
            case wire.META_CONNECT:
                self._comeback.succeeded()
                return [Connected(now, post.sent), *self._follow_advice(now)]
            case wire.META_DISCONNECT:
                return self._end("disconnected")
            case wire.META_SUBSCRIBE:
                self.subscriptions.add(request["subscription"])
            case wire.META_UNSUBSCRIBE:
                self.subscriptions.discard(request["subscription"])
        return [confirmed(request)]

    def _fail(self, request: Message, fault: Fault, now: float) -> list[ClientEvent]:
        events: list[ClientEvent] = []
        match request["channel"]:
            case wire.META_DISCONNECT:
                reason = f"disconnected, though the server did not confirm it: {fault.reason}"
                return self._end(reason)
            case wire.META_HANDSHAKE:
                events = self._handshake_again(fault.reply, now)
            case wire.META_CONNECT:
                self._comeback.failed(now)
                events = self._follow_advice(now)
            case wire.META_SUBSCRIBE if fault.denies:
                self.subscriptions.discard(request["subscription"])
        return [failed(request, fault), *events]

    def _handshaken(self, request: Message, reply: Message, now: float) -> list[ClientEvent]:
        client_id = reply.get("clientId")
        if not isinstance(client_id, str) or not client_id:
            return self._fail(request, Fault("the reply names no clientId", reply), now)
        if not self._choice.agree(reply.get("supportedConnectionTypes")):
            return self._fail(request, Fault("no transport is common to both", reply), now)
        self.client_id = client_id
        self.state = State.CONNECTED
        self._first = True
        self._rounds = 0
        self._hosts.succeeded()
        self._comeback.succeeded()
        self._comeback.transport = self.transport
        self._comeback.due = now
        renewed = [
            self._request(wire.META_SUBSCRIBE, subscription=channel)
            for channel in sorted(self.subscriptions)
        ]
        self._queue = renewed + self._queue
        return [Handshaken(client_id)]

    # Coming back.

    def _follow_advice(self, now: float) -> list[ClientEvent]:
        """Decide what comes after a connect: another, a handshake, or nothing more."""
        if self.state is not State.CONNECTED:
            return []
        hosts = self._comeback.advice.hosts
        reconnect = self._comeback.decide(now)
        if reconnect is Reconnect.NONE:
            return self._end("the server's advice is not to reconnect")
        if reconnect is Reconnect.HANDSHAKE:
            self.state = State.HANDSHAKING
            self._hosts.advised(hosts if self.settings.follow_hosts else ())
        return []

    def _handshake_again(self, reply: Message | None, now: float) -> list[ClientEvent]:
        """Go on negotiating if the server wants it, or try a lost session's handshake again.

        Any other failure of a first handshake is the caller's affair ("Unsuccessful Handshake
        Response").
        """
        advice = self._comeback.advice
        negotiating = reply is not None and advice.reconnect is Reconnect.HANDSHAKE
        self._rounds += 1
        if self.client_id is None and not (
            negotiating and self._rounds <= self.settings.max_negotiation
        ):
            self._reset()
            return []
        if advice.hosts and self.settings.follow_hosts:
            self._hosts.advised(advice.hosts)
        else:
            self._hosts.failed()
        self._comeback.failed(now)
        if self._comeback.decide(now) is Reconnect.NONE:
            return self._end("the server's advice is not to shake hands again")
        return []

    def _fall_back(self, post: Post, reason: str, now: float) -> list[ClientEvent] | None:
        """Go on with another transport, if there is one; what was not sent is sent by it."""
        events: list[ClientEvent] = []
        if post.transport is self.transport:
            if not self._choice.give_up():
                return None
            self._comeback.transport = self.transport
            self._comeback.due = now
            self._first = True
            events.append(FellBack(post.transport, self.transport, reason))
        self._queue[:0] = [
            request
            for request in self._outstanding.unanswered(post)
            if request["channel"] not in (wire.META_HANDSHAKE, wire.META_CONNECT)
        ]
        return events

    def _end(self, reason: str) -> list[ClientEvent]:
        self._reset()
        return [Disconnected(reason)]
