"""Checks of every message that a client sends, whatever situation it is in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from conformance.model import Finding
from conformance.probe.check import NotApplicable, check
from conformance.probe.log import Arrival, Log
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


def _located(log: Log) -> Iterator[tuple[str, Message]]:
    for arrival in log.arrivals:
        for index, message in enumerate(arrival.messages):
            yield f"$[{arrival.n}][{index}]", {"channel": "", **message}


def _missing(log: Log, channel: str, *fields: str) -> list[Finding]:
    """Return a finding for each message on ``channel`` without one of the ``fields``."""
    found = [(path, message) for path, message in _located(log) if message["channel"] == channel]
    if not found:
        raise NotApplicable(f"the client sent nothing on {channel}")
    return [
        Finding("missing", f"a message on {channel} has no {field}", f"{path}.{field}")
        for path, message in found
        for field in fields
        if message.get(field) in (None, "", [])
    ]


@check("BAYEUX-CLIENT-MESSAGE-CHANNEL", "every message names its channel", "message.one-channel")
def channel(log: Log) -> list[Finding]:
    """A message has a ``channel`` that is an absolute name."""
    return [
        Finding("missing", "a message names no channel", f"{path}.channel")
        for path, message in _located(log)
        if not str(message.get("channel") or "").startswith("/")
    ]


@check("BAYEUX-CLIENT-MESSAGE-ARRAY", "messages are sent in an array", "message.array")
def array(log: Log) -> list[Finding]:
    """A body is an array, also when it holds one message."""
    return [
        Finding("mismatch", "a single object was sent", f"$[{arrival.n}]", "an array", "an object")
        for arrival in log.arrivals
        if not arrival.array
    ]


@check("BAYEUX-CLIENT-JSON", "messages are posted as application/json", "long-polling.request")
def json(log: Log) -> list[Finding]:
    """The content type is JSON, or a form as the text allows."""
    allowed = ("application/json", "application/x-www-form-urlencoded")
    return [
        Finding(
            "mismatch", "another content type", f"$[{a.n}]", allowed[0], a.content_type or "none"
        )
        for a in log.arrivals
        if a.content_type.partition(";")[0].strip().lower() not in allowed
    ]


@check(
    "BAYEUX-CLIENT-HANDSHAKE-FIELDS",
    "a handshake has version and supportedConnectionTypes",
    "handshake.request",
)
def handshake_fields(log: Log) -> list[Finding]:
    """Both fields are required of a handshake."""
    return _missing(log, META_HANDSHAKE, "version", "supportedConnectionTypes")


@check("BAYEUX-CLIENT-LONG-POLLING", "the client speaks long-polling", "long-polling.supported")
def long_polling(log: Log) -> list[Finding]:
    """A handshake offers long-polling; later ones may offer less."""
    offers = [message.get("supportedConnectionTypes") for message in log.messages(META_HANDSHAKE)]
    if any(isinstance(offer, list) and "long-polling" in offer for offer in offers):
        return []
    return [Finding("missing", "long-polling is not offered", observed=offers[:1])]


@check("BAYEUX-CLIENT-HANDSHAKE-ALONE", "a handshake is sent alone", "handshake.alone")
def handshake_alone(log: Log) -> list[Finding]:
    """Nothing else is in the request with a handshake."""
    return [
        Finding("unexpected", "something was sent with a handshake", f"$[{arrival.n}]")
        for arrival in log.having(META_HANDSHAKE)
        if len(arrival.messages) > 1
    ]


@check(
    "BAYEUX-CLIENT-HANDSHAKE-POST",
    "the session is opened over HTTP, before any WebSocket",
    "handshake.by-long-polling",
)
def handshake_post(log: Log) -> list[Finding]:
    """A client that upgrades does so in a session that a POST has opened."""
    opened = next((a.ended for a in log.having(META_HANDSHAKE) if a.answer), None)
    early = [at for at in log.upgrades if opened is None or at < opened]
    return [Finding("unexpected", "a WebSocket was tried before the handshake")] if early else []


@check(
    "BAYEUX-CLIENT-CLIENT-ID",
    "every message but handshakes and publishes names the clientId it was given",
    "client-id.sent",
)
def client_id(log: Log) -> list[Finding]:
    """The value is one that a handshake reply has given; a publish may leave it out."""
    given = log.given_ids()
    findings = []
    for path, message in _located(log):
        sent = message.get("clientId")
        is_handshake = message["channel"] == META_HANDSHAKE
        if is_handshake or (sent is None and not is_meta(message["channel"])):
            continue
        if sent not in given:
            findings.append(Finding("mismatch", "not a clientId it was given", f"{path}.clientId"))
    return findings


@check(
    "BAYEUX-CLIENT-CONNECT-FIELDS",
    "a connect has clientId and connectionType",
    "connect.request",
    "connection-type.given",
)
def connect_fields(log: Log) -> list[Finding]:
    """Both fields are required of a connect."""
    return _missing(log, META_CONNECT, "clientId", "connectionType")


@check("BAYEUX-CLIENT-CONNECT-ONE", "only one connect is outstanding", "connect.one-outstanding")
def connect_one(log: Log) -> list[Finding]:
    """No connect of a session is sent while another one waits for its reply."""
    findings = []
    latest: dict[str, Arrival] = {}
    for arrival in log.having(META_CONNECT):
        session = _session_of(arrival)
        before = latest.get(session)
        if before is not None and (before.ended is None or before.ended > arrival.at):
            text = f"it was sent while the connect in request {before.n} was outstanding"
            findings.append(Finding("unexpected", text, f"$[{arrival.n}]"))
        latest[session] = arrival
    return findings


@check(
    "BAYEUX-CLIENT-SUBSCRIBE-FIELDS",
    "a subscribe has clientId and subscription",
    "subscribe.request",
    "subscription.given",
)
def subscribe_fields(log: Log) -> list[Finding]:
    """Both fields are required of a subscribe."""
    return _missing(log, META_SUBSCRIBE, "clientId", "subscription")


@check(
    "BAYEUX-CLIENT-UNSUBSCRIBE-FIELDS",
    "an unsubscribe has clientId and subscription",
    "unsubscribe.request",
)
def unsubscribe_fields(log: Log) -> list[Finding]:
    """Both fields are required of an unsubscribe."""
    return _missing(log, META_UNSUBSCRIBE, "clientId", "subscription")


@check("BAYEUX-CLIENT-DISCONNECT-FIELDS", "a disconnect has clientId", "disconnect.request")
def disconnect_fields(log: Log) -> list[Finding]:
    """The field is required of a disconnect."""
    return _missing(log, META_DISCONNECT, "clientId")


@check("BAYEUX-CLIENT-PUBLISH-FIELDS", "a publish has data", "publish.request", "data.published")
def publish_fields(log: Log) -> list[Finding]:
    """Whatever is not on a meta channel is a publish."""
    published = [(p, message) for p, message in _located(log) if not is_meta(message["channel"])]
    if not published:
        raise NotApplicable("the client published nothing")
    return [
        Finding("missing", "a publish has no data", f"{path}.data")
        for path, message in published
        if "data" not in message
    ]


@check("BAYEUX-CLIENT-ID-UNIQUE", "ids are unique within a connection", "id.unique")
def id_unique(log: Log) -> list[Finding]:
    """No two messages on meta and service channels of one session have the same id.

    The same message sent again, because its reply was lost, is no other message.
    """
    sent: dict[tuple[str, str], list[Message]] = defaultdict(list)
    for message in log.messages():
        if "id" in message and "clientId" in message and _is_answered(message):
            same = sent[message["clientId"], str(message["id"])]
            same += [] if message in same else [message]
    return [
        Finding("unexpected", "an id was used again", observed=identifier)
        for (_, identifier), messages in sent.items()
        if len(messages) > 1
    ]


@check("BAYEUX-CLIENT-ID-FORM", "ids are made of letters and digits", "id.form")
def id_form(log: Log) -> list[Finding]:
    """The grammar has letters and digits only; a number is told too."""
    return [
        Finding("mismatch", "an id of another form", f"{path}.id", observed=message["id"])
        for path, message in _located(log)
        if "id" in message and not re.fullmatch("[A-Za-z0-9]+", str(message["id"]))
    ]


@check(
    "BAYEUX-CLIENT-TWO-REQUESTS",
    "no more than two requests are open at a time",
    "multiple-clients.two-connections",
)
def two_requests(log: Log) -> list[Finding]:
    """HTTP clients are recommended to keep to two connections."""
    for arrival in log.arrivals:
        if _open_at(log.arrivals, arrival.at) > 2:
            return [Finding("unexpected", "a third request was sent", f"$[{arrival.n}]")]
    return []


@check("BAYEUX-CLIENT-COOKIE", "the BAYEUX_BROWSER cookie comes back")
def cookie(log: Log) -> list[Finding]:
    """Servers find the session by cookie and clientId: without a jar a client is unknown to them.

    A client may go without at another host.
    """
    opened = next((a for a in log.having(META_HANDSHAKE) if a.answer), None)
    later = [] if opened is None else log.arrivals[opened.n + 1 :]
    bare = [
        a for a in later if a.host == log.arrivals[0].host and "BAYEUX_BROWSER" not in a.cookies
    ]
    return [Finding("missing", "it was not sent", f"$[{arrival.n}]") for arrival in bare[:1]]


def _is_answered(message: Message) -> bool:
    channel = str(message.get("channel"))
    return is_meta(channel) or is_service(channel)


def _session_of(arrival: Arrival) -> str:
    return next(
        str(m.get("clientId")) for m in arrival.messages if m.get("channel") == META_CONNECT
    )


def _open_at(arrivals: Iterable[Arrival], moment: float) -> int:
    return sum(a.at <= moment and (a.ended is None or a.ended > moment) for a in arrivals)
