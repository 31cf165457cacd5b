"""The handshake: its reply, the clientId in it, and the cookie beside it."""

from __future__ import annotations

import math
import re

from conformance.bayeux.check import Need, check
from conformance.bayeux.expect import Findings, equal, says, wrong
from conformance.bayeux.lab import Lab
from conformance.bayeux.lines import LONG_POLLING
from conformance.bayeux.world import BROWSER_COOKIE

SAMPLE = 16
RANDOM_BITS = 128

_VERSION = re.compile(r"[0-9]+(\.[A-Za-z0-9][A-Za-z0-9\-_]*)*\Z")


@check("BAYEUX-HANDSHAKE-01", "handshake.answered", "handshake.reply", "successful.given")
async def answered(lab: Lab) -> Findings:
    """A handshake is answered by a successful reply."""
    return says(await lab.peer().handshake(), successful=True)


@check("BAYEUX-HANDSHAKE-02", "handshake.reply", "version.given")
async def version_given(lab: Lab) -> Findings:
    """The reply names a version."""
    version = (await lab.peer().handshake())["version"]
    if isinstance(version, str) and version:
        return []
    return wrong("$.version", "no version", "1.0", version)


@check("BAYEUX-HANDSHAKE-03", "version.form")
async def version_form(lab: Lab) -> Findings:
    """The version has the form of one."""
    version = (await lab.peer().handshake())["version"]
    if isinstance(version, str) and _VERSION.match(version):
        return []
    return wrong("$.version", "not a version", "1.0", version)


@check("BAYEUX-HANDSHAKE-04", "handshake.reply", "handshake.connection-types")
async def types_listed(lab: Lab) -> Findings:
    """The reply lists connection types, as an array of strings."""
    types = (await lab.peer().handshake())["supportedConnectionTypes"]
    if isinstance(types, list) and types and all(isinstance(kind, str) for kind in types):
        return []
    return wrong("$.supportedConnectionTypes", "not a list of types", ["long-polling"], types)


@check("BAYEUX-HANDSHAKE-05", "handshake.reply")
async def client_id_given(lab: Lab) -> Findings:
    """The reply gives a clientId, as a string."""
    client_id = (await lab.peer().handshake())["clientId"]
    if isinstance(client_id, str) and client_id:
        return []
    return wrong("$.clientId", "no clientId", "a string", client_id)


@check("BAYEUX-HANDSHAKE-06", "client-id.form")
async def client_id_form(lab: Lab) -> Findings:
    """A clientId is made of letters and digits."""
    client_id = (await lab.peer().handshake())["clientId"]
    if isinstance(client_id, str) and client_id.isascii() and client_id.isalnum():
        return []
    return wrong("$.clientId", "not made of letters and digits", "a string", client_id)


@check("BAYEUX-HANDSHAKE-07", "client-id.unique")
async def client_ids_differ(lab: Lab) -> Findings:
    """Every handshake gives another clientId, also within one browser."""
    ids = await _client_ids(lab)
    twice = len(ids) - len(set(ids))
    return equal("$.clientId", 0, twice, f"repeated within {SAMPLE} handshakes")


@check("BAYEUX-HANDSHAKE-08", "client-id.not-reused")
async def client_ids_not_reused(lab: Lab) -> Findings:
    """A clientId of a session that has ended is not given again soon."""
    peer = lab.peer()
    ids = []
    for _ in range(SAMPLE):
        ids.append((await peer.handshake())["clientId"])
        await peer.disconnect()
    return equal("$.clientId", 0, len(ids) - len(set(ids)), "given out again")


@check("BAYEUX-HANDSHAKE-09", "client-id.random")
async def client_ids_random(lab: Lab) -> Findings:
    """A clientId is long and varied enough for 128 random bits."""
    ids = [str(client_id) for client_id in await _client_ids(lab)]
    bits = _most_bits(ids)
    if bits >= RANDOM_BITS:
        return []
    return wrong("$.clientId", "too few random bits", f"at least {RANDOM_BITS}", round(bits))


@check(
    "BAYEUX-HANDSHAKE-10", "long-polling.supported", "handshake.common-type", transport=LONG_POLLING
)
async def long_polling_supported(lab: Lab) -> Findings:
    """A client that can do long-polling only is let in."""
    reply = await lab.peer().handshake(supportedConnectionTypes=[LONG_POLLING])
    types = reply["supportedConnectionTypes"]
    listed = isinstance(types, list) and LONG_POLLING in types
    found = list(says(reply, successful=True))
    if not listed:
        found += wrong("$.supportedConnectionTypes", "not in common", LONG_POLLING, types)
    return found


@check("BAYEUX-HANDSHAKE-11", "connection-types.callback-polling")
async def callback_polling_supported(lab: Lab) -> Findings:
    """callback-polling is among the connection types of the server."""
    if Need.CALLBACK_POLLING in lab.world.offer.types:
        return []
    types = sorted(lab.world.offer.types)
    return wrong("$.supportedConnectionTypes", "no callback-polling", "callback-polling", types)


@check("BAYEUX-HANDSHAKE-12", "minimum-version.accepted")
async def minimum_version_accepted(lab: Lab) -> Findings:
    """A handshake that names the oldest version it can do is let in."""
    return says(await lab.peer().handshake(minimumVersion="1.0beta"), successful=True)


@check("BAYEUX-HANDSHAKE-13", "multiple-clients.cookie", transport=LONG_POLLING)
async def browser_cookie(lab: Lab) -> Findings:
    """The server gives an HTTP client without one a BAYEUX_BROWSER cookie."""
    peer = lab.peer()
    await peer.handshake()
    if peer.cookies.get(BROWSER_COOKIE):
        return []
    return wrong("Set-Cookie", "no such cookie", BROWSER_COOKIE, sorted(peer.cookies))


async def _client_ids(lab: Lab) -> list[object]:
    """Shake hands again and again, half of the time as one and the same browser."""
    peer = lab.peer()
    replies = [await peer.handshake() for _ in range(SAMPLE // 2)]
    replies += [await lab.peer().handshake() for _ in range(SAMPLE // 2)]
    return [reply["clientId"] for reply in replies]


def _most_bits(ids: list[str]) -> float:
    """Return the most random bits that such ids can hold: what varies, in the alphabet seen.

    Digits that are the same in all of the sample are taken for no randomness at all.
    """
    shortest = min(map(len, ids))
    varying = sum(len({one[place] for one in ids}) > 1 for place in range(shortest))
    letters = set("".join(ids))
    sizes = (
        (10, letters <= set("0123456789")),
        (16, letters <= set("0123456789abcdefABCDEF-")),
        (36, "".join(letters).lower() == "".join(letters)),
    )
    alphabet = next((size for size, fits in sizes if fits), 64)
    return varying * math.log2(alphabet)
