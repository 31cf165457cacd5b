"""Ids: a client finds the request of a reply by its id alone."""

from __future__ import annotations

from conformance.bayeux.broken import NotApplicable, Unanswered
from conformance.bayeux.check import check
from conformance.bayeux.checks.messages import UNKNOWN
from conformance.bayeux.expect import Findings, keeps_id
from conformance.bayeux.lab import Lab
from conformance.bayeux.peer import Peer
from conformance.bayeux.wire import Reply


@check("BAYEUX-ID-01", "meta.id-echoed")
async def handshake_id(lab: Lab) -> Findings:
    """A handshake is answered under its id."""
    return keeps_id(await lab.peer().handshake())


@check("BAYEUX-ID-02", "meta.id-echoed")
async def connect_id(lab: Lab) -> Findings:
    """A connect is answered under its id."""
    peer = await lab.session()
    return keeps_id(await peer.connect(0))


@check("BAYEUX-ID-03", "meta.id-echoed")
async def held_connect_id(lab: Lab) -> Findings:
    """A held connect is answered under its own id."""
    peer = await lab.session()
    held = await peer.begin_connect(300)
    await _subscribe(lab, peer)
    return keeps_id(await held.reply())


@check("BAYEUX-ID-04", "meta.id-echoed")
async def subscribe_id(lab: Lab) -> Findings:
    """Subscribe and unsubscribe are answered under their ids."""
    peer = await lab.session()
    subscribed = await _subscribe(lab, peer)
    unsubscribed = await peer.unsubscribe(subscribed.request["subscription"])
    return [*keeps_id(subscribed), *keeps_id(unsubscribed)]


@check("BAYEUX-ID-05", "meta.id-echoed")
async def disconnect_id(lab: Lab) -> Findings:
    """A disconnect is answered under its id."""
    peer = await lab.session()
    return keeps_id(await peer.disconnect())


@check("BAYEUX-ID-06", "meta.id-echoed")
async def refused_id(lab: Lab) -> Findings:
    """Unsuccessful replies have the id of their request too."""
    peer = lab.peer()
    peer.client_id = UNKNOWN
    replies = [
        await peer.connect(0),
        await peer.subscribe("/tapestry/x"),
        await peer.unsubscribe("/tapestry/x"),
        await peer.disconnect(),
    ]
    return [finding for reply in replies for finding in keeps_id(reply)]


@check("BAYEUX-ID-07", "meta.id-echoed")
async def ids_in_a_batch(lab: Lab) -> Findings:
    """Two requests of one kind in one array are answered under their own ids."""
    peer = await lab.session()
    messages = [
        peer.message("/meta/subscribe", subscription=f"/tapestry/{name}") for name in ("x", "y")
    ]
    pending = await peer.send(*messages)
    return [finding for one in pending for finding in keeps_id(await one.reply())]


@check("BAYEUX-ID-08", "id.form")
async def number_id(lab: Lab) -> Findings:
    """An id that is a number comes back as that number."""
    peer = await lab.session()
    return keeps_id(await peer.connect(0, id=7))


@check("BAYEUX-ID-09", "connect.answered")
async def no_id(lab: Lab) -> Findings:
    """A message without an id is answered."""
    peer = await lab.session()
    await peer.connect(0, id=None)
    return []


@check("BAYEUX-ID-10", "service.id-echoed")
async def service_id(lab: Lab) -> Findings:
    """The reply to a publish on a service channel has the id of the message."""
    peer = await lab.session()
    try:
        reply = await peer.ask("/service/tapestry/probe", data={"probe": True})
    except Unanswered:
        raise NotApplicable("messages on service channels are not answered") from None
    asked, told = str(reply.request["id"]), str(reply["id"])
    return [] if asked in told else keeps_id(reply)


async def _subscribe(lab: Lab, peer: Peer) -> Reply:
    channel = lab.channel() if lab.world.offer.source else lab.world.target.topic
    return await peer.subscribe(channel)
