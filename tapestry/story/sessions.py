"""Follows Bayeux sessions through a tape: who opened one, what it subscribed to, what it got.

A session is one clientId, whatever transports it uses, and a recording may begin in the middle of
one. Events ride in any response of their session. Under the acknowledged-messages extension a
server sends a batch again until the client has confirmed it; that is one delivery, told twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tapestry.bayeux.message import (
    META_CONNECT,
    META_DISCONNECT,
    META_HANDSHAKE,
    META_SUBSCRIBE,
    META_UNSUBSCRIBE,
    Message,
    is_delivery,
)
from tapestry.story.model import Delivery, SessionEvent
from tapestry.story.resource import resource_id

_SUBSCRIPTIONS = {META_SUBSCRIBE: "subscribe", META_UNSUBSCRIBE: "unsubscribe"}


@dataclass(slots=True)
class _Session:
    """What is known of one session: open or not, and what the client has not confirmed yet."""

    key: str
    alive: bool = True
    acknowledged: int | None = None
    unconfirmed: list[tuple[int, str]] = field(default_factory=list)
    asked: dict[Any, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moment:
    """When and where messages passed: ms since the header, the agent, and the entry's index."""

    at: float
    agent: str
    entry: int


class Sessions:
    """All sessions of a tape. Yields events whose ``n`` is 0 and whose session is its key."""

    def __init__(self) -> None:
        """Start with no session."""
        self._sessions: dict[str, _Session] = {}
        self._sockets: dict[str, str] = {}

    def sent(
        self, messages: Sequence[Message], moment: Moment, socket: str | None = None
    ) -> Iterator[SessionEvent]:
        """Take in what a client sent; yields ``resume`` for a session never seen opening."""
        for message in messages:
            key = message.get("clientId")
            if not isinstance(key, str):
                continue
            if socket is not None:
                self._move(socket, key)
            if key not in self._sessions:
                yield self._resume(key, moment)
            session = self._sessions[key]
            if message["channel"] == META_CONNECT:
                session.acknowledged = _batch(message)
            elif message["channel"] in _SUBSCRIPTIONS:
                session.asked[message.get("id")] = message.get("subscription")

    def received(
        self,
        messages: Sequence[Message],
        moment: Moment,
        client_id: str | None,
        socket: str | None = None,
    ) -> Iterator[SessionEvent | Delivery]:
        """Take in what a server sent to ``client_id`` or over ``socket``."""
        key = client_id or self._sockets.get(socket or "")
        for message in messages:
            if message["channel"] == META_HANDSHAKE:
                key = message.get("clientId") or key
                if socket is not None and key:
                    self._sockets[socket] = key
                yield self._opened(message, moment)
        key = key or f"{socket or moment.agent} (unknown clientId)"
        if any(is_delivery(message) for message in messages) and key not in self._sessions:
            yield self._resume(key, moment)
        session = self._sessions.get(key)
        if session is not None:
            yield from self._replies(messages, moment, session)
            yield from self._deliveries(messages, moment, session)

    def _resume(self, key: str, moment: Moment) -> SessionEvent:
        self._sessions[key] = _Session(key)
        return _event(moment, key, "resume")

    def _move(self, socket: str, key: str) -> None:
        """Bind a socket to a clientId, with what came over it before any clientId was seen."""
        unnamed = self._sessions.pop(f"{socket} (unknown clientId)", None)
        if unnamed is not None:
            self._sessions.setdefault(key, unnamed)
        self._sockets[socket] = key

    def key_of(self, session: str) -> str:
        """Return the key by which a session is known in the end."""
        socket = session.removesuffix(" (unknown clientId)")
        return self._sockets.get(socket, session) if socket != session else session

    def _opened(self, reply: Message, moment: Moment) -> SessionEvent:
        key = reply.get("clientId")
        successful = bool(reply.get("successful")) and isinstance(key, str)
        if successful:
            self._sessions[str(key)] = _Session(str(key))
        return _event(moment, str(key) if successful else "", "open", successful=successful)

    def _replies(
        self, messages: Sequence[Message], moment: Moment, session: _Session
    ) -> Iterator[SessionEvent]:
        for message in messages:
            channel = message["channel"]
            successful = bool(message.get("successful"))
            if channel in _SUBSCRIPTIONS:
                asked = session.asked.pop(message.get("id"), None)
                for subscription in _as_list(message.get("subscription", asked)):
                    action = _SUBSCRIPTIONS[channel]
                    yield _event(moment, session.key, action, subscription, successful=successful)
            elif _closes(channel, successful=successful) and session.alive:
                session.alive = False
                yield _event(moment, session.key, "close", successful=successful)

    def _deliveries(
        self, messages: Sequence[Message], moment: Moment, session: _Session
    ) -> Iterator[Delivery]:
        batch = next((_batch(m) for m in messages if m["channel"] == META_CONNECT), None)
        resent = [] if batch is None else _unconfirmed(session)
        sent_now = []
        for message in filter(is_delivery, messages):
            content = json.dumps([message["channel"], message["data"]], sort_keys=True)
            sent_now.append(content)
            if resent and resent[0] == content:
                resent.pop(0)
                continue
            yield _delivery(message, moment, session.key)
        if batch is not None:
            session.unconfirmed = [(batch, content) for content in sent_now]


def _unconfirmed(session: _Session) -> list[str]:
    """Return what the client has not confirmed: the server sends it again, and first."""
    confirmed = session.acknowledged
    if confirmed is None:
        return []
    return [content for batch, content in session.unconfirmed if batch > confirmed]


def _delivery(message: Message, moment: Moment, key: str) -> Delivery:
    data = message["data"]
    named = data if isinstance(data, dict) else {}
    return Delivery(
        n=0,
        at=moment.at,
        agent=moment.agent,
        session=key,
        channel=message["channel"],
        data=data,
        message_type=_text(named.get("messageType")),
        notification_type=_text(named.get("notificationType")),
        interaction=resource_id(data),
        entry=moment.entry,
    )


def _event(
    moment: Moment, key: str, action: str, channel: Any = None, *, successful: bool = True
) -> SessionEvent:
    return SessionEvent(
        n=0,
        at=moment.at,
        agent=moment.agent,
        session=key,
        action=action,
        channel=_text(channel),
        successful=successful,
    )


def _closes(channel: str, *, successful: bool) -> bool:
    return channel == META_DISCONNECT or (channel == META_CONNECT and not successful)


def _batch(message: Message) -> int | None:
    """Return the batch number of the acknowledged-messages extension, ``None`` without it."""
    ext = message.get("ext")
    batch = ext.get("ack") if isinstance(ext, dict) else None
    return batch if isinstance(batch, int) and not isinstance(batch, bool) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
