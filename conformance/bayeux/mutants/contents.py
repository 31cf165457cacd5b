"""Mutants that deliver something else than what was published."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conformance.bayeux.mutants.fault import Fault, Mutant
from conformance.bayeux.mutants.say import saying, with_field, without
from tapestry.bayeux.message import (
    Message,
    is_delivery,
)
from tapestry.bayeux.server import BayeuxServer


def _leaks_client_id() -> Fault:
    """Put the clientId of the publisher into what is delivered."""
    last: list[Any] = [None]

    def hear(message: Message, server: BayeuxServer) -> Message:
        if is_delivery(message):
            last[0] = message.get("clientId")
        return message

    def say(message: Message, request: Message | None) -> Iterable[Message]:
        return [{**message, "clientId": last[0]} if is_delivery(message) else message]

    return Fault(hears=hear, says=say)


def _text_data(message: Message) -> bool:
    return is_delivery(message) and isinstance(message["data"], str)


def _has_it(message: Message) -> bool:
    return is_delivery(message) and isinstance(message["data"], dict) and "it" in message["data"]


MUTANTS = (
    saying(
        "wrong-channel",
        "names another channel in deliveries",
        "BAYEUX-DELIVERY-02",
        with_field(is_delivery, "channel", "/tapestry/other"),
    ),
    saying(
        "wrong-data",
        "delivers other data",
        "BAYEUX-DELIVERY-03",
        with_field(
            lambda m: is_delivery(m) and "n" in m["data"],
            "data",
            lambda data: {**data, "n": str(data["n"])},
        ),
    ),
    saying("no-data", "delivers without data", "BAYEUX-DELIVERY-01", without(is_delivery, "data")),
    Mutant(
        "leaks-client-id",
        "tells subscribers the clientId of the publisher",
        "BAYEUX-DELIVERY-10",
        _leaks_client_id,
    ),
    saying(
        "data-flattened",
        "turns nested data into text",
        "BAYEUX-PUBLISH-06",
        with_field(_has_it, "data", lambda data: {**data, "it": str(data["it"])}),
    ),
    saying(
        "text-wrapped",
        "wraps data that is text",
        "BAYEUX-PUBLISH-07",
        with_field(_text_data, "data", lambda text: {"text": text}),
    ),
    saying(
        "ascii-only",
        "loses what is not ASCII",
        "BAYEUX-MESSAGE-11",
        with_field(
            lambda m: is_delivery(m) and "text" in m["data"],
            "data",
            lambda data: {**data, "text": data["text"].encode("ascii", "replace").decode()},
        ),
    ),
)
