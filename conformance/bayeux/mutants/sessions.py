"""Mutants that keep sessions badly: held too long, too often, for ever, or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from conformance.bayeux.mutants.fault import Fault, Mutant
from tapestry.bayeux.message import META_CONNECT, META_DISCONNECT, Message
from tapestry.bayeux.server import Batch, BayeuxServer, Effect, Refuse, Reply, ServerSettings


def _has(batch: Batch | None, channel: str) -> bool:
    messages = batch.messages if batch else ()
    return any(message.get("channel") == channel for message in messages)


def _elsewhere(effect: Effect, batch: Batch | None) -> bool:
    """Tell whether an effect answers another request than the one that caused it."""
    return isinstance(effect, Reply | Refuse) and batch is not None and effect.link != batch.link


def _asks(message: Message) -> Any:
    advice = message.get("advice")
    return advice.get("timeout") if isinstance(advice, dict) else None


def _timeout_zero_ignored() -> Fault:
    """Hold for two seconds whoever asks not to be held, once it has been connected."""
    connected: set[str] = set()

    def hear(message: Message, server: BayeuxServer) -> Message:
        client_id = str(message.get("clientId"))
        if message.get("channel") != META_CONNECT or _asks(message) != 0:
            return message
        if client_id not in connected:
            connected.add(client_id)
            return message
        return {**message, "advice": {"timeout": 2000}}

    return Fault(hears=hear)


def _held_too_long() -> Fault:
    def hear(message: Message, server: BayeuxServer) -> Message:
        asked = _asks(message)
        return {**message, "advice": {"timeout": asked * 5}} if asked else message

    return Fault(hears=hear)


def _both_held() -> Fault:
    """Keep an older connect when a newer one comes, and hold both."""
    return Fault(loses=lambda effect, batch: isinstance(effect, Refuse))


def _disconnect_frees_nothing() -> Fault:
    return Fault(loses=lambda e, batch: _has(batch, META_DISCONNECT) and _elsewhere(e, batch))


def _disconnect_ignored() -> Fault:
    """Answer a disconnect and leave the session as it is."""

    def hear(message: Message, server: BayeuxServer) -> Message:
        gone = message.get("channel") == META_DISCONNECT and message.get("clientId")
        return {**message, "channel": "/service/goodbye", "data": {}} if gone else message

    def say(message: Message, request: Message | None) -> Iterable[Message]:
        goodbye = message.get("channel") == "/service/goodbye"
        return [{**message, "channel": META_DISCONNECT}] if goodbye else [message]

    return Fault(hears=hear, says=say)


def _not_woken() -> Fault:
    """Let events wait for the end of a held connect."""
    server = BayeuxServer()
    sessions: Any = server._sessions
    sessions._send = lambda session, now: None
    return Fault(server=lambda: server)


@dataclass(slots=True)
class _Deafened:
    """Sessions that sent a second connect and get nothing any more."""

    sessions: set[str] = field(default_factory=set)

    def loses(self, effect: Effect, batch: Batch | None) -> bool:
        for message in batch.messages if batch else ():
            if message.get("channel") == META_CONNECT and isinstance(effect, Refuse):
                self.sessions.add(str(message.get("clientId")))
        return False

    def hears(self, message: Message, server: BayeuxServer) -> Message:
        for client_id in self.sessions & set(server.sessions):
            server.sessions[client_id].subscriptions.clear()
        return message


def _deaf_after_second_connect() -> Fault:
    deafened = _Deafened()
    return Fault(loses=deafened.loses, hears=deafened.hears)


def _dies_when_cut() -> Fault:
    """Drop a session whose held connect is cut."""
    server = BayeuxServer()
    lost = server.lost

    def drop(link: Any, now: float) -> list[Effect]:
        held = [s.id for s in server.sessions.values() if s.held and s.held.link == link]
        streamed = [s.id for s in server.sessions.values() if s.stream == link]
        effects = lost(link, now)
        for client_id in {*held, *streamed}:
            effects += server.expire(client_id, now)
        return effects

    changed: Any = server
    changed.lost = drop
    return Fault(server=lambda: server)


def _never_expires() -> Fault:
    """Tell clients that a session lives for half a second, and keep it for a minute."""

    def say(message: Message, request: Message | None) -> Iterable[Message]:
        if "advice" not in message:
            return [message]
        return [{**message, "advice": {**message["advice"], "maxInterval": 500}}]

    return Fault(says=say, server=lambda: BayeuxServer(ServerSettings(max_interval=60.0)))


def _connect_company_ignored() -> Fault:
    """Answer only the connect of a request that has more in it."""

    def loses(effect: Effect, batch: Batch | None) -> bool:
        if batch and len(batch.messages) > 1 and _has(batch, META_CONNECT):
            connects = [m for m in _messages(effect) if m.get("channel") == META_CONNECT]
            if isinstance(effect, Reply) and connects:
                effect.messages[:] = connects
        return False

    return Fault(loses=loses)


def _messages(effect: Effect) -> list[Message]:
    return effect.messages if isinstance(effect, Reply) else []


MUTANTS = (
    Mutant(
        "timeout-zero-ignored",
        "holds connects that ask not to be held",
        "BAYEUX-HOLDING-01",
        _timeout_zero_ignored,
    ),
    Mutant(
        "held-too-long",
        "holds connects five times as long as asked",
        "BAYEUX-HOLDING-02",
        _held_too_long,
    ),
    Mutant(
        "not-woken",
        "lets events wait for the end of a held connect",
        "BAYEUX-HOLDING-03",
        _not_woken,
    ),
    Mutant("two-held", "holds two connects of one session", "BAYEUX-HOLDING-04", _both_held),
    Mutant(
        "deaf-after-second-connect",
        "delivers nothing any more after a second connect",
        "BAYEUX-HOLDING-05",
        _deaf_after_second_connect,
    ),
    Mutant(
        "disconnect-frees-nothing",
        "a disconnect does not release the held connect",
        "BAYEUX-HOLDING-07",
        _disconnect_frees_nothing,
    ),
    Mutant(
        "disconnect-ignored",
        "answers a disconnect and keeps the session",
        "BAYEUX-DISCONNECT-04",
        _disconnect_ignored,
    ),
    Mutant(
        "connect-company-ignored",
        "answers only the connect of a request with more in it",
        "BAYEUX-CONNECT-07",
        _connect_company_ignored,
    ),
    Mutant(
        "dies-when-cut",
        "drops a session when its connection is cut",
        "BAYEUX-CONNECT-08",
        _dies_when_cut,
    ),
    Mutant(
        "socket-dies-when-cut",
        "drops a session when its WebSocket is cut",
        "BAYEUX-WEBSOCKET-07",
        _dies_when_cut,
    ),
    Mutant(
        "never-expires",
        "keeps sessions for ever that went silent",
        "BAYEUX-CONNECT-09",
        _never_expires,
    ),
)
