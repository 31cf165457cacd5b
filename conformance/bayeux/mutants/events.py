"""Mutants that deliver to nobody, to everybody, twice, late, or with the wrong response."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from conformance.bayeux.mutants.fault import Fault, Mutant
from tapestry.bayeux.channel import patterns_of
from tapestry.bayeux.message import (
    META_CONNECT,
    META_HANDSHAKE,
    Message,
    is_delivery,
    is_meta,
    is_service,
)
from tapestry.bayeux.server import Batch, BayeuxServer, Effect, Reply, Session

Recipients = Callable[[Message, BayeuxServer], Iterable[Session]]


def delivering(to: Recipients, *, when: Callable[[Batch], bool] = lambda _: True) -> Fault:
    """Return a server that sends what a client publishes to other sessions than it should.

    What comes in a batch for which ``when`` does not hold goes nowhere.
    """

    def hear(message: Message, server: BayeuxServer) -> Message:
        ours = is_delivery(message) and not is_service(message["channel"])
        return {**message, "channel": f"/service{message['channel']}"} if ours else message

    def say(message: Message, request: Message | None) -> Iterable[Message]:
        published = request is not None and is_delivery(request)
        return [{**message, "channel": request["channel"]} if request and published else message]

    def also(batch: Batch, server: BayeuxServer, now: float) -> list[Effect]:
        effects: list[Effect] = []
        for message in batch.messages if when(batch) else ():
            if is_delivery(message) and not is_service(message["channel"]):
                for session in list(to(message, server)):
                    effects += server.deliver(session.id, message["channel"], message["data"], now)
        return effects

    return Fault(hears=hear, says=say, also=also)


def subscribed(message: Message, server: BayeuxServer) -> list[Session]:
    """Return the sessions that should get a message."""
    return [s for s in server.sessions.values() if s.matches(message["channel"])]


def _first_only(message: Message, server: BayeuxServer) -> list[Session]:
    return subscribed(message, server)[:1]


def _not_the_publisher(message: Message, server: BayeuxServer) -> list[Session]:
    return [s for s in subscribed(message, server) if s.id != message.get("clientId")]


def _connected_only(message: Message, server: BayeuxServer) -> list[Session]:
    return [s for s in subscribed(message, server) if s.held]


def _twice(message: Message, server: BayeuxServer) -> list[Session]:
    return subscribed(message, server) * 2


def _per_subscription(message: Message, server: BayeuxServer) -> list[Session]:
    """Deliver once for each subscription that covers the channel, as cometd-nodejs-server does."""
    covering = patterns_of(message["channel"])
    return [s for s in server.sessions.values() for _ in s.subscriptions & covering]


def _everybody(message: Message, server: BayeuxServer) -> list[Session]:
    return list(server.sessions.values())


def _anybody_subscribed(message: Message, server: BayeuxServer) -> list[Session]:
    return [s for s in server.sessions.values() if s.subscriptions]


def _reversed_pairs() -> Fault:
    """Keep every other event back until the next one has gone."""
    kept: list[Message] = []

    def also(batch: Batch, server: BayeuxServer, now: float) -> list[Effect]:
        effects: list[Effect] = []
        for message in batch.messages:
            if not is_delivery(message):
                continue
            if not kept:
                kept.append(message)
                continue
            for one in (message, kept.pop()):
                for session in subscribed(one, server):
                    effects += server.deliver(session.id, one["channel"], one["data"], now)
        return effects

    silent = delivering(lambda message, server: [])
    return Fault(hears=silent.hears, says=silent.says, also=also)


def _wakes_the_connect() -> Fault:
    """Send events with the held connect although another response leaves first."""
    return delivering(subscribed)


def _events_with_handshake() -> Fault:
    """Deliver what waits for a browser's session with the reply to its next handshake."""

    def loses(effect: Effect, batch: Batch | None) -> bool:
        shaken = batch and any(m.get("channel") == META_HANDSHAKE for m in batch.messages)
        if shaken and isinstance(effect, Reply):
            effect.messages.insert(0, {"channel": "/tapestry/late", "data": {"late": True}})
        return False

    return Fault(loses=loses)


