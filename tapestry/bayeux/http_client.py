"""A live Bayeux client, on an HTTP session that the caller shares with REST.

The server knows an agent by the cookies of its REST calls, so the same cookie jar must serve both.
Arrival times are taken when a response or frame is complete, on the caller's clock: they are what
every deadline of a judge is measured on. The machine decides everything; this binds it to the
carriers of HTTP and WebSocket, and to callers that wait.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import aiohttp

from tapestry.bayeux.client import (
    BayeuxClient,
    ClientEvent,
    ClientSettings,
    Connected,
    QueueFull,
    State,
)
from tapestry.bayeux.failure import BayeuxFailure
from tapestry.bayeux.http_carrier import HttpCarrier, endpoint, names_of
from tapestry.bayeux.message import Message, Transport, is_meta
from tapestry.bayeux.outstanding import Post
from tapestry.bayeux.waiting import Waiting
from tapestry.bayeux.websocket_client import SocketCarrier, SocketUnusable

__all__ = ["BayeuxFailure", "CometdClient", "endpoint"]

LINGER = 2.0  # seconds that a held connect may take to come back after a disconnect


class CometdClient:
    """A live session on a CometD server.

    After :meth:`handshake` the connects go on in the background, and every event, deliveries with
    their arrival time among them, goes to ``on_event``. Leaving the context disconnects. Cookies
    are the affair of ``http``: for a host that is an IP address its jar must be
    ``aiohttp.CookieJar(unsafe=True)``.
    """

    def __init__(
        self,
        url: str,
        *,
        http: aiohttp.ClientSession,
        headers: Callable[[], Mapping[str, str]] = dict,
        clock: Callable[[], float] = time.monotonic,
        on_event: Callable[[ClientEvent], None] = lambda event: None,
        transport: Transport | str | None = None,
        settings: ClientSettings | None = None,
    ) -> None:
        """Prepare a session at ``url``.

        ``headers`` is asked before every request to the host of ``url``; ``on_event`` is called on
        the loop and must not raise. ``transport`` is tried first, long-polling when it cannot be
        used; to have one transport and no other, say so by ``settings``.
        """
        self._clock = clock
        self._on_event = on_event
        settings = _preferring(transport, settings or ClientSettings())
        self._machine = BayeuxClient(settings, home=names_of(url))
        self._http = HttpCarrier(url, http, headers, clock)
        self._socket = SocketCarrier(
            url, http, headers, on_messages=self._streamed, on_lost=self._socket_lost
        )
        self._streaming: dict[int, tuple[Post, asyncio.TimerHandle]] = {}
        self._waiting = Waiting()
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        """Return the client; nothing is sent before :meth:`handshake`."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Disconnect, or on a fault cut everything."""
        await (self.disconnect() if kind is None else self.drop())

    @property
    def client_id(self) -> str | None:
        """Return the id of the session, ``None`` when there is none."""
        return self._machine.client_id

    @property
    def connected(self) -> bool:
        """Tell whether there is a session that is not being given up."""
        return self._machine.state is State.CONNECTED

    @property
    def transport(self) -> Transport:
        """Return the transport in use: the one that was wanted, or what took its place."""
        return self._machine.transport

    @property
    def server_offset(self) -> float:
        """Return what to add to this machine's time (s) for the server's, measured by timesync."""
        return self._machine.clock.offset / 1000

    async def handshake(self) -> str:
        """Open the session and return its clientId. Raises :class:`BayeuxFailure`."""
        self._machine.handshake()
        await self._outcome("handshake")
        return self._machine.client_id or ""

    async def subscribe(self, channel: str) -> None:
        """Subscribe to ``channel`` and wait for the reply. Raises :class:`BayeuxFailure`."""
        self._queue(lambda: self._machine.subscribe(channel))
        await self._outcome(("subscribe", channel))

    async def unsubscribe(self, channel: str) -> None:
        """End a subscription and wait for the reply. Raises :class:`BayeuxFailure`."""
        self._queue(lambda: self._machine.unsubscribe(channel))
        await self._outcome(("unsubscribe", channel))

    async def publish(self, channel: str, data: Any) -> None:
        """Publish ``data`` and wait until it is accepted. Raises :class:`BayeuxFailure`."""
        number = self._queue(lambda: self._machine.publish(channel, data))
        await self._outcome(("publish", number))

    async def round_trip(self) -> None:
        """Wait until a connect that is sent from now on has come back.

        Whatever the server had for this session before has then arrived. With a short
        ``ClientSettings.hold`` this takes at most two holds. Raises :class:`BayeuxFailure`.
        """
        self._require_session()
        begun = self._clock()
        while True:
            event = await self._outcome("connect")
            if isinstance(event, Connected) and event.since >= begun:
                return

    async def disconnect(self) -> None:
        """End the session and wait for the server's word; harmless without a session."""
        self._tell(self._machine.disconnect())
        if self._machine.state is State.DISCONNECTING:
            await self._outcome("disconnect")
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=LINGER)
        await self.drop()

    async def drop(self) -> None:
        """Cut every connection without telling the server."""
        self._tell(self._machine.drop())
        self._arm()
        self._prune()
        await self._socket.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # Driving the machine.

    def _require_session(self) -> None:
        if self._machine.state is State.UNCONNECTED:
            raise BayeuxFailure("there is no session; shake hands first")

    def _queue[T](self, ask: Callable[[], T]) -> T:
        self._require_session()
        try:
            return ask()
        except QueueFull as fault:
            raise BayeuxFailure(f"not sent: {fault}") from None

    async def _outcome(self, key: Hashable) -> ClientEvent:
        future = self._waiting.wait_for(key)
        self._pump()
        return await future

    def _pump(self) -> None:
        """Send what is due and wake up again when the machine wants to."""
        for post in self._machine.requests(self._clock()):
            stream = post.transport is Transport.WEBSOCKET
            carried = self._stream(post) if stream else self._exchange(post)
            task = asyncio.create_task(carried)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._machine.next_deadline()
        if due is not None:
            delay = max(0.0, due - self._clock())
            self._timer = asyncio.get_running_loop().call_later(delay, self._pump)

    def _tell(self, events: list[ClientEvent]) -> None:
        for event in events:
            self._waiting.tell(event, over=self._machine.state is State.UNCONNECTED)
            self._on_event(event)

    def _tell_and_go_on(self, events: list[ClientEvent]) -> None:
        try:
            self._tell(events)
        finally:
            self._pump()

    # Over HTTP: every request has its answer.

    async def _exchange(self, post: Post) -> None:
        try:
            messages, arrived = await self._http.exchange(post)
            events = self._machine.received(post.number, messages, arrived)
        except BayeuxFailure as fault:
            events = self._machine.failed(
                post.number, str(fault), self._clock(), status=fault.status
            )
        self._tell_and_go_on(events)

    # Over a WebSocket: answers come in frames, in any order, until the socket is gone.

    async def _stream(self, post: Post) -> None:
        patience = post.deadline - post.sent
        overdue = asyncio.get_running_loop().call_later(patience, self._overdue, post)
        self._streaming[post.number] = post, overdue
        try:
            await self._socket.send(post.messages, post.host, self._machine.settings.grace)
        except (SocketUnusable, BayeuxFailure) as fault:
            unusable = isinstance(fault, SocketUnusable)
            self._fail_streaming([post], str(fault), unusable=unusable)

    def _streamed(self, messages: list[Message]) -> None:
        events = self._machine.streamed(messages, self._clock())
        self._prune()
        self._tell_and_go_on(events)

    def _socket_lost(self, reason: str) -> None:
        self._fail_streaming(self._streamed_posts(), reason)

    def _overdue(self, post: Post) -> None:
        """Give an answer up, and the socket with it unless only the reply to a publish is missing.

        That one MAY be left out ("Publish Response").
        """
        reason = f"no answer within {post.deadline - post.sent:g} s"
        lost = [post]
        if any(is_meta(message["channel"]) for message in post.messages):
            lost = self._streamed_posts()
            task = asyncio.create_task(self._socket.close())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._fail_streaming(lost, reason)

    def _fail_streaming(self, posts: list[Post], reason: str, *, unusable: bool = False) -> None:
        events: list[ClientEvent] = []
        for post in posts:
            if post.number in self._streaming:
                now = self._clock()
                events += self._machine.failed(post.number, reason, now, unusable=unusable)
        self._prune()
        self._tell_and_go_on(events)

    def _prune(self) -> None:
        """Stop the clock for whatever is answered or given up."""
        for post in self._streamed_posts():
            if not self._machine.awaits(post.number):
                _, overdue = self._streaming.pop(post.number)
                overdue.cancel()

    def _streamed_posts(self) -> list[Post]:
        return [post for post, _ in self._streaming.values()]


def _preferring(transport: Transport | str | None, settings: ClientSettings) -> ClientSettings:
    if transport is None:
        return settings
    wanted = (Transport(transport), Transport.LONG_POLLING)
    return replace(settings, transports=tuple(dict.fromkeys(wanted)))
