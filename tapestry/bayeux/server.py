"""The server side of Bayeux 1.0 as a machine without I/O: messages and the time in, effects out.

The reference implementation and the player both stand on it, and every rule of the protocol can be
tested on it with a virtual clock. It knows no HTTP: a *link* is where replies go and a session
outlives its links. Where the specification leaves a choice, it does what CometD's Java server does.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from tapestry.bayeux import errors
from tapestry.bayeux.ack import Acknowledgement
from tapestry.bayeux.channel import is_name
from tapestry.bayeux.connects import answer_connect
from tapestry.bayeux.effects import (
    Batch,
    Effect,
    Published,
    Refuse,
    Reply,
    Request,
    SessionClosed,
    SessionOpened,
    Subscribed,
    Unsubscribed,
)
from tapestry.bayeux.errors import BayeuxError
from tapestry.bayeux.extension import Extension, Extensions
from tapestry.bayeux.handshake import answer_handshake, without_company
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
from tapestry.bayeux.replies import NEVER_AGAIN, echo, refusal, success, unknown_session
from tapestry.bayeux.session import CloseReason, Session
from tapestry.bayeux.sessions import Sessions
from tapestry.bayeux.settings import ServerSettings
from tapestry.bayeux.subscriptions import subscribe, unsubscribe
from tapestry.bayeux.timesync import TimeSync

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
LONGEST_ID = 1000  # characters


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
        extensions: Sequence[Extension] | None = None,
    ) -> None:
        """Begin without sessions.

        ``new_id`` makes clientIds: 128 random bits ("Client ID"). ``extensions`` are ``ack`` and
        ``timesync`` unless given.
        """
        self._allow = allow
        known = (Acknowledgement(), TimeSync()) if extensions is None else extensions
        self._extensions = Extensions(known)
        self._sessions = Sessions(settings, self._extensions, new_id)
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

    @property
    def closed(self) -> bool:
        """Tell whether :meth:`close` was called."""
        return self._closed

    def receive(self, batch: Batch, now: float) -> list[Effect]:
        """Take the messages of one request or frame; it is answered now, or held for later.

        Deliveries that wait for the session ride in this answer, before the replies.
        """
        if self._closed:
            return [Refuse(batch.link, CLOSED)]
        messages = without_company(batch.messages)
        rider = self._sessions.rider(messages, batch.principal)
        self._sessions.riding = rider
        answers = [self._answer(message, batch, now) for message in messages]
        self._sessions.riding = None
        replies = [reply for answer in answers for reply in answer]
        ends = bool(replies) or not messages  # else a connect is held, on which deliveries may ride
        events = rider.queue.take() if rider and (ends or batch.streaming) else []
        if ends or events:
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

    def overflowed(self, link: Hashable, now: float) -> list[Effect]:
        """Note that the peer of ``link`` reads too slowly: the sessions on it are dropped."""
        self._sessions.overflowed(link, now)
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

    def _answer(self, message: Message, batch: Batch, now: float) -> list[Message]:
        """Return what one message is answered; nothing when it is a connect that is held."""
        fault = _fault(message)
        if fault is not None:
            return [refusal(message, fault, **echo(message, "subscription"))]
        session = self._sessions.find(message.get("clientId"), batch.principal)
        if session is not None:
            self._sessions.meet(session, batch)
        if is_meta(message["channel"]):
            request = Request(message, batch, self._extensions.read(message), now)
            return self._answer_meta(request, session)
        if session is None and "clientId" in message:
            return [unknown_session(message)]
        return [self._publish(message, session, now)]

    def _answer_meta(self, request: Request, session: Session | None) -> list[Message]:
        channel, said, at = request.message["channel"], request.said, request.at
        answer: Message | None
        if channel == META_HANDSHAKE:
            answer, session = answer_handshake(request, self._sessions, self._allow)
        elif session is None:
            answer = unknown_session(request.message)
        else:
            self._extensions.hear(said, channel, session)
            answer = self._answer_in_session(request, session)
            if answer is None:
                return []
            if channel == META_CONNECT and answer["successful"]:
                return self._sessions.with_deliveries(session, answer, said, at, at)
        return [self._extensions.complete(answer, said, session, at, at)]

    def _answer_in_session(self, request: Request, session: Session) -> Message | None:
        message = request.message
        channel = message["channel"]
        if channel == META_CONNECT:
            return answer_connect(request, session, self._sessions)
        if channel == META_DISCONNECT:
            return self._disconnect(message, session, request.at)
        if channel == META_SUBSCRIBE:
            most = self.settings.max_subscriptions
            return subscribe(message, session, self._allow, most, self._tell)
        if channel == META_UNSUBSCRIBE:
            return unsubscribe(message, session, self._tell)
        return refusal(message, errors.CHANNEL_UNKNOWN)

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


def _fault(message: Message) -> BayeuxError | None:
    """Return what keeps a message from being understood at all.

    An ``id`` is a short text or number ("id"): it may have to be kept for as long as a connect.
    """
    channel = message.get("channel")
    if channel is None:
        return errors.CHANNEL_MISSING
    if not is_name(channel):
        return errors.CHANNEL_INVALID
    number = message.get("id")
    if isinstance(number, list | dict) or (isinstance(number, str) and len(number) > LONGEST_ID):
        return errors.MESSAGE_ID_INVALID
    return None
