"""Mutants that say the wrong thing: a field too few, too many, or with the wrong value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conformance.bayeux.mutants.fault import Fault, Mutant, Say
from conformance.bayeux.mutants.say import (
    both,
    on,
    publish_reply,
    refused,
    saying,
    with_field,
    without,
)
from tapestry.bayeux.message import (
    META_CONNECT,
    META_DISCONNECT,
    META_HANDSHAKE,
    META_SUBSCRIBE,
    META_UNSUBSCRIBE,
    Message,
    is_meta,
)


def _later(say: Say) -> Say:
    """Change only what is said later than its request, such as the reply to a held connect."""
    return lambda message, request: [message] if request else say(message, request)


def _first_id_for_all() -> Fault:
    first: dict[str, Any] = {}

    def say(message: Message, request: Message | None) -> Iterable[Message]:
        if message.get("channel") != META_SUBSCRIBE:
            return [message]
        return [{**message, "id": first.setdefault(META_SUBSCRIBE, message.get("id"))}]

    return Fault(says=say)


def _service(message: Message) -> bool:
    return str(message.get("channel")).startswith("/service/")


def _subscribing(message: Message) -> bool:
    return message.get("channel") in (META_SUBSCRIBE, META_UNSUBSCRIBE)


def _meta(message: Message) -> bool:
    return is_meta(str(message.get("channel")))


MUTANTS = (
    saying(
        "handshake-id",
        "no id in handshake replies",
        "BAYEUX-ID-01",
        without(on(META_HANDSHAKE), "id"),
    ),
    saying(
        "connect-id", "no id in connect replies", "BAYEUX-ID-02", without(on(META_CONNECT), "id")
    ),
    saying(
        "held-connect-id",
        "a stale id in replies to held connects",
        "BAYEUX-ID-03",
        _later(with_field(on(META_CONNECT), "id", "stale")),
    ),
    saying(
        "subscribe-id", "no id in subscribe replies", "BAYEUX-ID-04", without(_subscribing, "id")
    ),
    saying(
        "disconnect-id",
        "no id in disconnect replies",
        "BAYEUX-ID-05",
        without(on(META_DISCONNECT), "id"),
    ),
    saying("refused-id", "no id in unsuccessful replies", "BAYEUX-ID-06", without(refused, "id")),
    Mutant(
        "batch-id",
        "the id of the first subscribe in all replies",
        "BAYEUX-ID-07",
        _first_id_for_all,
    ),
    saying(
        "number-id",
        "ids that were numbers come back as text",
        "BAYEUX-ID-08",
        with_field(lambda m: "id" in m, "id", str),
    ),
    saying(
        "service-id",
        "no id in replies on service channels",
        "BAYEUX-ID-10",
        without(_service, "id"),
    ),
    saying(
        "no-channel",
        "no channel in subscribe replies",
        "BAYEUX-MESSAGE-04",
        lambda m, r: (
            [m] if not _subscribing(m) else [m, {k: v for k, v in m.items() if k != "channel"}]
        ),
    ),
    saying(
        "error-in-prose",
        "errors without a code",
        "BAYEUX-MESSAGE-05",
        with_field(refused, "error", "this did not work"),
    ),
    saying(
        "timestamp-in-prose",
        "timestamps as mail has them",
        "BAYEUX-MESSAGE-08",
        with_field(_meta, "timestamp", "Sat, 21 Nov 2026 17:02:46 GMT"),
    ),
    saying(
        "ext-is-text",
        "an ext that is no object",
        "BAYEUX-MESSAGE-09",
        with_field(_meta, "ext", "ack"),
    ),
    saying(
        "connection-id",
        "a connectionId in connect replies",
        "BAYEUX-MESSAGE-10",
        with_field(on(META_CONNECT), "connectionId", "x1"),
    ),
    saying(
        "handshake-unsaid",
        "handshake replies do not say that they succeed",
        "BAYEUX-HANDSHAKE-01",
        without(both(on(META_HANDSHAKE), lambda m: not refused(m)), "successful"),
    ),
    saying(
        "no-version",
        "no version in handshake replies",
        "BAYEUX-HANDSHAKE-02",
        without(on(META_HANDSHAKE), "version"),
    ),
    saying(
        "version-in-prose",
        "a version that is none",
        "BAYEUX-HANDSHAKE-03",
        with_field(on(META_HANDSHAKE), "version", "latest"),
    ),
    saying(
        "types-as-text",
        "connection types as one text",
        "BAYEUX-HANDSHAKE-04",
        with_field(on(META_HANDSHAKE), "supportedConnectionTypes", ", ".join),
    ),
    saying(
        "client-id-number",
        "clientIds that are numbers",
        "BAYEUX-HANDSHAKE-05",
        with_field(both(on(META_HANDSHAKE), lambda m: "clientId" in m), "clientId", 12345),
    ),
    saying(
        "failed-without-error",
        "unsuccessful handshakes without an error",
        "BAYEUX-NEGOTIATION-02",
        without(both(on(META_HANDSHAKE), refused), "error"),
    ),
    saying(
        "failed-with-client-id",
        "a clientId although the handshake failed",
        "BAYEUX-NEGOTIATION-03",
        with_field(both(on(META_HANDSHAKE), refused), "clientId", "abc"),
    ),
    saying(
        "connect-unsaid",
        "connect replies do not say that they succeed",
        "BAYEUX-CONNECT-01",
        without(on(META_CONNECT), "successful"),
    ),
    saying(
        "unknown-connects",
        "a connect with an unknown clientId succeeds",
        "BAYEUX-CONNECT-10",
        with_field(both(on(META_CONNECT), refused), "successful", True),
    ),
    saying(
        "no-advice-to-strangers",
        "unknown clients are not advised to shake hands",
        "BAYEUX-CONNECT-03",
        without(both(on(META_CONNECT), refused), "advice"),
    ),
    saying(
        "disconnect-unsaid",
        "disconnect replies do not say that they succeed",
        "BAYEUX-DISCONNECT-01",
        without(on(META_DISCONNECT), "successful"),
    ),
    saying(
        "subscription-unnamed",
        "subscribe replies name no subscription",
        "BAYEUX-SUBSCRIBE-01",
        without(both(on(META_SUBSCRIBE), lambda m: not refused(m)), "subscription"),
    ),
    saying(
        "array-shortened",
        "of an array the first channel is named",
        "BAYEUX-SUBSCRIBE-02",
        with_field(
            both(on(META_SUBSCRIBE), lambda m: isinstance(m.get("subscription"), list)),
            "subscription",
            lambda listed: listed[0],
        ),
    ),
    saying(
        "strangers-subscribe",
        "a subscribe with an unknown clientId succeeds",
        "BAYEUX-CONNECT-10",
        with_field(both(on(META_SUBSCRIBE), refused), "successful", True),
    ),
    saying(
        "strangers-unnamed",
        "a refused subscribe is not named",
        "BAYEUX-SUBSCRIBE-04",
        without(both(on(META_SUBSCRIBE), refused), "subscription"),
    ),
    saying(
        "refusals-unnamed",
        "a subscription that is denied is not named",
        "BAYEUX-SUBSCRIBE-07",
        without(
            both(on(META_SUBSCRIBE), lambda m: str(m.get("error"))[:3] == "403"), "subscription"
        ),
    ),
    saying(
        "meta-welcome",
        "subscriptions to meta channels seem to succeed",
        "BAYEUX-SUBSCRIBE-08",
        with_field(
            both(on(META_SUBSCRIBE), lambda m: "/meta" in str(m.get("subscription"))),
            "successful",
            True,
        ),
    ),
    saying(
        "unsubscription-unnamed",
        "unsubscribe replies name no subscription",
        "BAYEUX-UNSUBSCRIBE-01",
        without(both(on(META_UNSUBSCRIBE), lambda m: not refused(m)), "subscription"),
    ),
    saying(
        "unsubscribe-shortened",
        "of an array the first channel is named",
        "BAYEUX-UNSUBSCRIBE-02",
        with_field(
            both(on(META_UNSUBSCRIBE), lambda m: isinstance(m.get("subscription"), list)),
            "subscription",
            lambda listed: listed[0],
        ),
    ),
    saying(
        "strangers-unsubscribe",
        "an unsubscribe with an unknown clientId succeeds",
        "BAYEUX-CONNECT-10",
        with_field(both(on(META_UNSUBSCRIBE), refused), "successful", True),
    ),
    saying(
        "strangers-unsubscribe-unnamed",
        "a refused unsubscribe is not named",
        "BAYEUX-UNSUBSCRIBE-04",
        without(both(on(META_UNSUBSCRIBE), refused), "subscription"),
    ),
    saying(
        "publish-unsaid",
        "publish replies do not say that they succeed",
        "BAYEUX-PUBLISH-01",
        without(publish_reply, "successful"),
    ),
    saying(
        "interval-as-text",
        "an interval that is text",
        "BAYEUX-ADVICE-01",
        with_field(lambda m: "advice" in m, "advice", lambda advice: {**advice, "interval": "0"}),
    ),
    saying(
        "reconnect-unknown",
        "an unknown word for reconnect",
        "BAYEUX-ADVICE-01",
        with_field(
            lambda m: "advice" in m, "advice", lambda advice: {**advice, "reconnect": "later"}
        ),
    ),
)
