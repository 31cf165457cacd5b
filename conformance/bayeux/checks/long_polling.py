"""The long-polling transport: content types, forms, and sessions that change transports."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from conformance.bayeux.check import Need, check
from conformance.bayeux.expect import Findings, equal, says, wrong
from conformance.bayeux.lab import Lab
from conformance.bayeux.lines import CALLBACK_POLLING, LONG_POLLING
from conformance.bayeux.peer import Peer
from conformance.bayeux.wire import Packet
from tapestry.bayeux.message import META_CONNECT

FORM = "application/x-www-form-urlencoded"


@check("BAYEUX-LONGPOLLING-01", "long-polling.request", transport=LONG_POLLING)
async def json_is_taken(lab: Lab) -> Findings:
    """Messages are taken as application/json, with a charset and without."""
    peer = await lab.session()
    for content_type in ("application/json", "application/json;charset=UTF-8"):
        packet = await peer.http.post(json.dumps([_connect(peer)]), content_type)
        if not _answers(packet):
            return wrong("Content-Type", "not answered", content_type, packet.describe())
    return []


@check("BAYEUX-LONGPOLLING-02", "long-polling.response", transport=LONG_POLLING)
async def json_is_sent(lab: Lab) -> Findings:
    """Replies are application/json, in UTF-8."""
    peer = await lab.session()
    packet = (await peer.connect(0)).packet
    kind, _, parameters = packet.content_type.lower().partition(";")
    found = list(equal("Content-Type", "application/json", kind.strip(), "not JSON"))
    if "charset=" in parameters and "utf-8" not in parameters:
        found += wrong("Content-Type", "not UTF-8", "charset=utf-8", packet.content_type)
    return found


@check("BAYEUX-LONGPOLLING-03", "long-polling.form", transport=LONG_POLLING)
async def form_is_taken(lab: Lab) -> Findings:
    """Messages are taken as the message field of a form."""
    peer = await lab.session()
    for message in (json.dumps([_connect(peer)]), json.dumps(_connect(peer))):
        packet = await peer.http.post(urlencode({"message": message}), FORM)
        if not _answers(packet):
            return wrong("$", "a form is not answered", "a reply", packet.describe())
    return []


@check("BAYEUX-LONGPOLLING-04", "long-polling.form", transport=LONG_POLLING)
async def several_fields_are_taken(lab: Lab) -> Findings:
    """Messages are taken as several message fields of a form, arrays among them."""
    peer = await lab.session()
    one = peer.message("/meta/subscribe", subscription="/tapestry/x")
    two = peer.message("/meta/subscribe", subscription="/tapestry/y")
    fields = [("message", json.dumps(one)), ("message", json.dumps([two]))]
    packet = await peer.http.post(urlencode(fields), FORM)
    answered = {message.get("id") for message in packet.messages}
    missing = sorted({one["id"], two["id"]} - answered)
    return equal("$", [], missing, "fields of a form are not answered")


@check(
    "BAYEUX-LONGPOLLING-05",
    "connect.any-transport",
    needs=[Need.CALLBACK_POLLING],
    transport=LONG_POLLING,
)
async def goes_on_over_callback_polling(lab: Lab) -> Findings:
    """A session that began over long-polling goes on over callback-polling."""
    return await goes_on_over(lab, CALLBACK_POLLING)


async def goes_on_over(lab: Lab, transport: str) -> Findings:
    """Begin a session by long-polling and let the rest of it pass over another transport."""
    peer = await lab.session(LONG_POLLING)
    peer.transport = transport
    found = list(says(await peer.connect(0), successful=True))
    if lab.world.offer.source is None:
        return found
    channel = lab.channel()
    await lab.subscribed(peer, channel)
    await peer.receive(await lab.emit(channel))
    return found


def _connect(peer: Peer) -> dict[str, object]:
    return peer.message(META_CONNECT, connectionType=LONG_POLLING, advice={"timeout": 0})


def _answers(packet: Packet) -> bool:
    return any(message.get("channel") == META_CONNECT for message in packet.messages)
