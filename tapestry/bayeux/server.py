"""The server side of Bayeux 1.0 as a machine without I/O: messages and the time in, effects out.

The reference implementation and the player both stand on it, and every rule of the protocol can be
tested on it with a virtual clock. It knows no HTTP: a *link* is where replies go and a session
outlives its links. Where the specification leaves a choice, it does what CometD's Java server does.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from tapestry.bayeux import errors
from tapestry.bayeux.advice import Advice
from tapestry.bayeux.channel import is_name
from tapestry.bayeux.effects import (
    Batch,
    Effect,
    Published,
    Refuse,
    Reply,
    SessionClosed,
    SessionOpened,
    Subscribed,
    Unsubscribed,
)
from tapestry.bayeux.handshake import VERSION, handshake_fault, without_company
from tapestry.bayeux.message import (
    META_CONNECT,
    META_DISCONNECT,
    META_HANDSHAKE,
    META_SUBSCRIBE,
    META_UNSUBSCRIBE,
    Message,
    is_meta,
    is_service,
)
from tapestry.bayeux.policy import AllowAll, Policy
from tapestry.bayeux.replies import (
    NEVER_AGAIN,
    refusal,
    success,
    unknown_session,
)
from tapestry.bayeux.session import CloseReason, Session
from tapestry.bayeux.sessions import Sessions
from tapestry.bayeux.settings import ServerSettings
from tapestry.bayeux.subscriptions import subscribe, unsubscribe

__all__ = [
    "AllowAll",
    "Batch",
    "BayeuxServer",
    "CloseReason",
    "Effect",
    "Policy",
    "Published",
    "Refuse",
    "Reply",
    "ServerSettings",
    "Session",
    "SessionClosed",
    "SessionOpened",
    "Subscribed",
    "Unsubscribed",
]

CLOSED = 503


class BayeuxServer:
    """All sessions of one endpoint.

    Every method that may change something takes ``now`` (seconds on any monotonic clock) and
    returns the effects in the order in which they must be carried out.
    """

    def __init__(
        self,
        settings: ServerSettings = ServerSettings(),  # noqa: B008 - frozen
        *,
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
        allow: Policy = AllowAll(),  # noqa: B008 - has no state
    ) -> None:
        """Begin without sessions. ``new_id`` makes clientIds: 128 random bits ("Client ID")."""
        self._new_id = new_id
        self._allow = allow
        self._sessions = Sessions(settings)
        self._closed = False

    @property
    def settings(self) -> ServerSettings:
        """Return the settings; new ones hold, and are told to clients, from the next reply on."""
        return self._sessions.settings

    @settings.setter
    def settings(self, settings: ServerSettings) -> None:
        self._sessions.settings = settings

    @property
    def sessions(self) -> Mapping[str, Session]:
        """Return a live view of the sessions by clientId."""
        return self._sessions.by_id

    def receive(self, batch: Batch, now: float) -> list[Effect]:
        """Take the messages of one request; its link is answered now, or held for later.

        Deliveries that wait for the session ride in this answer, before the replies.
        """
        if self._closed:
            return [Refuse(batch.link, CLOSED)]
        messages = without_company(batch.messages)
        rider = self._sessions.rider(messages, batch.principal)
        self._sessions.riding = rider
        answers = [self._answer(message, batch, now) for message in messages]
        self._sessions.riding = None
        replies = [answer for answer in answers if answer is not None]
        if replies or not messages:
            events = rider.drain() if rider else []
            self._tell(Reply(batch.link, [*events, *replies]))
        return self._effects()

    def publish(
        self,
        channel: str,
        data: Any,
        now: float,
        *,
        only: Callable[[Session], bool] = lambda _: True,
        message_id: Any = None,
    ) -> list[Effect]:
        """Deliver ``data`` once to each session subscribed to ``channel`` for which ``only`` holds.

        Raises ``ValueError`` for a meta or service channel: they are never broadcast
        ("Meta Channels", MUST NOT; "Service Channels").
        """
        if is_meta(channel) or is_service(channel):
            raise ValueError(f"{channel} is not a broadcast channel")
        event = {"channel": channel, "data": data}
        if message_id is not None:
            event["id"] = message_id
        self._sessions.broadcast(event, now, only)
        return self._effects()

    def deliver(self, session_id: str, channel: str, data: Any, now: float) -> list[Effect]:
        """Deliver ``data`` to one session, subscribed or not; nothing when it is unknown."""
        session = self.sessions.get(session_id)
        if session is not None:
            self._sessions.enqueue(session, {"channel": channel, "data": data}, now)
        return self._effects()

    def lost(self, link: Hashable, now: float) -> list[Effect]:
        """Note that the peer of ``link`` is gone; the session lives on for its next connect."""
        self._sessions.lost(link, now)
        return self._effects()

    def expire(self, session_id: str, now: float) -> list[Effect]:
        """Drop a session at once: its user logged out, or a test wants it gone."""
        session = self.sessions.get(session_id)
        if session is not None:
            last = unknown_session({"channel": META_CONNECT})
            self._sessions.drop(session, CloseReason.REMOVED, now, last)
        return self._effects()

    def tick(self, now: float) -> list[Effect]:
        """Answer the connects that were held long enough and drop the sessions that expired."""
        self._sessions.tick(now)
        return self._effects()

    def next_deadline(self) -> float | None:
        """Return when :meth:`tick` has something to do next, ``None`` when never."""
        return self._sessions.next_deadline()

    def close(self, now: float) -> list[Effect]:
        """Release every held connect and forget all sessions; later requests are refused.

        The connects end as if their time were up: the official JavaScript client stops for good at
        a successful reply that advises a handshake.
        """
        self._closed = True
        for session in list(self.sessions.values()):
            self._sessions.drop(session, CloseReason.SERVER_CLOSED, now)
        return self._effects()

    def _tell(self, effect: Effect) -> None:
        self._sessions.effects.append(effect)

    def _effects(self) -> list[Effect]:
        effects, self._sessions.effects = self._sessions.effects, []
        return effects

    def _answer(self, message: Message, batch: Batch, now: float) -> Message | None:
        """Return the reply to one message, ``None`` for a connect that is held."""
        channel = message.get("channel")
        if channel is None:
            return refusal(message, errors.CHANNEL_MISSING)
        if not is_name(channel):
            return refusal(message, errors.CHANNEL_INVALID)
        if channel == META_HANDSHAKE:
            return self._handshake(message, batch, now)
        session = self._sessions.find(message.get("clientId"), batch.principal)
        if session is not None:
            return self._answer_in_session(message, session, batch, now)
        if is_meta(channel) or "clientId" in message:
            return unknown_session(message)
        return self._publish(message, None, now)

    def _answer_in_session(
        self, message: Message, session: Session, batch: Batch, now: float
    ) -> Message | None:
        channel = message["channel"]
        if channel == META_CONNECT:
            return self._connect(message, session, batch, now)
        if channel == META_DISCONNECT:
            return self._disconnect(message, session, now)
        if channel == META_SUBSCRIBE:
            return subscribe(message, session, self._allow, self._tell)
        if channel == META_UNSUBSCRIBE:
            return unsubscribe(message, session, self._tell)
        if is_meta(channel):
            return refusal(message, errors.CHANNEL_UNKNOWN)
        return self._publish(message, session, now)

    def _handshake(self, message: Message, batch: Batch, now: float) -> Message:
        """Open a session ("Handshake")."""
        offered = [transport.value for transport in self.settings.transports]
        fault = handshake_fault(message, offered)
        if fault is None and not self._allow.may_handshake(batch.principal, message):
            fault = errors.HANDSHAKE_DENIED
        terms = {"version": VERSION, "supportedConnectionTypes": offered}
        if fault is not None:
            return refusal(message, fault, **terms, advice=NEVER_AGAIN)
        advice = self.settings.advice
        session = Session(self._new_id(), batch.principal, batch.browser, batch.transport, advice)
        self._sessions.open(session, now)
        return success(message, **terms, clientId=session.id, advice=advice.as_field())

    def _connect(
        self, message: Message, session: Session, batch: Batch, now: float
    ) -> Message | None:
        """Answer a connect, or hold it until there is something to deliver ("Connect").

        An older connect that is still held gives way. One that came with other messages is not
        held, or their replies would be late.
        """
        if message.get("connectionType", batch.transport) not in self.settings.transports:
            return refusal(message, errors.CONNECTION_TYPE_UNSUPPORTED)
        self._sessions.give_way(session)
        timeout = self._timeout(message, session)
        session.transport, session.connected = batch.transport, True
        reply = self._connect_reply(message, session)
        if timeout <= 0 or session.queue or len(batch.messages) > 1:
            self._sessions.await_connect(session, now)
            return reply
        self._sessions.hold(session, batch.link, reply, now + timeout)
        return None

    def _timeout(self, message: Message, session: Session) -> float:
        """Return how long to hold a connect, in seconds.

        The client's wish is honoured ("timeout advice field", SHOULD). The first connect of a
        session is not held without such a wish, so that a client soon knows that it works.
        """
        wish = Advice.parse(message.get("advice")).timeout
        if wish is not None:
            return min(wish, self.settings.longest_timeout)
        return self.settings.timeout if session.connected else 0

    def _connect_reply(self, message: Message, session: Session) -> Message:
        """Return the reply, with advice if the client sent some or ours is new to it."""
        told, session.advice = session.advice, self.settings.advice
        if "advice" in message or told != session.advice:
            return success(message, advice=session.advice.as_field())
        return success(message)

    def _disconnect(self, message: Message, session: Session, now: float) -> Message:
        """End the session and free the connect that is held for it ("Disconnect")."""
        self._sessions.drop(session, CloseReason.DISCONNECTED, now, {"advice": NEVER_AGAIN})
        return success(message)

    def _publish(self, message: Message, session: Session | None, now: float) -> Message:
        """Broadcast a client's event; on a service channel only the application hears it.

        What is broadcast is a new message: no ``clientId`` and no ``id`` leave with it.
        """
        channel = message["channel"]
        if "data" not in message:
            return refusal(message, errors.DATA_MISSING)
        if not self._allow.may_publish(session, channel, message):
            return refusal(message, errors.PUBLISH_DENIED)
        self._tell(Published(session, channel, message["data"], message))
        if not is_service(channel):
            self._sessions.broadcast({"channel": channel, "data": message["data"]}, now)
        return success(message)
