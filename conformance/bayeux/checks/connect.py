"""The connect: its reply, whatever it lacks, and what may come with it."""

from __future__ import annotations

from conformance.bayeux.check import Need, check
from conformance.bayeux.checks.expiry import expiry
from conformance.bayeux.checks.holding import held
from conformance.bayeux.checks.messages import UNKNOWN
from conformance.bayeux.expect import Findings, equal, keeps_id, says, tells_success
from conformance.bayeux.lab import Lab
from tapestry.bayeux.message import META_CONNECT, META_SUBSCRIBE

BRIEF = 3000
"""Milliseconds; a server may not notice that a connection is cut until the hold is over."""


@check("BAYEUX-CONNECT-01", "connect.answered", "connect.reply", "successful.given")
async def answered(lab: Lab) -> Findings:
    """A connect is answered by a successful reply, on its own transport."""
    peer = lab.peer()
    await peer.handshake()
    return says(await peer.connect(0), successful=True)


@check("BAYEUX-CONNECT-02", "unconnected.answered", "connect.answered", "successful.given")
async def unknown_client(lab: Lab) -> Findings:
    """A connect with an unknown clientId is answered, one way or the other."""
    peer = lab.peer()
    peer.client_id = UNKNOWN
    return tells_success(await peer.connect(0))


@check("BAYEUX-CONNECT-03", "connect.renegotiation")
async def unknown_client_advised(lab: Lab) -> Findings:
    """A connect with an unknown clientId is answered with the advice to shake hands."""
    peer = lab.peer()
    peer.client_id = UNKNOWN
    advice = (await peer.connect(0))["advice"]
    reconnect = advice.get("reconnect") if isinstance(advice, dict) else None
    return equal("$.advice.reconnect", "handshake", reconnect, "no such advice")


@check("BAYEUX-CONNECT-04", "unconnected.answered", "connect.answered", "successful.given")
async def no_client_id(lab: Lab) -> Findings:
    """A connect without a clientId is answered, one way or the other."""
    return tells_success(await lab.peer().connect(0))


@check("BAYEUX-CONNECT-05", "connect.answered", "successful.given")
async def no_connection_type(lab: Lab) -> Findings:
    """A connect without a connection type is answered, one way or the other."""
    peer = await lab.session()
    return tells_success(await peer.connect(0, connectionType=None))


@check("BAYEUX-CONNECT-06", "connect.answered", "successful.given")
async def strange_connection_type(lab: Lab) -> Findings:
    """A connect with an unknown connection type is answered, one way or the other."""
    peer = await lab.session()
    return tells_success(await peer.connect(0, connectionType="x-carrier-pigeon"))


@check("BAYEUX-CONNECT-07", "connect.company", needs=[Need.PROMPT])
async def company_is_answered(lab: Lab) -> Findings:
    """A message in the same request as a connect is answered, and so is the connect."""
    peer = await lab.session()
    topic = lab.channel() if lab.world.offer.source else lab.world.target.topic
    connect = peer.message(META_CONNECT, connectionType=peer.transport, advice={"timeout": 0})
    for messages in (
        [connect, peer.message(META_SUBSCRIBE, subscription=topic)],
        [
            peer.message(META_SUBSCRIBE, subscription=topic),
            peer.message(META_CONNECT, connectionType=peer.transport, advice={"timeout": 0}),
        ],
    ):
        replies = [await pending.reply() for pending in await peer.send(*messages)]
        faults = [finding for reply in replies for finding in keeps_id(reply)]
        if faults:
            return faults
    return []


@check("BAYEUX-CONNECT-08", "connect.expiry")
async def survives_a_cut(lab: Lab) -> Findings:
    """A session lives on when the connection that held its connect is cut."""
    peer = await lab.session()
    await held(lab, peer, BRIEF)
    await peer.drop()
    await lab.session()  # while this one comes, the server has time to notice that one is gone
    return says(await peer.connect(0), successful=True)


@check("BAYEUX-CONNECT-09", "connect.expiry", slow=True)
async def expires(lab: Lab) -> Findings:
    """A session that sends no connect any more ends; one that does lives on."""
    return await expiry(lab)


@check("BAYEUX-CONNECT-10", "unconnected.refused")
async def unknown_client_refused(lab: Lab) -> Findings:
    """A connect, subscribe or unsubscribe with an unknown clientId is refused."""
    peer = lab.peer()
    peer.client_id = UNKNOWN
    replies = [
        await peer.connect(0),
        await peer.subscribe("/tapestry/x"),
        await peer.unsubscribe("/tapestry/x"),
    ]
    return [finding for reply in replies for finding in says(reply, successful=False)]
