"""Publishing: replies to it, company in one request, and publishing without a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.bayeux.broken import NotApplicable, Unanswered
from conformance.bayeux.check import Need, check
from conformance.bayeux.checks.messages import UNKNOWN
from conformance.bayeux.expect import Findings, equal, says, tells_success, wrong
from conformance.bayeux.lab import Lab
from conformance.bayeux.peer import Event
from tapestry.bayeux.message import META_SUBSCRIBE

SHAPES: tuple[Any, ...] = (
    {"nested": {"list": [1, 2.5, -3, 1e21, True, None, "", {}]}},
    [1, "two", [3]],
    "text",
    0,
    False,
)


@check("BAYEUX-PUBLISH-01", "publish.reply", "successful.given")
async def reply_fields(lab: Lab) -> Findings:
    """The reply to a publish, where there is one, has channel and successful."""
    peer = await lab.session()
    channel = lab.channel() if lab.world.lacks("publish") is None else "/tapestry/probe/x"
    reply = await peer.publish(channel, {"probe": True})
    if reply is None:
        raise NotApplicable("the server does not answer a publish, and need not")
    return tells_success(reply)


@check("BAYEUX-PUBLISH-02", "publish.company", needs=[Need.PUBLISH])
async def company(lab: Lab) -> Findings:
    """A publish is taken in one request with other messages."""
    channel = lab.channel()
    listener = await lab.listener(channel)
    peer = await lab.session()
    event = Event(channel, lab.mark())
    subscribe = peer.message(META_SUBSCRIBE, subscription=channel)
    pending, _ = await peer.send(subscribe, peer.message(channel, data={"mark": event.mark}))
    reply = await pending.reply()
    await listener.receive(event)
    return says(reply, successful=True)


@check("BAYEUX-PUBLISH-03", "unconnected.answered")
async def unconnected_answered(lab: Lab) -> Findings:
    """A publish without a clientId is answered, if only by an error."""
    peer = lab.peer()
    channel = lab.channel() if lab.world.lacks("publish") is None else "/tapestry/probe/x"
    await peer.ask(channel, data={"probe": True})
    return []


@check("BAYEUX-PUBLISH-04", "unconnected.accepted", needs=[Need.PUBLISH])
async def unconnected_delivered(lab: Lab) -> Findings:
    """An event that is published without a handshake is delivered."""
    channel = lab.channel()
    listener = await lab.listener(channel)
    event = Event(channel, lab.mark())
    reply = await lab.peer().ask(channel, data={"mark": event.mark})
    if not reply.successful:
        return wrong("$.successful", "it is refused", True, reply["successful"])
    await listener.receive(event)
    return []


@check("BAYEUX-PUBLISH-05", "unconnected.answered")
async def unknown_client(lab: Lab) -> Findings:
    """A publish with an unknown clientId is answered."""
    peer = lab.peer()
    peer.client_id = UNKNOWN
    await peer.ask("/tapestry/probe/x", data={"probe": True})
    return []


@check("BAYEUX-PUBLISH-06", "data.delivered", needs=[Need.PUBLISH])
async def any_data(lab: Lab) -> Findings:
    """Data of any JSON type arrives as it was published."""
    channel = lab.channel()
    peer = await lab.listener(channel)
    found: list[Any] = []
    for shape in SHAPES:
        event = await lab.emit(channel, _around(shape))
        data = (await peer.receive(event)).message["data"]
        found += equal("$.data", event.data, data, "the data has changed on its way")
    return found


@check("BAYEUX-PUBLISH-07", "data.delivered", needs=[Need.PUBLISH])
async def text_data(lab: Lab) -> Findings:
    """A publish with data that is a plain text is delivered."""
    channel = lab.channel()
    peer = await lab.listener(channel)
    event = await lab.emit(channel, lambda mark: mark)
    arrival = await peer.receive(event)
    return equal("$.data", event.mark, arrival.message["data"], "the data has changed")


@check("BAYEUX-PUBLISH-08", "publish.answered", needs=[Need.PUBLISH])
async def answered(lab: Lab) -> Findings:
    """A publish is answered."""
    peer = await lab.session()
    try:
        await peer.ask(lab.channel(), data={"probe": True})
    except Unanswered:
        return wrong("$", "it is not answered", "a reply", None)
    return []


def _around(shape: Any) -> Callable[[str], Any]:
    return lambda mark: {"mark": mark, "it": shape}
