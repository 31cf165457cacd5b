"""Who must not get an event: each shown against somebody who did."""

from __future__ import annotations

from conformance.bayeux.check import Need, check
from conformance.bayeux.expect import Findings
from conformance.bayeux.lab import Lab


@check("BAYEUX-BOUNDARY-01", "delivery.only-subscribed", needs=[Need.EVENT, Need.PROMPT])
async def not_subscribed(lab: Lab) -> Findings:
    """A session that is not subscribed does not get an event."""
    channel = lab.channel()
    subscribed, other = await lab.listener(channel), await lab.session()
    event = await lab.emit(channel)
    await subscribed.receive(event)
    return await lab.absent(other, event, "a session that is not subscribed")


@check("BAYEUX-BOUNDARY-02", "delivery.only-subscribed", needs=[Need.TREE, Need.PROMPT])
async def subscribed_elsewhere(lab: Lab) -> Findings:
    """A session that is subscribed to another channel does not get an event."""
    channel, elsewhere = lab.channel("x"), lab.channel("x")
    subscribed, other = await lab.listener(channel), await lab.listener(elsewhere)
    event = await lab.emit(channel)
    await subscribed.receive(event)
    await other.receive(await lab.emit(elsewhere))
    return await lab.absent(other, event, "a session that is subscribed to another channel")


@check("BAYEUX-BOUNDARY-03", "delivery.only-subscribed", needs=[Need.EVENT, Need.PROMPT])
async def unsubscribed(lab: Lab) -> Findings:
    """After an unsubscribe no event is delivered any more."""
    channel = lab.channel()
    witness, peer = await lab.listener(channel), await lab.listener(channel)
    await peer.receive(await lab.emit(channel))
    await peer.unsubscribe(channel)
    event = await lab.emit(channel)
    await witness.receive(event)
    return await lab.absent(peer, event, "a session that has unsubscribed")


@check("BAYEUX-BOUNDARY-04", "delivery.only-subscribed", needs=[Need.TREE, Need.PROMPT])
async def unsubscribed_from_several(lab: Lab) -> Findings:
    """An unsubscribe of several channels ends all of them."""
    channels = [lab.channel("x"), lab.channel("y")]
    witness = await lab.listener(*channels)
    peer = await lab.session()
    await peer.subscribe(channels)
    for channel in channels:
        await peer.receive(await lab.emit(channel))
    await peer.unsubscribe(channels)
    events = [await lab.emit(channel) for channel in channels]
    for event in events:
        await witness.receive(event)
    found = [await lab.absent(peer, e, "a session that has unsubscribed") for e in events]
    return [finding for findings in found for finding in findings]


@check("BAYEUX-BOUNDARY-05", "delivery.subscribed", needs=[Need.TREE])
async def others_stay(lab: Lab) -> Findings:
    """Giving up a channel does not end the session's other subscriptions."""
    channels = [lab.channel("x"), lab.channel("y")]
    peer = await lab.listener(*channels)
    await peer.unsubscribe(channels[0])
    await peer.receive(await lab.emit(channels[1]))
    return []


@check("BAYEUX-BOUNDARY-06", "delivery.subscribed", needs=[Need.EVENT])
async def other_sessions_stay(lab: Lab) -> Findings:
    """Giving up a channel does not end another session's subscription to it."""
    channel = lab.channel()
    stays, goes = await lab.listener(channel), await lab.listener(channel)
    await goes.unsubscribe(channel)
    await stays.receive(await lab.emit(channel))
    return []


@check("BAYEUX-BOUNDARY-07", "delivery.subscribed", needs=[Need.EVENT])
async def subscribed_again(lab: Lab) -> Findings:
    """Who subscribes again after an unsubscribe gets events again."""
    channel = lab.channel()
    peer = await lab.listener(channel)
    await peer.unsubscribe(channel)
    await lab.subscribed(peer, channel)
    await peer.receive(await lab.emit(channel))
    return []


@check("BAYEUX-BOUNDARY-08", "delivery.only-subscribed", needs=[Need.EVENT, Need.PROMPT])
async def new_session_is_empty(lab: Lab) -> Findings:
    """A session that was made anew has no subscriptions of the one before it."""
    channel = lab.channel()
    witness, peer = await lab.listener(channel), await lab.listener(channel)
    await peer.receive(await lab.emit(channel))
    await peer.disconnect()
    await peer.drop()
    anew = await lab.session(sharing=peer)
    event = await lab.emit(channel)
    await witness.receive(event)
    return await lab.absent(anew, event, "a session that was made anew")
