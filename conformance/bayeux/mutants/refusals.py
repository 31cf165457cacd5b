"""Mutants that break down over a message instead of answering it."""

from __future__ import annotations

from collections.abc import Callable

from conformance.bayeux.mutants.fault import Fault, Mutant
from tapestry.bayeux.message import (
    META_CONNECT,
    META_DISCONNECT,
    META_HANDSHAKE,
    META_SUBSCRIBE,
    META_UNSUBSCRIBE,
    Message,
    is_meta,
)
from tapestry.bayeux.server import Batch, BayeuxServer, Effect, Refuse

KNOWN_TYPES = ("long-polling", "callback-polling", "websocket")


def breaking(name: str, summary: str, killed_by: str, when: Callable[[Message], bool]) -> Mutant:
    """Return the mutant that answers HTTP 500 to such a message."""
    return Mutant(name, summary, killed_by, lambda: Fault(breaks_on=when))


def lacking(channel: str, name: str) -> Callable[[Message], bool]:
    """Return whether a message on ``channel`` lacks a field."""
    return lambda message: message.get("channel") == channel and name not in message


def _unknown(channel: str) -> Callable[[Message], bool]:
    return lambda m: m.get("channel") == channel and str(m.get("clientId")).startswith("unknown")


def _publish(message: Message) -> bool:
    return "data" in message and not is_meta(str(message.get("channel")))


def _second(channel: str) -> Callable[[], Fault]:
    """Break at the second message of one session on a channel with the same subscription."""

    def make() -> Fault:
        seen: set[tuple[str, str]] = set()

        def when(message: Message) -> bool:
            if message.get("channel") != channel:
                return False
            key = (str(message.get("clientId")), str(message.get("subscription")))
            again = key in seen
            seen.add(key)
            return again

        return Fault(breaks_on=when)

    return make


def _company() -> Fault:
    """Answer HTTP 500 to a handshake with company, as CometD does."""

    def loses(effect: Effect, batch: Batch | None) -> bool:
        return _has_company(batch) and not isinstance(effect, Refuse)

    def also(batch: Batch, server: BayeuxServer, now: float) -> list[Effect]:
        return [Refuse(batch.link, 500)] if _has_company(batch) else []

    return Fault(loses=loses, also=also)


def _has_company(batch: Batch | None) -> bool:
    messages = batch.messages if batch else ()
    return len(messages) > 1 and any(m.get("channel") == META_HANDSHAKE for m in messages)


MUTANTS = (
    breaking(
        "ext-breaks",
        "breaks down over an unknown ext",
        "BAYEUX-MESSAGE-06",
        lambda m: "com.example.tapestry" in str(m.get("ext")),
    ),
    breaking(
        "timestamp-breaks",
        "breaks down over a timestamp",
        "BAYEUX-MESSAGE-07",
        lambda m: "timestamp" in m,
    ),
    breaking(
        "no-id-breaks",
        "breaks down over a message without an id",
        "BAYEUX-ID-09",
        lacking(META_CONNECT, "id"),
    ),
    breaking(
        "no-version-breaks",
        "breaks down over a handshake without a version",
        "BAYEUX-NEGOTIATION-04",
        lacking(META_HANDSHAKE, "version"),
    ),
    breaking(
        "no-types-breaks",
        "breaks down over a handshake without connection types",
        "BAYEUX-NEGOTIATION-05",
        lacking(META_HANDSHAKE, "supportedConnectionTypes"),
    ),
    Mutant(
        "company-breaks",
        "breaks down over a handshake with company",
        "BAYEUX-NEGOTIATION-06",
        _company,
    ),
    breaking(
        "connect-stranger-breaks",
        "breaks down over a connect without a clientId",
        "BAYEUX-CONNECT-04",
        lacking(META_CONNECT, "clientId"),
    ),
    breaking(
        "no-type-breaks",
        "breaks down over a connect without a connection type",
        "BAYEUX-CONNECT-05",
        lacking(META_CONNECT, "connectionType"),
    ),
    breaking(
        "strange-type-breaks",
        "breaks down over a connect with a strange connection type",
        "BAYEUX-CONNECT-06",
        lambda m: m.get("connectionType", KNOWN_TYPES[0]) not in KNOWN_TYPES,
    ),
    breaking(
        "connect-unknown-breaks",
        "breaks down over a connect with an unknown clientId",
        "BAYEUX-CONNECT-02",
        _unknown(META_CONNECT),
    ),
    breaking(
        "subscribe-unknown-breaks",
        "breaks down over a subscribe with an unknown clientId",
        "BAYEUX-SUBSCRIBE-03",
        _unknown(META_SUBSCRIBE),
    ),
    breaking(
        "unsubscribe-unknown-breaks",
        "breaks down over an unsubscribe with an unknown clientId",
        "BAYEUX-UNSUBSCRIBE-03",
        _unknown(META_UNSUBSCRIBE),
    ),
    breaking(
        "disconnect-unknown-breaks",
        "breaks down over a disconnect with an unknown clientId",
        "BAYEUX-DISCONNECT-02",
        _unknown(META_DISCONNECT),
    ),
    breaking(
        "disconnect-stranger-breaks",
        "breaks down over a disconnect without a clientId",
        "BAYEUX-DISCONNECT-03",
        lacking(META_DISCONNECT, "clientId"),
    ),
    Mutant(
        "second-disconnect-breaks",
        "breaks down over a second disconnect",
        "BAYEUX-DISCONNECT-05",
        _second(META_DISCONNECT),
    ),
    breaking(
        "subscribe-stranger-breaks",
        "breaks down over a subscribe without a clientId",
        "BAYEUX-SUBSCRIBE-05",
        lacking(META_SUBSCRIBE, "clientId"),
    ),
    breaking(
        "no-subscription-breaks",
        "breaks down over a subscribe without a subscription",
        "BAYEUX-SUBSCRIBE-06",
        lacking(META_SUBSCRIBE, "subscription"),
    ),
    Mutant(
        "second-subscribe-breaks",
        "breaks down over a second subscribe to the same channel",
        "BAYEUX-SUBSCRIBE-09",
        _second(META_SUBSCRIBE),
    ),
    breaking(
        "unsubscribe-nothing-breaks",
        "breaks down over an unsubscribe from nothing",
        "BAYEUX-UNSUBSCRIBE-06",
        lacking(META_UNSUBSCRIBE, "subscription"),
    ),
    breaking(
        "never-subscribed-breaks",
        "breaks down over an unsubscribe that was no subscription",
        "BAYEUX-UNSUBSCRIBE-05",
        lambda m: m.get("channel") == META_UNSUBSCRIBE and m.get("subscription") == "/tapestry/y",
    ),
    breaking(
        "unconnected-publish-breaks",
        "breaks down over a publish without a clientId",
        "BAYEUX-PUBLISH-03",
        lambda m: _publish(m) and "clientId" not in m,
    ),
    breaking(
        "unknown-publish-breaks",
        "breaks down over a publish with an unknown clientId",
        "BAYEUX-PUBLISH-05",
        lambda m: _publish(m) and str(m.get("clientId")).startswith("unknown"),
    ),
)
