"""The disconnect: its reply, and that there is no session afterwards."""

from __future__ import annotations

from conformance.bayeux.check import check
from conformance.bayeux.checks.messages import UNKNOWN
from conformance.bayeux.expect import Findings, says, tells_success
from conformance.bayeux.lab import Lab


@check("BAYEUX-DISCONNECT-01", "disconnect.answered", "disconnect.reply", "successful.given")
async def answered(lab: Lab) -> Findings:
    """A disconnect is answered by a successful reply."""
    peer = await lab.session()
    return says(await peer.disconnect(), successful=True)


@check("BAYEUX-DISCONNECT-02", "unconnected.answered", "disconnect.answered", "successful.given")
async def unknown_client(lab: Lab) -> Findings:
    """A disconnect with an unknown clientId is answered."""
    peer = lab.peer()
    peer.client_id = UNKNOWN
    return tells_success(await peer.disconnect())


@check("BAYEUX-DISCONNECT-03", "unconnected.answered", "disconnect.answered", "successful.given")
async def no_client_id(lab: Lab) -> Findings:
    """A disconnect without a clientId is answered."""
    return tells_success(await lab.peer().disconnect())


@check("BAYEUX-DISCONNECT-04", "disconnect.ends-session")
async def session_is_over(lab: Lab) -> Findings:
    """After a disconnect the session is unknown."""
    peer = await lab.session()
    control = await peer.connect(0)
    await peer.disconnect()
    # A server may close the socket that its session is gone from; the question is put on a new one.
    await peer.drop()
    return [*says(control, successful=True), *says(await peer.connect(0), successful=False)]


@check("BAYEUX-DISCONNECT-05", "disconnect.answered", "successful.given")
async def twice(lab: Lab) -> Findings:
    """A second disconnect is answered like any other."""
    peer = await lab.session()
    await peer.disconnect()
    await peer.drop()
    return tells_success(await peer.disconnect())
