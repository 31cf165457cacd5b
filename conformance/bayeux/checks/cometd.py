"""What CometD adds to Bayeux: acknowledged delivery. Nothing here can fail a server."""

from __future__ import annotations

from typing import Any

from conformance.bayeux.check import Need, check
from conformance.bayeux.expect import Findings, wrong
from conformance.bayeux.lab import Lab
from conformance.bayeux.peer import Event, Peer
from conformance.bayeux.wire import Reply

NEEDS = (Need.ACK, Need.EVENT)


@check("BAYEUX-COMETD-01", "cometd.ack", needs=[Need.ACK])
async def numbered(lab: Lab) -> Findings:
    """With the ack extension every connect reply has a number, each higher than the last."""
    peer = await lab.session(ext={"ack": True})
    numbers: list[Any] = []
    last = 0
    for _ in range(3):
        last = _number(await peer.connect(0, ext={"ack": last}))
        numbers.append(last)
    if all(isinstance(n, int) for n in numbers) and numbers == sorted(set(numbers)):
        return []
    return wrong("$.ext.ack", "not rising numbers", [1, 2, 3], numbers)


@check("BAYEUX-COMETD-02", "cometd.ack", needs=NEEDS)
async def sent_again(lab: Lab) -> Findings:
    """An event that was not acknowledged is sent again."""
    peer, event, before, _ = await _one_event(lab)
    await peer.connect(0, ext={"ack": before})
    if len(peer.copies(event)) > 1:
        return []
    return wrong("$", "not sent again", "a second copy", len(peer.copies(event)))


@check("BAYEUX-COMETD-03", "cometd.ack", needs=NEEDS)
async def not_sent_again(lab: Lab) -> Findings:
    """An event that was acknowledged is not sent again."""
    peer, event, _, number = await _one_event(lab)
    for _ in range(2):
        number = _number(await peer.connect(0, ext={"ack": number}))
    if len(peer.copies(event)) == 1:
        return []
    return wrong("$", "sent again although acknowledged", 1, len(peer.copies(event)))


async def _one_event(lab: Lab) -> tuple[Peer, Event, Any, Any]:
    """Return a session with one event delivered, and the batch numbers before and with it."""
    channel = lab.channel()
    peer = await lab.session(ext={"ack": True})
    await lab.subscribed(peer, channel)
    before = _number(await peer.connect(0, ext={"ack": 0}))
    event = await lab.emit(channel)
    for _ in range(3):
        reply = await peer.connect(1000, ext={"ack": before})
        if peer.copies(event):
            return peer, event, before, _number(reply)
        before = _number(reply)
    await peer.receive(event)
    raise AssertionError("an event that arrives by no connect reply")


def _number(reply: Reply) -> Any:
    ext = reply["ext"]
    return ext.get("ack") if isinstance(ext, dict) else None
