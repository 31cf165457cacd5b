"""Checks of what a client does on advice, and at the end."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from conformance.model import Finding, Level
from conformance.probe.check import NotApplicable, check
from conformance.probe.log import EVENTS, Arrival, Log
from tapestry.bayeux.advice import Advice
from tapestry.bayeux.message import (
    META_CONNECT,
    META_DISCONNECT,
    META_HANDSHAKE,
    META_SUBSCRIBE,
    Transport,
)

EARLY = 0.015
"""Seconds that a client may be early: timers are rounded to milliseconds, on both sides."""


def _advised(log: Log, **wanted: Any) -> Arrival:
    """Return the first request whose answer carried this advice."""
    for arrival in log.arrivals:
        for message in arrival.answer:
            advice = message.get("advice") or {}
            if all(advice.get(key) == value for key, value in wanted.items()):
                return arrival
    raise NotApplicable("the client did not ask again, so the advice never reached it")


def _later(log: Log, arrival: Arrival, *channels: str) -> list[Arrival]:
    """Return the requests with one of ``channels`` that came after the answer to ``arrival``."""
    ended = arrival.ended or float("inf")
    found = [a for a in log.arrivals if a.n > arrival.n and a.at >= ended]
    return [a for a in found if any(a.has(channel) for channel in channels)]


def _too_early(log: Log, transport: Transport | None) -> list[Finding]:
    """Return the connects that came before the interval that was in force had passed."""
    interval, findings, measured = 0.0, [], 0
    for before, after in pairwise(log.having(META_CONNECT)):
        for message in before.answer:
            if "advice" in message:
                interval = Advice.parse(message["advice"], transport).interval or 0.0
        if interval <= 0 or before.ended is None:
            continue
        measured += 1
        waited = after.at - before.ended
        if waited < interval - EARLY:
            text = "a connect came before the interval had passed"
            expected, observed = f"{interval * 1000:.0f} ms", f"{waited * 1000:.0f} ms"
            findings.append(Finding("early", text, f"$[{after.n}]", expected, observed))
    if not measured:
        raise NotApplicable("the client sent no connect in 4 s, and may wait longer than it has to")
    return findings


@check(
    "BAYEUX-CLIENT-INTERVAL",
    "the advised interval passes before the next connect",
    "advice.interval",
    situation="interval",
)
def interval(log: Log) -> list[Finding]:
    """New advice holds from the reply that brings it on."""
    return _too_early(log, None)


@check(
    "BAYEUX-CLIENT-RETRY-INTERVAL",
    "the advised interval passes also after a connect that failed",
    "advice.interval",
    situation="retry",
)
def retry_interval(log: Log) -> list[Finding]:
    """A failure makes no difference to the interval."""
    return _too_early(log, None)


@check(
    "BAYEUX-CLIENT-TRANSPORT-ADVICE",
    "an interval under the name of the transport is kept",
    situation="transport-interval",
)
def transport_advice(log: Log) -> list[Finding]:
    """Fields of advice may stand under the name of a transport (section "advice")."""
    return _too_early(log, Transport.LONG_POLLING)


@check(
    "BAYEUX-CLIENT-NEGATIVE-INTERVAL",
    "a negative interval is not followed by a connect",
    "advice.interval",
    situation="negative-interval",
    level=Level.SHOULD,
)
def negative_interval(log: Log) -> list[Finding]:
    """The text says "should" in lower case: the message is not to be retried."""
    again = _later(log, _advised(log, interval=-1), META_CONNECT)
    return [Finding("unexpected", "a connect was sent", f"$[{a.n}]") for a in again[:1]]


@check(
    "BAYEUX-CLIENT-RETRY",
    "advised to retry, the client connects again in its session",
    "advice.retry",
    situation="retry",
)
def retry(log: Log) -> list[Finding]:
    """It may do so, with the clientId that it has."""
    refused = _advised(log, reconnect="retry", interval=300)
    again = _later(log, refused, META_CONNECT)
    return [] if again else [Finding("missing", "it did not connect again")]


@check(
    "BAYEUX-CLIENT-REHANDSHAKE",
    "advised to hand shake, the client does so and does not retry",
    "advice.handshake",
    situation="rehandshake",
)
def rehandshake(log: Log) -> list[Finding]:
    """After the advice the first thing to come is a handshake, and the old clientId is not used."""
    told = _advised(log, reconnect="handshake")
    old = {message.get("clientId") for message in told.messages}
    findings = [
        Finding("unexpected", "a connect with the old clientId", f"$[{later.n}]")
        for later in _later(log, told, META_CONNECT)
        if any(message.get("clientId") in old for message in later.messages)
    ]
    if not _later(log, told, META_HANDSHAKE):
        findings.append(Finding("missing", "no handshake came"))
    return findings


@check(
    "BAYEUX-CLIENT-RESUBSCRIBE",
    "after a new handshake client or application subscribe again",
    situation="rehandshake",
)
def resubscribe(log: Log) -> list[Finding]:
    """Nothing says who has to; the official JavaScript client leaves it to the application."""
    told = _advised(log, reconnect="handshake")
    if not _later(log, told, META_HANDSHAKE):
        raise NotApplicable("there was no new handshake")
    renewed = [
        message
        for later in _later(log, told, META_SUBSCRIBE)
        for message in later.messages
        if message.get("subscription") in (EVENTS, [EVENTS])
    ]
    return [] if renewed else [Finding("missing", "there was no new subscription")]


@check(
    "BAYEUX-CLIENT-NONE",
    "advised not to reconnect, the client neither retries nor shakes hands",
    "advice.none",
    situation="none",
)
def none(log: Log) -> list[Finding]:
    """A hard failure: nothing comes of the client's own accord."""
    again = _later(log, _advised(log, reconnect="none"), META_CONNECT, META_HANDSHAKE)
    return [Finding("unexpected", "it came back", f"$[{a.n}]") for a in again[:1]]


