"""Finds out what a server offers, before the checks ask for it.

A wrong address or a refused login would make every check fail and say nothing about the server, so
the least is tried first; what breaks here is no verdict.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.bayeux.broken import Broken, NotApplicable, Unanswered, Unreachable
from conformance.bayeux.lab import Lab, Prerequisite
from conformance.bayeux.lines import LONG_POLLING
from conformance.bayeux.peer import Peer
from conformance.bayeux.world import Offer, Provisioned, PublishChannel, Source, World
from tapestry.problems import TargetUnusable

PUBLISH_ANYWHERE_BELOW = "/tapestry/probe/**"
PROMPT = 2.0


async def explore(world: World, publish_channel: str = PUBLISH_ANYWHERE_BELOW) -> World:
    """Return ``world`` with what its server offers.

    It is looked for below the target's address, and then at that address itself: a URL may be that
    of the Bayeux server alone. Raises :class:`TargetUnusable` when there is none, or it lets nobody
    in.
    """
    alone = replace(world, address=replace(world.address, url=world.target.base_url))
    try:
        offer = await _meet(world)
    except Unanswered as fault:
        try:
            world, offer = alone, await _meet(alone)
        except Unanswered:
            raise _no_server(world, fault) from None
    for source in _sources(world, publish_channel):
        candidate = replace(world, offer=replace(offer, source=source))
        if await _brings_events(candidate):
            return candidate
    return replace(world, offer=offer)


async def _meet(world: World) -> Offer:
    """Return what is offered there. Raises :class:`Unanswered` when no Bayeux server answers."""
    async with Lab(world, LONG_POLLING) as lab:
        peer = lab.peer()
        offer = await _shake_hands(world.address.url, peer)
        return replace(offer, prompt=await _is_prompt(peer))


def _no_server(world: World, fault: Unanswered) -> TargetUnusable:
    return TargetUnusable(
        f"no Bayeux server at {world.address.url}: {fault}, but {fault.finding.observed}",
        remedy="check base_url and the cometd path",
    )


async def _shake_hands(url: str, peer: Peer) -> Offer:
    try:
        reply = await peer.handshake(ext={"ack": True})
    except Unreachable as fault:
        raise TargetUnusable(
            f"cannot reach {url}: {fault}", remedy="check that the server runs, and its address"
        ) from None
    if reply.refused or peer.client_id is None:
        raise TargetUnusable(
            f"{url} refuses the handshake: {reply['error']}",
            remedy="give an agent with credentials, in the target file or by its variable",
        )
    types = reply["supportedConnectionTypes"]
    return Offer(
        types=frozenset(filter(_is_text, types if isinstance(types, list) else ())),
        ack=_acks(reply["ext"]),
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _acks(ext: Any) -> bool:
    ack = ext.get("ack") if isinstance(ext, dict) else None
    return ack is True or (isinstance(ack, dict) and ack.get("enabled") is True)


async def _is_prompt(peer: Peer) -> bool:
    try:
        for _ in range(2):
            pending = await peer.begin_connect(0)
            await pending.reply(PROMPT)
    except Unanswered:
        return False
    return True


def _sources(world: World, publish_channel: str) -> list[Source]:
    sources: list[Source] = [PublishChannel.parse(publish_channel)]
    sources += [Provisioned(way, world.target.topic) for way in world.target.provision.values()]
    return sources


async def _brings_events(world: World) -> bool:
    """Tell whether events come about in the way that ``world`` has.

    A publish that the server calls successful is believed: whether it is delivered is for the
    checks to say. Where nothing is said, an event must have arrived.
    """
    try:
        async with Lab(world, LONG_POLLING) as lab:
            channel = lab.channel()
            peer = await lab.listener(channel)
            if isinstance(world.offer.source, PublishChannel):
                reply = await peer.publish(channel, {"probe": True})
                if reply is not None:
                    return not reply.refused
            await peer.receive(await lab.emit(channel))
    except (Broken, NotApplicable, Prerequisite, Unreachable):
        return False
    return True
