"""Channels: wildcards, meta channels that nobody overhears, service channels."""

from __future__ import annotations

from conformance.bayeux.broken import NotApplicable
from conformance.bayeux.check import Need, check
from conformance.bayeux.expect import Findings
from conformance.bayeux.lab import Lab
from conformance.bayeux.peer import Event, Peer
from conformance.model import Finding
from tapestry.bayeux.message import is_meta


@check("BAYEUX-CHANNEL-01", "channel.one-segment", needs=[Need.EVENT])
async def one_segment(lab: Lab) -> Findings:
    """A pattern that ends in * covers one segment more."""
    channel = lab.channel("x")
    peer = await lab.listener(f"{_parent(channel)}/*")
    await peer.receive(await lab.emit(channel))
    return []


@check("BAYEUX-CHANNEL-02", "channel.one-segment", needs=[Need.EVENT, Need.PROMPT])
async def not_two_segments(lab: Lab) -> Findings:
    """A pattern that ends in * does not cover two segments more."""
    channel = lab.channel("x", "y")
    if not _parent(channel):
        raise NotApplicable(f"the channel of the events, {channel}, has one segment only")
    witness = await lab.listener(channel)
    peer = await lab.listener(f"{_parent(_parent(channel))}/*")
    event = await lab.emit(channel)
    await witness.receive(event)
    return await lab.absent(peer, event, "a subscriber to a pattern two segments above")


@check("BAYEUX-CHANNEL-03", "channel.many-segments", needs=[Need.EVENT])
async def many_segments(lab: Lab) -> Findings:
    """A pattern that ends in ** covers one segment more and several."""
    channel = lab.channel("x", "y")
    for above in (_parent(channel), _parent(_parent(channel))):
        peer = await lab.listener(f"{above}/**")
        await peer.receive(await lab.emit(channel))
    return []


@check("BAYEUX-CHANNEL-04", "channel.many-segments", needs=[Need.TREE, Need.PROMPT])
async def not_its_own_channel(lab: Lab) -> Findings:
    """A pattern that ends in ** covers neither its own channel nor one that begins alike."""
    channel = lab.channel("x")
    alike = f"{channel}y"
    witness = await lab.listener(channel, alike)
    peer = await lab.listener(f"{channel}/**")
    await peer.receive(await lab.emit(f"{channel}/z"))
    events = [await lab.emit(channel), await lab.emit(f"{alike}")]
    for event in events:
        await witness.receive(event)
    found = [await lab.absent(peer, e, f"a subscriber to {channel}/**") for e in events]
    return [finding for findings in found for finding in findings]


@check("BAYEUX-CHANNEL-05", "delivery.only-subscribed", needs=[Need.EVENT, Need.PROMPT])
async def pattern_given_up(lab: Lab) -> Findings:
    """After giving up a pattern no event under it is delivered any more."""
    channel = lab.channel("x")
    pattern = f"{_parent(channel)}/*"
    witness, peer = await lab.listener(channel), await lab.listener(pattern)
    await peer.receive(await lab.emit(channel))
    await peer.unsubscribe(pattern)
    event = await lab.emit(channel)
    await witness.receive(event)
    return await lab.absent(peer, event, "a session that has given the pattern up")


@check("BAYEUX-CHANNEL-06", "meta.not-distributed", needs=[Need.PROMPT])
async def meta_not_distributed(lab: Lab) -> Findings:
    """Meta messages of other clients are never delivered, whatever one subscribes to."""
    eavesdropper = await lab.session()
    for subscription in ("/meta/**", "/meta/*", "/meta/connect", "/meta/subscribe", "/**"):
        await eavesdropper.subscribe(subscription)
    own = set(_sent_ids(eavesdropper))
    other = await lab.session()
    await other.subscribe("/tapestry/x")
    (unknown,) = await other.send(other.message("/meta/tapestry", data={"meta": True}))
    await unknown.over(other.patience)
    await other.disconnect()
    await lab.settle(eavesdropper)
    own |= set(_sent_ids(eavesdropper))
    return [
        Finding("unexpected", "a meta message of another client", "$", None, message)
        for packet in eavesdropper.packets
        for message in packet.messages
        if is_meta(str(message.get("channel")))
        and ("data" in message or message.get("id") not in {*own, None})
    ]


@check("BAYEUX-CHANNEL-07", "service.not-distributed", needs=[Need.PUBLISH, Need.PROMPT])
async def service_not_distributed(lab: Lab) -> Findings:
    """A message on a service channel reaches no other client."""
    channel = lab.channel()
    service = f"/service/tapestry/{lab.mark()}"
    other = await lab.listener(channel)
    await other.subscribe(service)
    await other.subscribe("/service/**")
    publisher = await lab.session()
    event = Event(service, lab.mark())
    await publisher.publish(service, {"mark": event.mark})
    await other.receive(await lab.emit(channel, by=publisher))
    return await lab.absent(other, event, "another client")


def _parent(channel: str) -> str:
    return channel.rpartition("/")[0]


def _sent_ids(peer: Peer) -> list[str]:
    """Return the ids that this client may have used itself, by their prefix."""
    return [
        message["id"]
        for packet in peer.packets
        for message in packet.messages
        if isinstance(message.get("id"), str) and message["id"].startswith(peer.prefix)
    ]
