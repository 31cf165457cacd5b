"""Advice: its form wherever it comes, and several sessions in one browser."""

from __future__ import annotations

from typing import Any

from conformance.bayeux.broken import NotApplicable
from conformance.bayeux.check import check
from conformance.bayeux.checks.messages import UNKNOWN
from conformance.bayeux.expect import Findings, wrong
from conformance.bayeux.lab import Lab
from conformance.bayeux.lines import LONG_POLLING
from conformance.bayeux.peer import ALL_TYPES, Peer
from conformance.model import Finding

RECONNECT = ("retry", "handshake", "none")
AT_ONCE = 1.0
ASKED = 4000


@check("BAYEUX-ADVICE-01", "advice.form")
async def form(lab: Lab) -> Findings:
    """Advice has the fields of advice, with values of their kinds."""
    peer = await lab.session()
    await peer.connect(0)
    stranger = lab.peer()
    stranger.client_id = UNKNOWN
    await stranger.connect(0)
    packets = [*peer.packets, *stranger.packets]
    given = [m["advice"] for p in packets for m in p.messages if "advice" in m]
    if not given:
        raise NotApplicable("the server gives no advice")
    return [fault for advice in given for fault in _faults("$.advice", advice)]


@check("BAYEUX-ADVICE-02", "multiple-clients.polling", transport=LONG_POLLING)
async def multiple_clients(lab: Lab) -> Findings:
    """Of several sessions in one browser, one at most has its connect held, and they are told."""
    first = await lab.session()
    second = await lab.session(sharing=first)
    if not first.cookies or first.cookies == dict(lab.world.cookies):
        raise NotApplicable("the server sets no cookie to know a browser by")
    held = [await first.begin_connect(ASKED), await second.begin_connect(ASKED)]
    over = [await pending.over(AT_ONCE) for pending in held]
    if not any(over):
        return wrong("$.advice", "the connects of both sessions are held", "one of them", "both")
    told = [m for peer in (first, second) for m in _multiple(peer)]
    if not told:
        return wrong("$.advice.multiple-clients", "not told", True, None)
    if any(advice.get("interval", 0) > 0 or advice.get("reconnect") == "none" for advice in told):
        return []
    return wrong("$.advice.interval", "no interval is advised", "more than 0", told[-1])


def _multiple(peer: Peer) -> list[dict[str, Any]]:
    given = [m.get("advice") for packet in peer.packets for m in packet.messages]
    return [a for a in given if isinstance(a, dict) and a.get("multiple-clients") is True]


def _faults(path: str, advice: Any) -> list[Finding]:
    if not isinstance(advice, dict):
        return wrong(path, "advice is no object", "an object", advice)
    faults: list[Finding] = []
    if "reconnect" in advice and advice["reconnect"] not in RECONNECT:
        faults += wrong(f"{path}.reconnect", "unknown", list(RECONNECT), advice["reconnect"])
    for name in ("timeout", "interval", "maxInterval"):
        if name in advice and not _is_whole(advice[name]):
            faults += wrong(f"{path}.{name}", "not whole", "milliseconds", advice[name])
    if "multiple-clients" in advice and not isinstance(advice["multiple-clients"], bool):
        observed = advice["multiple-clients"]
        faults += wrong(f"{path}.multiple-clients", "no boolean", "a boolean", observed)
    if "hosts" in advice and not _are_texts(advice["hosts"]):
        faults += wrong(f"{path}.hosts", "not an array of strings", ["host"], advice["hosts"])
    for transport in ALL_TYPES:
        if transport in advice:
            faults += _faults(f"{path}.{transport}", advice[transport])
    return faults


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