@check(
    "BAYEUX-CLIENT-NONE-HANDSHAKE",
    "a handshake that is refused for good is not tried again",
    "advice.none",
    situation="none-handshake",
)
def none_handshake(log: Log) -> list[Finding]:
    """The same for the first message of all."""
    return none(log)


@check(
    "BAYEUX-CLIENT-NEGOTIATION",
    "a handshake that is refused with advice to shake hands is followed by another",
    "advice.handshake",
    situation="negotiation",
)
def negotiation(log: Log) -> list[Finding]:
    """That is how a negotiation goes on (section "Unsuccessful Handshake Response")."""
    again = _later(log, _advised(log, reconnect="handshake"), META_HANDSHAKE)
    return [] if again else [Finding("missing", "no other handshake came")]


@check(
    "BAYEUX-CLIENT-HOSTS",
    "sent away to other hosts, the client shakes hands there",
    "advice.hosts",
    situation="hosts",
)
def hosts(log: Log) -> list[Finding]:
    """The host that was named is this machine by another name."""
    told = _advised(log, reconnect="handshake")
    (there,) = next(m["advice"]["hosts"] for m in told.answer if "hosts" in m.get("advice", {}))
    shaken = _later(log, told, META_HANDSHAKE)
    if any(arrival.host.rpartition(":")[0] == there for arrival in shaken):
        return []
    observed = shaken[0].host if shaken else "nowhere"
    return [Finding("mismatch", "it did not try the host", "$", there, observed)]


@check(
    "BAYEUX-CLIENT-DISCONNECT",
    "told to stop, the client says so to the server",
    "disconnect.sent",
    situation="day",
)
def disconnect(log: Log) -> list[Finding]:
    """Its application is asked to disconnect (docs/client-conformance.md)."""
    if log.having(META_DISCONNECT, after="stop"):
        return []
    return [Finding("missing", "no disconnect came within 3 s")]


@check("BAYEUX-CLIENT-SILENT-END", "nothing is sent after the disconnect", situation="day")
def silent_end(log: Log) -> list[Finding]:
    """A connect that follows would only be refused."""
    ended = next(iter(log.having(META_DISCONNECT)), None)
    if ended is None:
        raise NotApplicable("the client did not disconnect")
    after = [arrival for arrival in log.arrivals if arrival.n > ended.n]
    return [Finding("unexpected", "a request followed", f"$[{a.n}]") for a in after[:1]]
