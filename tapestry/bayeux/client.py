"""The client's side of Bayeux 1.0, without sockets: what to send, and what an answer means.

A desktop's library hides its session from the application; a judge must see all of it, on a clock
of its own. So this machine says which requests are due, takes what came back and returns events.
It keeps to two connections, one of them for connects alone (Bayeux 1.0, section 1.4.8), so that
bindings for long-polling, callback-polling and WebSocket can drive it alike.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tapestry.bayeux import message as wire
from tapestry.bayeux.advice import Reconnect
from tapestry.bayeux.client_events import (
    Advised,
    ClientEvent,
    Connected,
    ConnectFailed,
    Delivered,
    Disconnected,
    HandshakeFailed,
    Handshaken,
    Published,
    PublishFailed,
    Subscribed,
    SubscribeFailed,
    Unsubscribed,
    UnsubscribeFailed,
)
from tapestry.bayeux.comeback import Comeback
from tapestry.bayeux.message import Message, Transport
from tapestry.bayeux.outstanding import Outstanding, Post

__all__ = [
    "Advised",
    "BayeuxClient",
    "ClientEvent",
    "ClientSettings",
    "ConnectFailed",
    "Connected",
    "Delivered",
    "Disconnected",
    "HandshakeFailed",
    "Handshaken",
    "Post",
    "PublishFailed",
    "Published",
    "State",
    "SubscribeFailed",
    "Subscribed",
    "UnsubscribeFailed",
    "Unsubscribed",
]

BAYEUX_VERSION = "1.0"


class State(StrEnum):
    """Where the session stands (Bayeux 1.0, section 1.4.1, with the disconnect told apart)."""

    UNCONNECTED = "unconnected"
    HANDSHAKING = "handshaking"
    CONNECTED = "connected"
    DISCONNECTING = "disconnecting"


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """How a client behaves; times in seconds.

    ``hold`` asks the server to hold each connect so long, ``None`` leaves it to the server;
    ``unadvised_hold`` is how long it may hold when it says nothing; ``grace`` is what an answer
    may take beyond that. A broken connect is tried again at once, then one ``backoff`` later each
    time, up to ``backoff_limit``.
    """

    transport: Transport = Transport.LONG_POLLING
    hold: float | None = None
    unadvised_hold: float = 60.0
    grace: float = 10.0
    backoff: float = 1.0
    backoff_limit: float = 60.0


@dataclass(frozen=True, slots=True)
class _Fault:
    """Why a message failed: the reply that says so, or what became of its request."""

    reason: str
    reply: Message | None = None
    status: int | None = None


class BayeuxClient:
    """One client's session: commands in, requests out; answers in, events out.

    Ask :meth:`requests` after every call and whenever :meth:`next_deadline` has come; carry each
    request out and report it by :meth:`received` or :meth:`failed`.
    """

    def __init__(
        self,
        settings: ClientSettings | None = None,
        *,
        new_id: Callable[[], str] | None = None,
    ) -> None:
        """Start unconnected. ``new_id`` gives unique message ids, by default 1, 2, 3, ..."""
        counter = itertools.count(1)
        self.settings = settings or ClientSettings()
        self._new_id = new_id or (lambda: str(next(counter)))
        self._outstanding = Outstanding()
        self._reset()

    def _reset(self) -> None:
        self.state = State.UNCONNECTED
        self.client_id: str | None = None
        self.subscriptions: set[str] = set()
        settings = self.settings
        self._comeback = Comeback(settings.transport, settings.backoff, settings.backoff_limit)
        self._queue: list[Message] = []
        self._command: Post | None = None
        self._connect: Post | None = None
        self._first = True
        self._outstanding.clear()

    # What the caller wants.

    def handshake(self) -> None:
        """Open a session. Raises :class:`ValueError` when there is one already."""
        if self.state is not State.UNCONNECTED:
            raise ValueError(f"cannot shake hands: the session is {self.state}")
        self.state = State.HANDSHAKING

    def subscribe(self, channel: str) -> None:
        """Ask for deliveries on ``channel``, a name or a pattern."""
        self._enqueue(wire.META_SUBSCRIBE, subscription=channel)

    def unsubscribe(self, channel: str) -> None:
        """Ask for no more deliveries on ``channel``."""
        self._enqueue(wire.META_UNSUBSCRIBE, subscription=channel)

    def publish(self, channel: str, data: Any) -> str:
        """Send ``data`` to ``channel``; returns the id under which its fate will be told."""
        return self._enqueue(channel, data=data)

    def disconnect(self) -> list[ClientEvent]:
        """End the session after what is queued; where there is none yet, give up opening it."""
        if self.state is not State.CONNECTED:
            return self.drop()
        self._enqueue(wire.META_DISCONNECT)
        self.state = State.DISCONNECTING
        return []

    def drop(self) -> list[ClientEvent]:
        """Forget the session without telling the server; replies to come are ignored."""
        return [] if self.state is State.UNCONNECTED else self._end("dropped")

    # What the binding must do, and what came of it.

    def requests(self, now: float) -> list[Post]:
        """Return the requests that are due; each is returned once."""
        due = []
        if self._command is None and (messages := self._next_command(now)):
            self._command = self._outstanding.post(messages, now, self.settings.grace)
            due.append(self._command)
        if self._connect is None and self.state is State.CONNECTED and now >= self._comeback.due:
            message, hold = self._next_connect()
            self._connect = self._outstanding.post([message], now, hold + self.settings.grace)
            due.append(self._connect)
        return due

    def next_deadline(self) -> float | None:
        """Return when :meth:`requests` will have something that it has not now."""
        waiting = (self.state is State.HANDSHAKING and self._command is None) or (
            self.state is State.CONNECTED and self._connect is None
        )
        return self._comeback.due if waiting else None

    def received(self, number: int, messages: Sequence[Message], now: float) -> list[ClientEvent]:
        """Take the messages that answered request ``number``, complete at ``now``.

        Deliveries count in any answer, replies only in that of an open request.
        """
        post = self._take(number)
        events: list[ClientEvent] = []
        for message in messages:
            if wire.is_delivery(message):
                events.append(Delivered(message, now))
            elif post and (request := self._outstanding.request_of(message, post)):
                events += self._settle(request, message, post, now)
        for request in self._outstanding.unanswered(post) if post else ():
            # The reply to a publish MAY be left out (section 5.1.2); no other may.
            published = "data" in request
            missing = _Fault("the answer holds no reply to it")
            events += [Published(request["id"])] if published else self._fail(request, missing, now)
        return events

    def failed(
        self, number: int, reason: str, now: float, *, status: int | None = None
    ) -> list[ClientEvent]:
        """Take note that request ``number`` had no usable answer, and why (HTTP ``status``)."""
        post = self._take(number)
        events: list[ClientEvent] = []
        for request in self._outstanding.unanswered(post) if post else ():
            events += self._fail(request, _Fault(reason, status=status), now)
        return events

    def _take(self, number: int) -> Post | None:
        post = self._outstanding.take(number)
        if post is self._command:
            self._command = None
        elif post is self._connect:
            self._connect = None
        return post

    # Composing messages.

    def _enqueue(self, channel: str, **fields: Any) -> str:
        identifier = self._new_id()
        self._queue.append({"channel": channel, "id": identifier, **fields})
        return identifier

    def _next_command(self, now: float) -> list[Message]:
        if self.state is State.HANDSHAKING:
            return [self._handshake_message()] if now >= self._comeback.due else []
        if self.state is State.UNCONNECTED:
            return []
        queue, self._queue = self._queue, []
        return [message | {"clientId": self.client_id} for message in queue]

    def _handshake_message(self) -> Message:
        return {
            "channel": wire.META_HANDSHAKE,
            "id": self._new_id(),
            "version": BAYEUX_VERSION,
            "minimumVersion": BAYEUX_VERSION,
            "supportedConnectionTypes": [self.settings.transport.value],
        }

    def _next_connect(self) -> tuple[Message, float]:
        """Return the connect to send and how long the server may hold it, in seconds.

        The first asks to be answered at once, which proves that the session lives; a server may
        hold it all the same, so it is given the time for that.
        """
        message: Message = {
            "channel": wire.META_CONNECT,
            "id": self._new_id(),
            "clientId": self.client_id,
            "connectionType": self.settings.transport.value,
        }
        asked = 0.0 if self._first else self.settings.hold
        self._first = False
        if asked is not None:
            message["advice"] = {"timeout": round(asked * 1000)}
        return message, max(self._comeback.hold(self.settings.unadvised_hold), asked or 0.0)

    # Reading replies.

    def _settle(
        self, request: Message, reply: Message, post: Post, now: float
    ) -> list[ClientEvent]:
        events: list[ClientEvent] = []
        if "advice" in reply:
            events.append(Advised(self._comeback.hear(reply["advice"])))
        if reply.get("successful") is True:
            return events + self._succeed(request, reply, post, now)
        reason = str(reply.get("error") or "refused without an error text")
        return events + self._fail(request, _Fault(reason, reply), now)

    def _succeed(
        self, request: Message, reply: Message, post: Post, now: float
    ) -> list[ClientEvent]:
        match request["channel"]:
            case wire.META_HANDSHAKE:
                return self._handshaken(request, reply, now)
            case wire.META_CONNECT:
                self._comeback.succeeded()
                return [Connected(now, post.sent), *self._follow_advice(now)]
            case wire.META_SUBSCRIBE:
                self.subscriptions.add(request["subscription"])
                return [Subscribed(request["subscription"])]
            case wire.META_UNSUBSCRIBE:
                self.subscriptions.discard(request["subscription"])
                return [Unsubscribed(request["subscription"])]
            case wire.META_DISCONNECT:
                return self._end("disconnected")
        return [Published(request["id"])]

    def _fail(self, request: Message, fault: _Fault, now: float) -> list[ClientEvent]:
        reply, reason, status = fault.reply, fault.reason, fault.status
        match request["channel"]:
            case wire.META_HANDSHAKE:
                return [HandshakeFailed(reply, reason, status), *self._handshake_again(now)]
            case wire.META_CONNECT:
                self._comeback.failed()
                return [ConnectFailed(reply, reason, status), *self._follow_advice(now)]
            case wire.META_SUBSCRIBE:
                if reply is not None:
                    self.subscriptions.discard(request["subscription"])
                return [SubscribeFailed(reply, request["subscription"], reason, status)]
            case wire.META_UNSUBSCRIBE:
                return [UnsubscribeFailed(reply, request["subscription"], reason, status)]
            case wire.META_DISCONNECT:
                return self._end(f"disconnected, though the server did not confirm it: {reason}")
        return [PublishFailed(reply, request["id"], reason, status)]

    def _handshaken(self, request: Message, reply: Message, now: float) -> list[ClientEvent]:
        client_id = reply.get("clientId")
        if not isinstance(client_id, str) or not client_id:
            return self._fail(request, _Fault("the reply names no clientId", reply), now)
        self.client_id = client_id
        self.state = State.CONNECTED
        self._first = True
        self._comeback.succeeded()
        self._comeback.due = now
        waiting, self._queue = self._queue, []
        for channel in sorted(self.subscriptions):
            self.subscribe(channel)
        self._queue += waiting
        return [Handshaken(client_id)]

    # Coming back.

    def _follow_advice(self, now: float) -> list[ClientEvent]:
        """Decide what comes after a connect: another, a handshake, or nothing more."""
        if self.state is not State.CONNECTED:
            return []
        reconnect = self._comeback.decide(now)
        if reconnect is Reconnect.NONE:
            return self._end("the server's advice is not to reconnect")
        if reconnect is Reconnect.HANDSHAKE:
            self.state = State.HANDSHAKING
        return []

    def _handshake_again(self, now: float) -> list[ClientEvent]:
        """Try a lost session's handshake again; the first one is the caller's to repeat."""
        if self.client_id is None:
            self._reset()
            return []
        self._comeback.failed()
        if self._comeback.decide(now) is Reconnect.NONE:
            return self._end("the server's advice is not to shake hands again")
        return []

    def _end(self, reason: str) -> list[ClientEvent]:
        self._reset()
        return [Disconnected(reason)]
