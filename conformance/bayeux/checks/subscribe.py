"""Subscribe and unsubscribe: what the replies hold, whatever the requests lack."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.bayeux.broken import NotApplicable
from conformance.bayeux.check import Need, check
from conformance.bayeux.checks.messages import UNKNOWN
from conformance.bayeux.expect import Findings, equal, names, says, tells_success
from conformance.bayeux.lab import Lab
from conformance.bayeux.peer import Peer
from conformance.bayeux.wire import Reply
from tapestry.bayeux.message import META_SUBSCRIBE, META_UNSUBSCRIBE

PAIR = ("/tapestry/x", "/tapestry/y")


@check(
    "BAYEUX-SUBSCRIBE-01",
    "subscribe.answered",
    "subscribe.reply",
    "successful.given",
    "subscription.given",
    needs=[Need.EVENT],
)
async def subscribed(lab: Lab) -> Findings:
    """A subscribe is answered by a successful reply that names the subscription."""
    channel = lab.channel()
    reply = await (await lab.session()).subscribe(channel)
    return [*says(reply, successful=True), *names(reply, [channel])]


@check(
    "BAYEUX-SUBSCRIBE-02",
    "subscribe.array",
    "subscribe.reply",
    "subscription.given",
    needs=[Need.EVENT],
)
async def array_subscribed(lab: Lab) -> Findings:
    """An array of channels is taken, and every one of them named in reply."""
    channels = [lab.channel("x"), *([lab.channel("y")] if _tree(lab) else [])]
    peer = await lab.session()
    reply = await peer.subscribe(channels)
    return [*says(reply, successful=True), *_names_all(peer, reply, channels)]


@check("BAYEUX-SUBSCRIBE-03", "unconnected.answered", "subscribe.answered", "successful.given")
async def unknown_client(lab: Lab) -> Findings:
    """A subscribe with an unknown clientId is answered, one way or the other."""
    peer = lab.peer()
    peer.client_id = UNKNOWN
    return tells_success(await peer.subscribe(PAIR[0]))


@check("BAYEUX-SUBSCRIBE-04", "subscribe.reply", "subscription.given")
async def unknown_client_named(lab: Lab) -> Findings:
    """The reply to a subscribe with an unknown clientId names the subscription."""
    peer = lab.peer()
    peer.client_id = UNKNOWN
    return names(await peer.subscribe(PAIR[0]), [PAIR[0]])


@check("BAYEUX-SUBSCRIBE-05", "unconnected.answered", "subscribe.answered", "successful.given")
async def no_client_id(lab: Lab) -> Findings:
    """A subscribe without a clientId is answered, one way or the other."""
    return tells_success(await lab.peer().subscribe(PAIR[0]))


@check("BAYEUX-SUBSCRIBE-06", "subscribe.answered", "successful.given")
async def no_subscription(lab: Lab) -> Findings:
    """A subscribe without a subscription is answered, one way or the other."""
    peer = await lab.session()
    return tells_success(await peer.ask(META_SUBSCRIBE))


@check("BAYEUX-SUBSCRIBE-07", "subscribe.reply", "subscription.given")
async def refused_named(lab: Lab) -> Findings:
    """A subscription that is refused is named in the reply."""
    reply = await (await lab.session()).subscribe("/meta/tapestry")
    if not reply.refused:
        raise NotApplicable("the server refuses no subscription that we know how to get refused")
    return names(reply, ["/meta/tapestry"])


@check("BAYEUX-SUBSCRIBE-08", "meta.subscription-refused")
async def meta_refused(lab: Lab) -> Findings:
    """A subscription to a meta channel is refused."""
    peer = await lab.session()
    replies = [await peer.subscribe(channel) for channel in ("/meta/connect", "/meta/**")]
    return [finding for reply in replies for finding in says(reply, successful=False)]


@check(
    "BAYEUX-SUBSCRIBE-09",
    "subscribe.answered",
    "subscription.given",
    "successful.given",
    needs=[Need.EVENT],
)
async def twice(lab: Lab) -> Findings:
    """Subscribing twice to the same channel is answered both times."""
    channel = lab.channel()
    peer = await lab.listener(channel)
    reply = await peer.subscribe(channel)
    return [*tells_success(reply), *names(reply, [channel])]


@check(
    "BAYEUX-UNSUBSCRIBE-01",
    "unsubscribe.answered",
    "unsubscribe.reply",
    "successful.given",
    "subscription.given",
    needs=[Need.EVENT],
)
async def unsubscribed(lab: Lab) -> Findings:
    """An unsubscribe is answered by a successful reply that names the subscription."""
    channel = lab.channel()
    reply = await (await lab.listener(channel)).unsubscribe(channel)
    return [*says(reply, successful=True), *names(reply, [channel])]


@check(
    "BAYEUX-UNSUBSCRIBE-02",
    "unsubscribe.array",
    "unsubscribe.reply",
    "subscription.given",
    needs=[Need.EVENT],
)
async def array_unsubscribed(lab: Lab) -> Findings:
    """An array of channels is given up, and every one of them named in reply."""
    channels = [lab.channel("x"), *([lab.channel("y")] if _tree(lab) else [])]
    peer = await lab.listener(*channels)
    reply = await peer.unsubscribe(channels)
    return [*says(reply, successful=True), *_names_all(peer, reply, channels)]


@check("BAYEUX-UNSUBSCRIBE-03", "unconnected.answered", "unsubscribe.answered", "successful.given")
async def unsubscribe_unknown_client(lab: Lab) -> Findings:
    """An unsubscribe with an unknown clientId is answered, one way or the other."""
    peer = lab.peer()
    peer.client_id = UNKNOWN
    return tells_success(await peer.unsubscribe(PAIR[0]))


@check("BAYEUX-UNSUBSCRIBE-04", "unsubscribe.reply", "subscription.given")
async def unsubscribe_unknown_client_named(lab: Lab) -> Findings:
    """The reply to an unsubscribe with an unknown clientId names the subscription."""
    peer = lab.peer()
    peer.client_id = UNKNOWN
    return names(await peer.unsubscribe(PAIR[0]), [PAIR[0]])


@check("BAYEUX-UNSUBSCRIBE-05", "unsubscribe.answered", "successful.given", "subscription.given")
async def never_subscribed(lab: Lab) -> Findings:
    """Giving up what was never subscribed is answered, one way or the other."""
    reply = await (await lab.session()).unsubscribe(PAIR[1])
    return [*tells_success(reply), *names(reply, [PAIR[1]])]


@check("BAYEUX-UNSUBSCRIBE-06", "unsubscribe.answered", "successful.given")
async def unsubscribe_nothing(lab: Lab) -> Findings:
    """An unsubscribe without a subscription is answered, one way or the other."""
    peer = await lab.session()
    return tells_success(await peer.ask(META_UNSUBSCRIBE))


def _tree(lab: Lab) -> bool:
    return lab.world.lacks("tree") is None


def _names_all(peer: Peer, first: Reply, channels: Sequence[str]) -> Findings:
    """Return findings unless the reply, or several together, name all channels."""
    asked = first.request["channel"]
    told: list[str] = []
    for message in first.packet.messages:
        if message.get("channel") == asked:
            named = message.get("subscription")
            told += named if isinstance(named, list) else [str(named)]
    missing = sorted(set(channels) - set(told))
    return equal("$.subscription", [], missing, "not named in the reply")