def _distributes_meta() -> Fault:
    """Let sessions overhear the meta messages of others."""

    def also(batch: Batch, server: BayeuxServer, now: float) -> list[Effect]:
        effects: list[Effect] = []
        for message in batch.messages:
            if not is_meta(str(message.get("channel"))) or message["channel"] == META_CONNECT:
                continue
            for session in list(server.sessions.values()):
                if session.id != message.get("clientId"):
                    told = {"from": message["channel"]}
                    effects += server.deliver(session.id, message["channel"], told, now)
        return effects

    return Fault(also=also)


def _broadcasts_service() -> Fault:
    """Deliver messages on service channels to everybody."""

    def also(batch: Batch, server: BayeuxServer, now: float) -> list[Effect]:
        effects: list[Effect] = []
        for message in batch.messages:
            if is_service(str(message.get("channel"))) and "data" in message:
                for session in list(server.sessions.values()):
                    effects += server.deliver(session.id, message["channel"], message["data"], now)
        return effects

    return Fault(also=also)


def _no_company() -> Fault:
    """Take only the first message of a request."""

    def loses(effect: Effect, batch: Batch | None) -> bool:
        if isinstance(effect, Reply) and batch and len(batch.messages) > 1:
            effect.messages[1:] = []
        return False

    return Fault(loses=loses)


def _published_beside_meta_lost() -> Fault:
    """Do not publish what comes in one request with a meta message."""
    return delivering(subscribed, when=lambda batch: len(batch.messages) == 1)


MUTANTS = (
    Mutant(
        "first-subscriber-only",
        "delivers to one subscriber of several",
        "BAYEUX-DELIVERY-01",
        lambda: delivering(_first_only),
    ),
    Mutant(
        "publisher-left-out",
        "does not deliver to the publisher",
        "BAYEUX-DELIVERY-04",
        lambda: delivering(_not_the_publisher),
    ),
    Mutant(
        "connected-only",
        "loses events that find no connect open",
        "BAYEUX-DELIVERY-05",
        lambda: delivering(_connected_only),
    ),
    Mutant(
        "delivers-twice",
        "delivers everything twice",
        "BAYEUX-DELIVERY-06",
        lambda: delivering(_twice),
    ),
    Mutant(
        "per-subscription",
        "delivers once for each subscription that covers the channel",
        "BAYEUX-DELIVERY-08",
        lambda: delivering(_per_subscription),
    ),
    Mutant(
        "reversed", "delivers every two events in reverse", "BAYEUX-DELIVERY-09", _reversed_pairs
    ),
    Mutant(
        "wakes-the-connect",
        "sends events with the held connect, not with the first response",
        "BAYEUX-DELIVERY-11",
        _wakes_the_connect,
    ),
    Mutant(
        "events-with-handshake",
        "delivers events beside a handshake reply",
        "BAYEUX-DELIVERY-12",
        _events_with_handshake,
    ),
    Mutant(
        "everybody", "delivers to everybody", "BAYEUX-BOUNDARY-01", lambda: delivering(_everybody)
    ),
    Mutant(
        "anybody-subscribed",
        "delivers to whoever is subscribed to anything",
        "BAYEUX-BOUNDARY-02",
        lambda: delivering(_anybody_subscribed),
    ),
    Mutant(
        "meta-distributed",
        "lets sessions overhear the meta messages of others",
        "BAYEUX-CHANNEL-06",
        _distributes_meta,
    ),
    Mutant(
        "service-broadcast",
        "broadcasts messages on service channels",
        "BAYEUX-CHANNEL-07",
        _broadcasts_service,
    ),
    Mutant(
        "first-message-only",
        "answers only the first message of an array",
        "BAYEUX-MESSAGE-01",
        _no_company,
    ),
    Mutant(
        "company-lost",
        "loses what is published in one request with a subscribe",
        "BAYEUX-PUBLISH-02",
        _published_beside_meta_lost,
    ),
)
