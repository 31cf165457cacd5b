"""Delivery: who gets an event, how often, what is in it and with which response it comes."""

from __future__ import annotations

from conformance.bayeux.check import Need, check
from conformance.bayeux.checks.holding import LONG, held
from conformance.bayeux.expect import Findings, equal, wrong
from conformance.bayeux.lab import Lab
from conformance.bayeux.lines import LONG_POLLING
from conformance.model import Finding
from tapestry.bayeux.message import META_HANDSHAKE

MANY = 12


@check("BAYEUX-DELIVERY-01", "delivery.subscribed", needs=[Need.EVENT])
async def reaches_subscribers(lab: Lab) -> Findings:
    """An event reaches every session that is subscribed."""
    channel = lab.channel()
    peers = [await lab.listener(channel) for _ in range(2)]
    event = await lab.emit(channel)
    for peer in peers:
        await peer.receive(event)
    return []


@check("BAYEUX-DELIVERY-02", "delivery.fields", needs=[Need.EVENT])
async def channel_given(lab: Lab) -> Findings:
    """A delivery has the channel that the event was published on."""
    channel = lab.channel()
    peer = await lab.listener(channel)
    event = await lab.emit(channel)
    arrival = await peer.receive(event)
    return equal("$.channel", event.channel, arrival.message["channel"], "another channel")


@check("BAYEUX-DELIVERY-03", "data.delivered", needs=[Need.PUBLISH])
async def data_given(lab: Lab) -> Findings:
    """A delivery has the data that was published."""
    channel = lab.channel()
    peer = await lab.listener(channel)
    event = await lab.emit(channel, lambda mark: {"mark": mark, "n": [1, {"deep": None}]})
    arrival = await peer.receive(event)
    return equal("$.data", event.data, arrival.message["data"], "the data has changed")


@check("BAYEUX-DELIVERY-04", "delivery.subscribed", needs=[Need.PUBLISH])
async def publisher_included(lab: Lab) -> Findings:
    """The publisher gets its own event when it is subscribed."""
    channel = lab.channel()
    peer = await lab.listener(channel)
    await peer.receive(await lab.emit(channel, by=peer))
    return []


@check("BAYEUX-DELIVERY-05", "delivery.subscribed", needs=[Need.EVENT])
async def waits_for_connect(lab: Lab) -> Findings:
    """An event that finds no connect open waits for the next one."""
    channel = lab.channel()
    peer = await lab.listener(channel)
    witness = await lab.listener(channel)
    events = [await lab.emit(channel) for _ in range(3)]
    for event in events:
        await witness.receive(event)
    for event in events:
        await peer.receive(event)
    return []


@check("BAYEUX-DELIVERY-06", "delivery.once", needs=[Need.EVENT, Need.PROMPT])
async def once(lab: Lab) -> Findings:
    """An event is delivered once."""
    channel = lab.channel()
    peer = await lab.listener(channel)
    event = await lab.emit(channel)
    await peer.receive(event)
    await lab.settle(peer)
    return equal("$", 1, len(peer.copies(event)), "delivered more than once")


@check("BAYEUX-DELIVERY-07", "delivery.once", needs=[Need.EVENT, Need.PROMPT])
async def once_after_subscribing_twice(lab: Lab) -> Findings:
    """An event is delivered once to a session that subscribed twice."""
    channel = lab.channel()
    peer = await lab.listener(channel, channel)
    event = await lab.emit(channel)
    await peer.receive(event)
    await lab.settle(peer)
    return equal("$", 1, len(peer.copies(event)), "delivered more than once")


@check("BAYEUX-DELIVERY-08", "delivery.once-overlapping", needs=[Need.EVENT, Need.PROMPT])
async def once_though_overlapping(lab: Lab) -> Findings:
    """An event is delivered once to a session whose subscriptions overlap."""
    channel = lab.channel("x")
    peer = await lab.listener(channel, f"{channel.rpartition('/')[0]}/*")
    event = await lab.emit(channel)
    await peer.receive(event)
    await lab.settle(peer)
    return equal("$", 1, len(peer.copies(event)), "delivered more than once")


@check("BAYEUX-DELIVERY-09", "delivery.order", needs=[Need.PUBLISH])
async def in_order(lab: Lab) -> Findings:
    """Events of one client on one channel arrive in order."""
    channel = lab.channel()
    peer = await lab.listener(channel)
    events = [await lab.emit(channel) for _ in range(MANY)]
    for event in events:
        await peer.receive(event)
    marks = [event.mark for event in events]
    arrived = [
        mark for arrival in peer.arrivals for mark in marks if mark in str(arrival.message["data"])
    ]
    return equal("$", marks, arrived, "another order")


@check("BAYEUX-DELIVERY-10", "client-id.not-leaked", needs=[Need.PUBLISH])
async def no_client_id(lab: Lab) -> Findings:
    """A delivery does not tell the clientId of the publisher."""
    channel = lab.channel()
    peer = await lab.listener(channel)
    publisher = await lab.session()
    arrival = await peer.receive(await lab.emit(channel, by=publisher))
    if str(publisher.client_id) not in str(arrival.message):
        return []
    return [Finding("unexpected", "the clientId of the publisher", "$.clientId", None, "leaked")]


@check(
    "BAYEUX-DELIVERY-11", "delivery.first-response", needs=[Need.PUBLISH], transport=LONG_POLLING
)
async def first_response(lab: Lab) -> Findings:
    """Events of a session leave with the response that leaves first, not with its held connect."""
    channel = lab.channel()
    peer = await lab.listener(channel)
    await held(lab, peer, LONG)
    event = await lab.emit(channel, by=peer)
    arrival = await peer.receive(event)
    if any(
        message.get("channel") == channel and "successful" in message
        for message in arrival.packet.messages
    ):
        return []
    told = sorted({str(m.get("channel")) for m in arrival.packet.messages})
    return wrong("$", "not in the response to the publish", "with its reply", told)


@check(
    "BAYEUX-DELIVERY-12", "delivery.not-with-handshake", needs=[Need.EVENT], transport=LONG_POLLING
)
async def not_with_handshake(lab: Lab) -> Findings:
    """No event comes in a response with a handshake reply."""
    channel = lab.channel()
    peer = await lab.listener(channel)
    witness = await lab.listener(channel)
    await witness.receive(await lab.emit(channel))
    reply = await peer.ask(META_HANDSHAKE, version="1.0", supportedConnectionTypes=[LONG_POLLING])
    return equal("$", [], list(reply.packet.deliveries), "events beside a handshake reply")
