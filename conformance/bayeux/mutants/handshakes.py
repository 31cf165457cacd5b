"""Mutants that negotiate badly: clientIds, connection types, and what comes beside a handshake."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from conformance.bayeux.mutants.fault import Fault, Mutant
from tapestry.bayeux.message import META_HANDSHAKE, Message, Transport
from tapestry.bayeux.server import Batch, BayeuxServer, Effect, ServerSettings


def serving_with(settings: ServerSettings) -> Fault:
    """Return a server that is only set up otherwise."""
    return Fault(server=lambda: BayeuxServer(settings))


def _ids(ids: Iterator[str]) -> Fault:
    return Fault(server=lambda: BayeuxServer(new_id=lambda: next(ids)))


def _lowest_free() -> Fault:
    """Give each session the lowest id that is free, padded to look random."""
    server: BayeuxServer

    def lowest() -> str:
        candidates = (f"{'9f8e7d6c5b4a3921' * 2}{n:08x}" for n in itertools.count())
        return next(name for name in candidates if name not in server.sessions)

    server = BayeuxServer(new_id=lowest)
    return Fault(server=lambda: server)


def _any_type_welcome() -> Fault:
    def hear(message: Message, server: BayeuxServer) -> Message:
        if message.get("channel") != META_HANDSHAKE:
            return message
        return {**message, "supportedConnectionTypes": ["long-polling"]}

    return Fault(hears=hear)


def _choosy() -> Fault:
    def hear(message: Message, server: BayeuxServer) -> Message:
        known = "minimumVersion" in message
        return {**message, "version": "99.0", "minimumVersion": "99.0"} if known else message

    return Fault(hears=hear)


def _publishes_company() -> Fault:
    """Publish what comes beside a handshake, as faye does."""

    def also(batch: Batch, server: BayeuxServer, now: float) -> list[Effect]:
        channels = [message.get("channel") for message in batch.messages]
        if META_HANDSHAKE not in channels:
            return []
        company = [m for m in batch.messages if m["channel"] != META_HANDSHAKE and "data" in m]
        effects: list[Effect] = []
        for message in company:
            effects += server.publish(message["channel"], message["data"], now)
        return effects

    return Fault(also=also)


def _without_type(transport: Transport) -> ServerSettings:
    settings = ServerSettings()
    return replace(settings, transports=tuple(t for t in settings.transports if t != transport))


MUTANTS = (
    Mutant(
        "client-id-path",
        "clientIds with a slash in them",
        "BAYEUX-HANDSHAKE-06",
        lambda: _ids(f"session/{n}" for n in itertools.count()),
    ),
    Mutant(
        "client-id-shared",
        "the same clientId for everybody",
        "BAYEUX-HANDSHAKE-07",
        lambda: _ids(itertools.repeat("5e1f" * 8)),
    ),
    Mutant(
        "client-id-reused",
        "the clientId of a session that ended is given again",
        "BAYEUX-HANDSHAKE-08",
        _lowest_free,
    ),
    Mutant(
        "client-id-counted",
        "clientIds that are counted",
        "BAYEUX-HANDSHAKE-09",
        lambda: _ids(f"{n:032}" for n in itertools.count(1)),
    ),
    Mutant(
        "no-long-polling",
        "long-polling is not offered",
        "BAYEUX-HANDSHAKE-10",
        lambda: serving_with(_without_type(Transport.LONG_POLLING)),
    ),
    Mutant(
        "no-callback-polling",
        "callback-polling is not offered",
        "BAYEUX-HANDSHAKE-11",
        lambda: serving_with(_without_type(Transport.CALLBACK_POLLING)),
    ),
    Mutant(
        "minimum-version-refused",
        "a handshake that names a minimumVersion is refused",
        "BAYEUX-HANDSHAKE-12",
        _choosy,
    ),
    Mutant(
        "any-type-welcome",
        "a handshake with no connection type in common succeeds",
        "BAYEUX-NEGOTIATION-01",
        _any_type_welcome,
    ),
    Mutant(
        "company-published",
        "an event beside a handshake is published",
        "BAYEUX-NEGOTIATION-07",
        _publishes_company,
    ),
    Mutant(
        "browsers-not-told-apart",
        "several sessions of one browser are all held",
        "BAYEUX-ADVICE-02",
        lambda: serving_with(ServerSettings(max_per_browser=1000)),
    ),
)
