"""Held connects: how long, how many, and what ends them."""

from __future__ import annotations

from conformance.bayeux.broken import Broken, NotApplicable
from conformance.bayeux.check import Need, check
from conformance.bayeux.expect import Findings, says, wrong
from conformance.bayeux.lab import Lab
from conformance.bayeux.peer import Peer
from conformance.bayeux.wire import Pending
from tapestry.bayeux.message import META_SUBSCRIBE

AT_ONCE = 1.0
ASKED = 600
EARLY, LATE = 0.75, 1.5
LONG = 8000
UNHELD = 0.4
TRIES = 3


@check("BAYEUX-HOLDING-01", "advice.timeout-honoured")
async def not_held(lab: Lab) -> Findings:
    """A connect that asks not to be held is answered at once."""
    peer = await lab.session()
    await held(lab, peer, 20_000)
    other = await lab.session()
    pending = await other.begin_connect(0)
    if await pending.over(AT_ONCE):
        return says(await pending.reply(), successful=True)
    return wrong("$.advice.timeout", "held although asked not to", "at once", f"{AT_ONCE:g} s")


@check("BAYEUX-HOLDING-02", "advice.timeout-honoured")
async def held_as_asked(lab: Lab) -> Findings:
    """A connect is held for as long as the client asks."""
    peer = await lab.session()
    pending = await held(lab, peer, ASKED)
    reply = await pending.reply()
    if EARLY * ASKED / 1000 <= reply.took <= ASKED / 1000 + LATE:
        return says(reply, successful=True)
    took = f"{round(reply.took * 1000)} ms"
    return wrong("$.advice.timeout", "not held for that long", f"{ASKED} ms", took)


@check("BAYEUX-HOLDING-03", "polling.ends-response", needs=[Need.EVENT])
async def event_wakes(lab: Lab) -> Findings:
    """A held connect is answered when there is an event."""
    channel = lab.channel()
    peer = await lab.listener(channel)
    pending = await held(lab, peer, LONG)
    event = await lab.emit(channel)
    arrival = await peer.receive(event)
    late = arrival.packet.at - pending.sent
    if late < LONG / 1000 - 1:
        return []
    return wrong("$", "the event waits for the end of the connect", "at once", f"{late:.1f} s")


@check("BAYEUX-HOLDING-04", "connect.one-outstanding")
async def one_outstanding(lab: Lab) -> Findings:
    """A second connect ends the first, or is refused: two are never held."""
    peer = await lab.session()
    first = await held(lab, peer, 20_000)
    second = await peer.begin_connect(20_000)
    if await first.over(peer.patience) or await second.over(UNHELD):
        return []
    return wrong("$", "two connects of one session are held", "one", "two")


@check("BAYEUX-HOLDING-05", "delivery.subscribed", needs=[Need.EVENT])
async def second_connect_delivers(lab: Lab) -> Findings:
    """After a second connect the session still gets its events."""
    channel = lab.channel()
    peer = await lab.listener(channel)
    await held(lab, peer, LONG)
    await peer.begin_connect(LONG)
    await peer.receive(await lab.emit(channel))
    return []


@check("BAYEUX-HOLDING-06", "http.two-requests")
async def not_queued(lab: Lab) -> Findings:
    """Another request is answered while a connect is held."""
    peer = await lab.session()
    pending = await held(lab, peer, LONG)
    topic = lab.channel() if lab.world.offer.source else lab.world.target.topic
    await peer.ask(META_SUBSCRIBE, subscription=topic)
    if pending.open:
        return []
    return wrong("$", "answered only after the held connect", "while it is held", "after it")


@check("BAYEUX-HOLDING-07", "disconnect.releases-connect")
async def disconnect_releases(lab: Lab) -> Findings:
    """A disconnect releases the connect that its session has held."""
    peer = await lab.session()
    pending = await held(lab, peer, 20_000)
    await peer.disconnect()
    if await pending.over(peer.patience):
        return []
    late = f"nothing within {peer.patience:g} s"
    return wrong("$", "the connect is still held", "an answer", late)


@check("BAYEUX-HOLDING-08", "connect.held")
async def holds(lab: Lab) -> Findings:
    """A connect is held when there is nothing to deliver."""
    await held(lab, await lab.session(), LONG)
    return []


async def held(lab: Lab, peer: Peer, timeout: int) -> Pending:
    """Return a connect that the server holds; a server may hold none at all (872, MAY).

    An event of somebody else may end it at once, so it is tried again.
    """
    for _ in range(TRIES):
        pending = await peer.begin_connect(timeout)
        if not await pending.over(min(UNHELD, timeout / 2000)):
            return pending
        reply = await pending.reply()
        if reply.refused:
            raise Broken("a connect is refused", expected=True, observed=reply["error"])
        if not reply.packet.deliveries:
            break
    raise NotApplicable("the server holds no connect")
