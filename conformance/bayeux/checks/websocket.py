"""The websocket transport: the same messages, in text frames, on one connection."""

from __future__ import annotations

from conformance.bayeux.check import Need, check
from conformance.bayeux.checks.long_polling import goes_on_over
from conformance.bayeux.expect import Findings, keeps_id, says, wrong
from conformance.bayeux.lab import Lab
from conformance.bayeux.lines import WEBSOCKET
from tapestry.bayeux.message import META_SUBSCRIBE


@check("BAYEUX-WEBSOCKET-01", "transport.semantics", "handshake.answered", transport=WEBSOCKET)
async def handshake(lab: Lab) -> Findings:
    """A handshake is answered over the WebSocket."""
    reply = await lab.peer().handshake()
    return [*says(reply, successful=True), *keeps_id(reply)]


@check("BAYEUX-WEBSOCKET-02", "transport.semantics", "connect.answered", transport=WEBSOCKET)
async def connect(lab: Lab) -> Findings:
    """A connect is answered over the WebSocket that it came by."""
    peer = lab.peer()
    await peer.handshake()
    reply = await peer.connect(0)
    return [*says(reply, successful=True), *keeps_id(reply)]


@check("BAYEUX-WEBSOCKET-03", "cometd.websocket", transport=WEBSOCKET)
async def frames(lab: Lab) -> Findings:
    """Frames are text, and each holds an array of messages."""
    peer = await lab.session()
    await peer.subscribe("/tapestry/x")
    for packet in peer.packets:
        if packet.fault or not packet.is_array:
            return wrong("$", "not an array of messages", "an array", packet.fault or "an object")
    return []


@check(
    "BAYEUX-WEBSOCKET-04",
    "transport.semantics",
    "delivery.subscribed",
    needs=[Need.EVENT],
    transport=WEBSOCKET,
)
async def event_arrives(lab: Lab) -> Findings:
    """An event is delivered over the WebSocket."""
    channel = lab.channel()
    peer = await lab.listener(channel)
    await peer.begin_connect(5000)
    await peer.receive(await lab.emit(channel))
    return []


@check("BAYEUX-WEBSOCKET-05", "transport.semantics", "message.array-accepted", transport=WEBSOCKET)
async def batch(lab: Lab) -> Findings:
    """Every message of a frame is answered."""
    peer = await lab.session()
    channels = [f"/tapestry/{name}" for name in "xyz"]
    messages = [peer.message(META_SUBSCRIBE, subscription=channel) for channel in channels]
    replies = [await pending.reply() for pending in await peer.send(*messages)]
    return [finding for reply in replies for finding in keeps_id(reply)]


@check("BAYEUX-WEBSOCKET-06", "connect.any-transport", transport=WEBSOCKET)
async def goes_on(lab: Lab) -> Findings:
    """A session that began over long-polling goes on over a WebSocket."""
    return await goes_on_over(lab, WEBSOCKET)


@check("BAYEUX-WEBSOCKET-07", "connect.expiry", transport=WEBSOCKET)
async def survives_a_cut(lab: Lab) -> Findings:
    """A session lives on when its WebSocket is cut."""
    peer = await lab.session()
    await peer.drop()
    await lab.session()  # while this one comes, the server has time to notice that one is gone
    return says(await peer.connect(0), successful=True)


@check("BAYEUX-WEBSOCKET-08", "transport.semantics", "disconnect.answered", transport=WEBSOCKET)
async def disconnect(lab: Lab) -> Findings:
    """A disconnect is answered over the WebSocket."""
    peer = await lab.session()
    return says(await peer.disconnect(), successful=True)
