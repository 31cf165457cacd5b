"""The callback-polling transport: scripts that call a function with messages."""

from __future__ import annotations

import json

from conformance.bayeux.check import Need, check
from conformance.bayeux.expect import Findings, equal, says, wrong
from conformance.bayeux.lab import Lab
from conformance.bayeux.lines import CALLBACK_POLLING
from conformance.bayeux.peer import Peer
from tapestry.bayeux.message import META_CONNECT


@check("BAYEUX-CALLBACK-01", "callback-polling.response", transport=CALLBACK_POLLING)
async def function_is_called(lab: Lab) -> Findings:
    """A handshake by GET is answered by a call of the function that was named."""
    peer = lab.peer()
    reply = await peer.handshake()
    found = list(says(reply, successful=True))
    found += equal("jsonp", "tapestry", reply.packet.callback, "another function is called")
    if not reply.packet.is_array:
        found += wrong("$", "not called with an array", "an array", reply.message)
    return found


@check("BAYEUX-CALLBACK-02", "callback-polling.response", transport=CALLBACK_POLLING)
async def other_function_is_called(lab: Lab) -> Findings:
    """A function with another name is called by that name."""
    peer = await lab.session()
    packet = await peer.jsonp.get(json.dumps([_connect(peer)]), "parent.on_message_7")
    return equal("jsonp", "parent.on_message_7", packet.callback, "another function is called")


@check("BAYEUX-CALLBACK-03", "callback-polling.default-name", transport=CALLBACK_POLLING)
async def default_function(lab: Lab) -> Findings:
    """Without a name the function is jsonpcallback."""
    peer = await lab.session()
    packet = await peer.jsonp.get(json.dumps([_connect(peer)]), None)
    if packet.callback is None:
        return wrong("jsonp", "no function is called", "jsonpcallback", packet.describe())
    return equal("jsonp", "jsonpcallback", packet.callback, "another function is called")


@check("BAYEUX-CALLBACK-04", "callback-polling.request", transport=CALLBACK_POLLING)
async def messages_are_taken(lab: Lab) -> Findings:
    """Messages are taken as the message parameter of a GET."""
    peer = lab.peer()
    await peer.handshake()
    return says(await peer.connect(0), successful=True)


@check("BAYEUX-CALLBACK-05", "delivery.subscribed", needs=[Need.EVENT], transport=CALLBACK_POLLING)
async def event_arrives(lab: Lab) -> Findings:
    """An event is delivered over callback-polling."""
    channel = lab.channel()
    peer = await lab.listener(channel)
    await peer.receive(await lab.emit(channel))
    return []


@check("BAYEUX-CALLBACK-06", "disconnect.answered", "successful.given", transport=CALLBACK_POLLING)
async def disconnect_is_answered(lab: Lab) -> Findings:
    """A disconnect is answered over callback-polling."""
    peer = await lab.session()
    return says(await peer.disconnect(), successful=True)


def _connect(peer: Peer) -> dict[str, object]:
    return peer.message(META_CONNECT, connectionType=CALLBACK_POLLING, advice={"timeout": 0})
