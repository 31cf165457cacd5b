"""Handshakes that cannot or should not succeed, and what comes beside one."""

from __future__ import annotations

from typing import Any

from conformance.bayeux.broken import NotApplicable, Unanswered
from conformance.bayeux.check import Need, check
from conformance.bayeux.expect import Findings, equal, says, tells_success, wrong
from conformance.bayeux.lab import Lab
from conformance.bayeux.peer import Event
from conformance.bayeux.wire import Reply
from tapestry.bayeux.message import META_HANDSHAKE, META_SUBSCRIBE

STRANGE = "x-carrier-pigeon"


@check("BAYEUX-NEGOTIATION-01", "handshake.no-common-type")
async def no_common_type(lab: Lab) -> Findings:
    """With no connection type in common a handshake is unsuccessful."""
    control = await lab.peer().handshake()
    reply = await lab.peer().handshake(supportedConnectionTypes=[STRANGE])
    return [*says(control, successful=True), *says(reply, successful=False)]


@check("BAYEUX-NEGOTIATION-02", "handshake.failed-reply")
async def failed_reply(lab: Lab) -> Findings:
    """An unsuccessful handshake reply has successful and error."""
    reply = await _refused(lab)
    error = reply["error"]
    if isinstance(error, str) and error:
        return []
    return wrong("$.error", "no error in an unsuccessful handshake reply", "a text", error)


@check("BAYEUX-NEGOTIATION-03", "client-id.returned")
async def failed_reply_without_client_id(lab: Lab) -> Findings:
    """An unsuccessful handshake reply gives no clientId."""
    reply = await _refused(lab)
    return equal("$.clientId", None, reply["clientId"], "given although the handshake failed")


@check("BAYEUX-NEGOTIATION-04", "handshake.answered", "successful.given")
async def version_missing(lab: Lab) -> Findings:
    """A handshake without a version is answered, one way or the other."""
    return tells_success(await lab.peer().handshake(version=None))


@check("BAYEUX-NEGOTIATION-05", "handshake.answered", "successful.given")
async def types_missing(lab: Lab) -> Findings:
    """A handshake without connection types is answered, one way or the other."""
    return tells_success(await lab.peer().handshake(supportedConnectionTypes=None))


@check("BAYEUX-NEGOTIATION-06", "handshake.answered", "handshake.company-ignored")
async def company_does_no_harm(lab: Lab) -> Findings:
    """A handshake that has other messages beside it is answered all the same."""
    peer = lab.peer()
    messages = [
        peer.message(META_HANDSHAKE, version="1.0", supportedConnectionTypes=[peer.transport]),
        peer.message(META_SUBSCRIBE, subscription="/tapestry/x"),
    ]
    handshake, _ = await peer.send(*messages)
    return says(await handshake.reply(), successful=True)


@check("BAYEUX-NEGOTIATION-07", "handshake.company-ignored", needs=[Need.PUBLISH, Need.PROMPT])
async def company_has_no_effect(lab: Lab) -> Findings:
    """An event that is published beside a handshake goes nowhere."""
    channel = lab.channel()
    listener = await lab.listener(channel)
    peer = await lab.session()
    await listener.receive(await lab.emit(channel, by=peer))
    event = Event(channel, lab.mark())
    messages = [
        peer.message(META_HANDSHAKE, version="1.0", supportedConnectionTypes=[peer.transport]),
        peer.message(channel, data={"mark": event.mark}),
    ]
    handshake, _ = await peer.send(*messages)
    await handshake.over(peer.patience)
    return await lab.absent(listener, event, "a subscriber")


async def _refused(lab: Lab) -> Reply:
    """Return the reply to a handshake that the server refuses, whichever that is."""
    attempts: list[dict[str, Any]] = [
        {"supportedConnectionTypes": [STRANGE]},
        {"version": None},
        {"supportedConnectionTypes": None},
        {"version": "99.0", "minimumVersion": "99.0"},
    ]
    for attempt in attempts:
        try:
            reply = await lab.peer().handshake(**attempt)
        except Unanswered:
            continue
        if reply.refused:
            return reply
    raise NotApplicable("the server refuses no handshake that we know how to get refused")
