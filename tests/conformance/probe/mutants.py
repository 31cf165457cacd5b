"""One broken client for each check, by the name of the check that has to tell.

Each does one thing wrong, in what it sends or in what it makes of an answer.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from conformance.model import Outcome
from conformance.probe.driver import Driver
from conformance.probe.log import ECHO
from tapestry.bayeux.client import ClientSettings
from tapestry.bayeux.failure import BayeuxFailure
from tapestry.bayeux.http_client import CometdClient
from tapestry.bayeux.message import Message, Transport, is_delivery
from tests.conformance.probe.clients import SETTINGS, Spoil, driver, hearing, sending, stuck_when

Messages = list[Message]


@dataclass(frozen=True)
class Mutant:
    """What is broken, the check that must tell, where it is played, and what it says then."""

    check: str
    driver: Driver
    situation: str = "day"
    outcome: Outcome = Outcome.FAIL


def _without(channel: str, field: str) -> Spoil:
    def change(messages: Messages) -> Messages:
        for message in messages:
            if message["channel"] == channel:
                message.pop(field, None)
        return messages

    return sending(change)


def _with(channel: str, **fields: Any) -> Spoil:
    def change(messages: Messages) -> Messages:
        return [m | fields if m["channel"] == channel else m for m in messages]

    return sending(change)


def _accompanied(messages: Messages) -> Messages:
    extra = {"channel": "/service/probe/hello", "data": 1}
    return [*messages, extra] if messages[0]["channel"] == "/meta/handshake" else messages


def _alone(messages: Messages) -> Any:
    return messages[0] if len(messages) == 1 else messages


def _as_text(messages: Messages) -> dict[str, Any]:
    headers = {"content-type": "text/plain"}
    return {"json": None, "data": json.dumps(messages), "headers": headers}


def _early_ack(messages: Messages) -> Messages:
    for message in messages:
        if isinstance(message.get("ext", {}).get("ack"), int):
            message["ext"] = {"ack": message["ext"]["ack"] + 1}
    return messages


def _advice(change: Callable[[dict[str, Any], str], dict[str, Any]]) -> Spoil:
    """Return what changes the advice that is heard, by channel."""

    def hear(messages: Messages) -> Messages:
        return [
            m | {"advice": change(dict(m["advice"]), m["channel"])} if "advice" in m else m
            for m in messages
        ]

    return hearing(hear)


def _hasty(advice: dict[str, Any], channel: str) -> dict[str, Any]:
    advice.pop("long-polling", None)
    return advice | {"interval": 0}


def _gives_up(advice: dict[str, Any], channel: str) -> dict[str, Any]:
    return advice | {"reconnect": "none"} if advice.get("interval") == 300 else advice


def _instead(**words: str) -> Spoil:
    def change(advice: dict[str, Any], channel: str) -> dict[str, Any]:
        heard = str(advice.get("reconnect"))
        return advice | {"reconnect": words.get(heard, heard)}

    return _advice(change)


def _deaf(drop: Callable[[Messages, int], bool]) -> Spoil:
    """Return what does not hear the deliveries at some places of an answer."""

    def hear(messages: Messages) -> Messages:
        return [
            message
            for index, message in enumerate(messages)
            if not (is_delivery(message) and drop(messages, index))
        ]

    return hearing(hear)


def _answers(messages: Messages, channel: str) -> bool:
    return any(m["channel"] == channel and not is_delivery(m) for m in messages)


def _refusing(fault: Callable[[Message], bool]) -> Spoil:
    def hear(messages: Messages) -> Messages:
        if any(fault(message) for message in messages):
            raise BayeuxFailure("this client is easily confused")
        return messages

    return hearing(hear)


def _ids(make: Callable[[int], str]) -> Spoil:
    def spoil(client: CometdClient) -> None:
        numbers = itertools.count(1)
        client._machine._new_id = lambda: make(next(numbers))

    return spoil


class _Forgetful(set[str]):
    def add(self, element: str) -> None:
        """Keep nothing."""


def _forgets_subscriptions(client: CometdClient) -> None:
    client._machine.subscriptions = _Forgetful()


def _takes_everything(client: CometdClient) -> None:
    takes = client._machine._ack.takes

    def all_the_same(reply: Message, *, expected: bool) -> bool:
        takes(reply, expected=expected)
        return True

    client._machine._ack.takes = all_the_same  # type: ignore[method-assign]


def _never_says_goodbye(client: CometdClient) -> None:
    async def leave() -> None:
        await client.drop()

    client.disconnect = leave  # type: ignore[method-assign]


def _talks_on(client: CometdClient) -> None:
    disconnect = client.disconnect

    async def leave() -> None:
        await disconnect()
        await client.handshake()

    client.disconnect = leave  # type: ignore[method-assign]


def _is_stale(messages: Messages | None) -> bool:
    return messages is not None and any(m.get("id") == "stale0" for m in messages)


CONNECT, HANDSHAKE, SUBSCRIBE = "/meta/connect", "/meta/handshake", "/meta/subscribe"
WARN, INFO, NA = Outcome.WARN, Outcome.INFO, Outcome.NA


def _ours(spoil: Spoil = lambda client: None, **settings: Any) -> Driver:
    return driver(replace(SETTINGS, **settings), spoil=spoil)


def _plain(spoil: Spoil) -> Driver:
    return driver(ClientSettings(), spoil=spoil)


_WS_FIRST = (Transport.WEBSOCKET, Transport.LONG_POLLING)

MUTANTS = {
    mutant.check: mutant
    for mutant in (
        Mutant("MESSAGE-CHANNEL", _ours(_without(ECHO, "channel"))),
        Mutant("MESSAGE-ARRAY", _ours(sending(_alone)), outcome=WARN),
        Mutant("JSON", _ours(sending(_as_text)), outcome=WARN),
        Mutant("HANDSHAKE-FIELDS", _ours(_without(HANDSHAKE, "version"))),
        Mutant("LONG-POLLING", _ours(_with(HANDSHAKE, supportedConnectionTypes=["websocket"]))),
        Mutant("HANDSHAKE-ALONE", _ours(sending(_accompanied)), outcome=WARN),
        Mutant("HANDSHAKE-POST", _ours(transports=_WS_FIRST)),
        Mutant("CLIENT-ID", _ours(_with(ECHO, clientId="stranger"))),
        Mutant("CONNECT-FIELDS", _ours(_without(CONNECT, "connectionType"))),
        Mutant("CONNECT-ONE", _plain(sending(lambda messages: messages, times=2))),
        Mutant("SUBSCRIBE-FIELDS", _ours(_without(SUBSCRIBE, "subscription"))),
        Mutant("DISCONNECT-FIELDS", _ours(_without("/meta/disconnect", "clientId"))),
        Mutant("PUBLISH-FIELDS", _ours(_without(ECHO, "data"))),
        Mutant("ID-UNIQUE", _ours(_ids(lambda n: str(n % 3))), outcome=WARN),
        Mutant("ID-FORM", _ours(_ids(lambda n: f"id-{n}")), outcome=INFO),
        Mutant("TWO-REQUESTS", _plain(sending(lambda messages: messages, times=3)), outcome=WARN),
        Mutant("COOKIE", driver(cookies=False), outcome=INFO),
        Mutant("INTERVAL", _ours(_advice(_hasty)), "interval"),
        Mutant("RETRY-INTERVAL", _ours(_advice(_hasty)), "retry"),
        Mutant("TRANSPORT-ADVICE", _ours(_advice(_hasty)), "transport-interval", INFO),
        Mutant("NEGATIVE-INTERVAL", _ours(_advice(_hasty)), "negative-interval", WARN),
        Mutant("RETRY", _ours(_advice(_gives_up)), "retry", NA),
        Mutant("REHANDSHAKE", _ours(_instead(handshake="retry")), "rehandshake"),
        Mutant("RESUBSCRIBE", _ours(_forgets_subscriptions), "rehandshake", INFO),
        Mutant("NONE", _ours(_instead(none="retry")), "none"),
        Mutant("NONE-HANDSHAKE", _ours(_instead(none="handshake")), "none-handshake"),
        Mutant("NEGOTIATION", _ours(_instead(handshake="none")), "negotiation"),
        Mutant("HOSTS", _ours(follow_hosts=False), "hosts", WARN),
        Mutant("DISCONNECT", _ours(_never_says_goodbye), outcome=WARN),
        Mutant("SILENT-END", _ours(_talks_on), outcome=INFO),
        Mutant("BACKOFF", _ours(backoff=0.5, backoff_limit=0.5), "backoff", WARN),
        Mutant("STALE-ID", _ours(stuck_when(_is_stale)), "stale-id", INFO),
        Mutant("LOST-REPLY", _ours(stuck_when(lambda said: said is None)), "lost-reply", INFO),
        Mutant("ACK-LOST", _ours(sending(_early_ack)), "ack-lost", INFO),
        Mutant("ACK-REPEAT", _ours(_takes_everything), "ack-repeat", INFO),
        Mutant(
            "EVENT-IN-SUBSCRIBE",
            _ours(_deaf(lambda said, at: _answers(said, SUBSCRIBE))),
            "places",
            INFO,
        ),
        Mutant(
            "EVENT-LAST",
            _ours(_deaf(lambda said, at: _answers(said[:at], CONNECT))),
            "places",
            INFO,
        ),
        Mutant(
            "EVENT-FIRST",
            _ours(_deaf(lambda said, at: _answers(said[at:], CONNECT))),
            "places",
            INFO,
        ),
        Mutant(
            "EVENT-IN-PUBLISH",
            _ours(_deaf(lambda said, at: _answers(said, ECHO))),
            "places",
            INFO,
        ),
        Mutant(
            "UNKNOWN-FIELDS", _ours(_refusing(lambda m: "x-probe" in m)), "unknown-fields", INFO
        ),
        Mutant(
            "BARE-REPLIES",
            _ours(_refusing(lambda m: m["channel"] == HANDSHAKE and "advice" not in m)),
            "bare-replies",
            INFO,
        ),
    )
}
