"""How long a session lives without a connect: the one question that only waiting answers.

CometD's servers tell in ``maxInterval``, others do not. Where the server tells, one look after that
time decides; else several sessions are left alone and looked at once each, later and later.
"""

from __future__ import annotations

import asyncio
from typing import Any

from conformance.bayeux.broken import NotApplicable
from conformance.bayeux.expect import Findings, says
from conformance.bayeux.lab import Lab
from conformance.bayeux.peer import Peer, interval_of

SWEEP = 3.0
"""Seconds of grace: servers look for expired sessions every now and then."""

LONGEST_WAIT = 15.0
LOOKS = (2.0, 4.0, 7.0, 11.0, 14.5)
ALIVE = 0.5


async def expiry(lab: Lab) -> Findings:
    """Return findings when a silent session outlives its time, or a talking one does not."""
    told = await _lifetime(lab)
    if told is not None and told + SWEEP > LONGEST_WAIT:
        raise NotApplicable(
            f"a session lives for {told:g} s without a connect: more than we wait for"
        )
    looks = LOOKS if told is None else (told + SWEEP,)
    talking = await lab.session()
    silent = [await lab.session() for _ in looks]
    begun = asyncio.get_running_loop().time()
    for peer, look in zip(silent, looks, strict=True):
        await _talk_until(talking, begun + look)
        # A server may have closed the socket of a session that ended: the question needs a new one.
        await peer.drop()
        reply = await peer.connect(0)
        if reply.refused:
            return says(await talking.connect(0), successful=True)
    if told is None:
        raise NotApplicable(
            f"a session without a connect still lives after {looks[-1]:g} s, and the server does "
            "not tell (advice.maxInterval) how long it may"
        )
    return says(reply, successful=False)


async def _talk_until(peer: Peer, moment: float) -> None:
    """Connect again and again until a moment, as a client does that is there."""
    loop = asyncio.get_running_loop()
    while (left := moment - loop.time()) > 0:
        await peer.connect(min(round(left * 1000), round(ALIVE * 1000)))
        await asyncio.sleep(max(peer.interval, min(left, 0.1)))


async def _lifetime(lab: Lab) -> float | None:
    """Return how long a session lives without a connect, in seconds, when the server tells."""
    advice: Any = (await lab.peer().handshake())["advice"]
    longest = advice.get("maxInterval") if isinstance(advice, dict) else None
    if isinstance(longest, bool) or not isinstance(longest, int | float) or longest < 0:
        return None
    return float(longest) / 1000 + interval_of(advice)
