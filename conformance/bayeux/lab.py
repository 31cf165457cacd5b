"""What one check works with: peers of its own, channels nobody else uses, events on demand.

Everything that a check opens is closed after it, so checks neither wait for nor disturb each other.
That something does *not* arrive is never shown by waiting: a later event, or two whole round trips
of the session, must have come first.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets as randomness
from collections.abc import Callable
from typing import Any

from conformance.bayeux.broken import Broken, NotApplicable, Unanswered, Unreachable
from conformance.bayeux.peer import Event, Peer
from conformance.bayeux.wire import Reply
from conformance.bayeux.world import Provisioned, PublishChannel, World
from conformance.model import Finding
from conformance.runner.provide import CannotProvide, provide

FAREWELL = 1.0
"""Seconds that a server has to answer the disconnect after a check."""


class Prerequisite(Exception):
    """A step that the check only builds on has failed; another check is about that step."""


class Lab:
    """The workplace of one check; use it as an asynchronous context."""

    def __init__(self, world: World, transport: str | None = None) -> None:
        """Work on the server of ``world``, over its transport unless another is named."""
        self.world = world
        self.transport = transport or world.transport
        self._peers: list[Peer] = []
        self._publisher: Peer | None = None

    async def __aenter__(self) -> Lab:
        """Open the workplace."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Say goodbye to the server for every session, within a second, and hang up."""
        await asyncio.gather(*(self._part_with(peer) for peer in self._peers))

    def peer(self, transport: str | None = None, *, sharing: Peer | None = None) -> Peer:
        """Return a client without a session; one ``sharing`` cookies with another starts as it."""
        cookies = dict(self.world.cookies) | dict(sharing.cookies if sharing else {})
        peer = Peer(
            self.world.address,
            transport or self.transport,
            cookies=cookies,
            prefix=f"{chr(ord('a') + len(self._peers) % 26)}{randomness.token_hex(2)}",
        )
        self._peers.append(peer)
        return peer

    async def session(
        self, transport: str | None = None, *, sharing: Peer | None = None, **fields: Any
    ) -> Peer:
        """Return a client that has shaken hands and connected once."""
        peer = self.peer(transport, sharing=sharing)
        await settled(peer.handshake(**fields), "the handshake")
        await settled(peer.connect(0), "the first connect")
        return peer

    async def listener(self, *subscriptions: str, transport: str | None = None) -> Peer:
        """Return a client with a session that is subscribed, one request each."""
        peer = await self.session(transport)
        for subscription in subscriptions:
            await self.subscribed(peer, subscription)
        return peer

    async def subscribed(self, peer: Peer, subscription: str) -> None:
        """Subscribe; a refusal is the server's good right, so the check does not apply then.

        It must be the subscription that is refused, though: a session that has gone is no right.
        """
        try:
            reply = await peer.subscribe(subscription)
        except Unanswered as fault:
            raise Prerequisite(f"a subscribe failed: {fault}") from None
        if not reply.successful:
            await settled(peer.connect(0), "a connect after a subscribe that was refused")
            raise NotApplicable(
                f"the server refuses a subscription to {subscription}: {reply['error']}"
            )

    def channel(self, *below: str) -> str:
        """Return a channel to publish on: where the server lets us, a fresh one each time."""
        source = self.world.offer.source
        if isinstance(source, PublishChannel) and source.tree:
            return "/".join([source.channel, randomness.token_hex(6), *below])
        assert source is not None
        return source.channel

    def mark(self) -> str:
        """Return a text that nobody else uses, to know an event again by."""
        return f"m{randomness.token_hex(8)}"

    async def emit(
        self,
        channel: str,
        data: Callable[[str], Any] = lambda mark: {"mark": mark},
        *,
        by: Peer | None = None,
    ) -> Event:
        """Bring one event about, by publishing where that is allowed."""
        mark = self.mark()
        source = self.world.offer.source
        if isinstance(source, Provisioned):
            await self._provide(source, mark)
            return Event(source.channel, mark)
        publisher = by or await self._other()
        event = Event(channel, mark, data(mark))
        reply = await publisher.publish(channel, event.data)
        if reply is not None and reply.refused:
            raise Prerequisite(f"a publish failed: {reply['error']}")
        return event

    async def settle(self, peer: Peer) -> None:
        """Wait until whatever was published before must have reached ``peer``, if it ever does."""
        if self.world.lacks("tree") is None:
            channel = self.channel("fence")
            await self.subscribed(peer, channel)
            await peer.receive(await self.emit(channel))
        for _ in range(2):
            await peer.round_trip()

    async def absent(self, peer: Peer, event: Event, what: str) -> list[Finding]:
        """Return a finding when ``event`` reaches ``peer``; ``what`` says who must not get it."""
        await self.settle(peer)
        return [
            Finding("unexpected", f"{what} gets the event", "$", None, arrival.message)
            for arrival in peer.copies(event)[:1]
        ]

    async def _other(self) -> Peer:
        if self._publisher is None:
            self._publisher = await self.session()
        return self._publisher

    async def _provide(self, source: Provisioned, mark: str) -> None:
        target = self.world.target
        variables = {
            "subject": mark,
            "from": "customer@example.com",
            "to": "support@example.com",
            "agent": next(iter(target.agents)),
        }
        try:
            await provide(source.way, target.base_url, variables)
        except CannotProvide as fault:
            raise Prerequisite(f"no event could be brought about: {fault}") from None

    async def _part_with(self, peer: Peer) -> None:
        for secret in (*peer.client_ids, *peer.cookies.values()):
            self.world.secrets.add(secret)
        try:
            if peer.client_id is not None:
                with contextlib.suppress(Broken, Unreachable, TimeoutError):
                    await asyncio.wait_for(peer.disconnect(), FAREWELL)
        finally:
            await peer.close()


async def settled(coroutine: Any, what: str) -> Reply:
    """Return the reply of a step that a check builds on. Raises :class:`Prerequisite`."""
    try:
        reply: Reply = await coroutine
    except Broken as fault:
        raise Prerequisite(f"{what} failed: {fault}") from None
    if not reply.successful:
        raise Prerequisite(f"{what} failed: {reply['error'] or 'not successful'}")
    return reply
