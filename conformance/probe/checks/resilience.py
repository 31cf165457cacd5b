"""Checks of what a client bears: losses, repetitions, failures, and what it has not seen before."""

from __future__ import annotations

from itertools import dropwhile, pairwise, takewhile

from conformance.model import Finding
from conformance.probe.check import NotApplicable, check
from conformance.probe.log import Arrival, Log
from conformance.probe.situations import BACKOFF_WINDOW, LOST_WINDOW
from tapestry.bayeux.message import META_CONNECT, META_HANDSHAKE


@check(
    "BAYEUX-CLIENT-BACKOFF",
    "attempts come ever later while they fail",
    "client.backs-off",
    situation="backoff",
)
def backoff(log: Log) -> list[Finding]:
    """The last wait between two connects is longer than the one half way, and no mere moment.

    A first attempt without any wait is no fault, and a wait need not grow every time. A handshake
    ends the row: the client then takes its session for lost.
    """
    opened = [arrival for arrival in log.arrivals if _opens(arrival)]
    failing = dropwhile(lambda arrival: bool(arrival.answer), opened)
    row = list(takewhile(lambda arrival: arrival.has(META_CONNECT), failing))
    waits = [after.at - before.at for before, after in pairwise(row)]
    if len(waits) < 2:
        raise NotApplicable(f"fewer than three attempts in {BACKOFF_WINDOW:g} s")
    if waits[-1] > max(0.1, 1.2 * waits[(len(waits) - 1) // 2]):
        return []
    seen = ", ".join(f"{wait * 1000:.0f}" for wait in waits[:8])
    return [Finding("mismatch", "the waits do not grow", observed=f"{seen} ms")]


@check(
    "BAYEUX-CLIENT-STALE-ID",
    "a connect reply under another id does not end the polling",
    situation="stale-id",
)
def stale_id(log: Log) -> list[Finding]:
    """Not answered is what the connect then is; a client that waits for ever hears nothing more."""
    return _came_back(log, "stale", "no connect came within 14 s")


@check(
    "BAYEUX-CLIENT-LOST-REPLY",
    "a connect reply that is cut off is followed by another connect",
    situation="lost-reply",
)
def lost_reply(log: Log) -> list[Finding]:
    """The connection breaks in the middle of the reply."""
    return _came_back(log, "cut", f"no connect came within {LOST_WINDOW:g} s")


@check(
    "BAYEUX-CLIENT-ACK-LOST",
    "under ack, what was lost is not acknowledged, and what came is",
    situation="ack-lost",
)
def ack_lost(log: Log) -> list[Finding]:
    """By the numbers in its connects (CometD documentation, acknowledgement extension)."""
    _requires_ack(log)
    lost = next((a for a in log.having(META_CONNECT) if a.lost and a.answer), None)
    if lost is None:
        raise NotApplicable("no reply was lost")
    later = log.connects_after(lost)
    findings = []
    if not later or _acked(later[0]) >= _batch(lost):
        findings.append(Finding("mismatch", "a reply that never came was acknowledged"))
    elif len(later) > 1 and _acked(later[1]) < _batch(later[0]):
        findings.append(Finding("mismatch", "a reply that came was not acknowledged"))
    return findings


@check(
    "BAYEUX-CLIENT-ACK-REPEAT",
    "under ack, a batch that comes twice is told once",
    situation="ack-repeat",
)
def ack_repeat(log: Log) -> list[Finding]:
    """By how often the application echoes its event."""
    _requires_ack(log)
    if "repeated" not in log.marks:
        raise NotApplicable("the client did not connect again")
    times = _echoed(log, 1)
    return [] if times == 1 else [Finding("unexpected", "it was told again", "$", 1, times)]


def _place(identifier: str, title: str, n: int, mark: str | None = None) -> None:
    @check(identifier, title, situation="places")
    def read(log: Log) -> list[Finding]:
        if mark is not None and mark not in log.marks:
            raise NotApplicable("the client sent nothing in whose answer the event could ride")
        if not log.echoes:
            _requires_echo(log)
        return [] if log.echoed(n) else [Finding("missing", "the application was not told")]


_place(
    "BAYEUX-CLIENT-EVENT-IN-SUBSCRIBE",
    "an event in the response to a subscribe is told",
    1,
    "in-subscribe",
)
_place("BAYEUX-CLIENT-EVENT-LAST", "an event after the connect reply is told", 2)
_place("BAYEUX-CLIENT-EVENT-FIRST", "an event before the connect reply is told", 3)
_place(
    "BAYEUX-CLIENT-EVENT-IN-PUBLISH",
    "an event in the response to a publish is told",
    4,
    "in-publish",
)


@check(
    "BAYEUX-CLIENT-UNKNOWN-FIELDS",
    "fields that nobody has heard of make no difference",
    situation="unknown-fields",
)
def unknown_fields(log: Log) -> list[Finding]:
    """In messages, in advice and in ext."""
    return _goes_on(log)


@check(
    "BAYEUX-CLIENT-BARE-REPLIES",
    "replies without any optional field are enough",
    situation="bare-replies",
)
def bare_replies(log: Log) -> list[Finding]:
    """Without advice, clientId, ext, error."""
    return _goes_on(log)


def _goes_on(log: Log) -> list[Finding]:
    """Return what is missing when a session should go on as if nothing were."""
    findings = _came_back(log, "told", "no connect came within 3 s")
    if log.echoes and not log.echoed(1):
        findings.append(Finding("missing", "the application was not told"))
    return findings


def _came_back(log: Log, mark: str, otherwise: str) -> list[Finding]:
    came = log.having(META_CONNECT, mark) or log.having(META_HANDSHAKE, mark)
    return [] if came else [Finding("missing", otherwise)]


def _opens(arrival: Arrival) -> bool:
    return arrival.has(META_CONNECT) or arrival.has(META_HANDSHAKE)


def _requires_echo(log: Log) -> None:
    if not log.echoes:
        raise NotApplicable("the client's application echoes no events")


def _echoed(log: Log, n: int) -> int:
    _requires_echo(log)
    return log.echoed(n)


def _requires_ack(log: Log) -> None:
    asked = [(message.get("ext") or {}).get("ack") for message in log.messages(META_HANDSHAKE)]
    if not any(asked):
        raise NotApplicable("the client does not use the ack extension")


def _acked(arrival: Arrival) -> int:
    return max(
        (int((m.get("ext") or {}).get("ack") or 0) for m in arrival.messages),
        default=0,
    )


def _batch(arrival: Arrival) -> int:
    return max(
        (int((m.get("ext") or {}).get("ack") or 0) for m in arrival.answer),
        default=0,
    )
