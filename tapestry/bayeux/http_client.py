"""Carries a Bayeux client over HTTP long-polling, on a session that the caller shares with REST.

The server knows an agent by the cookies of its REST calls, so the same cookie jar must serve both.
Arrival times are taken when a response body is complete, on the caller's clock: they are what
every deadline of a judge is measured on.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Hashable, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp

from tapestry.bayeux import message as wire
from tapestry.bayeux.client import (
    BayeuxClient,
    ClientEvent,
    ClientSettings,
    Connected,
    Disconnected,
    HandshakeFailed,
    Handshaken,
    Published,
    PublishFailed,
    State,
    Subscribed,
    SubscribeFailed,
    Unsubscribed,
    UnsubscribeFailed,
)
from tapestry.bayeux.message import Message, messages_in
from tapestry.bayeux.outstanding import Post
from tapestry.problems import Problem

SUFFIXES = {
    wire.META_HANDSHAKE: "/handshake",
    wire.META_CONNECT: "/connect",
    wire.META_DISCONNECT: "/disconnect",
}
LINGER = 2.0  # seconds that a held connect may take to come back after a disconnect


class BayeuxFailure(Exception):
    """What was asked of the server did not come about.

    ``reply`` is the server's refusal, ``status`` that of an HTTP answer that was no success; both
    are ``None`` when no answer came at all.
    """

    def __init__(
        self, what: str, *, reply: Message | None = None, status: int | None = None
    ) -> None:
        """Say in words what failed and why."""
        super().__init__(what)
        self.reply = reply
        self.status = status


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
        settings: ClientSettings | None = None,
    ) -> None:
        """Prepare a session at ``url``.

        ``headers`` is asked before every request; ``on_event`` is called on the loop and must not
        raise.
        """
        self._url = url
        self._http = http
        self._headers = headers
        self._clock = clock
        self._on_event = on_event
        self._machine = BayeuxClient(settings)
        self._waiting: dict[Hashable, list[asyncio.Future[ClientEvent]]] = {}
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

    async def handshake(self) -> str:
        """Open the session and return its clientId. Raises :class:`BayeuxFailure`."""
        self._machine.handshake()
        await self._outcome("handshake")
        return self._machine.client_id or ""

    async def subscribe(self, channel: str) -> None:
        """Subscribe to ``channel`` and wait for the reply. Raises :class:`BayeuxFailure`."""
        self._require_session()
        self._machine.subscribe(channel)
        await self._outcome(("subscribe", channel))

    async def unsubscribe(self, channel: str) -> None:
        """End a subscription and wait for the reply. Raises :class:`BayeuxFailure`."""
        self._require_session()
        self._machine.unsubscribe(channel)
        await self._outcome(("unsubscribe", channel))

    async def publish(self, channel: str, data: Any) -> None:
        """Publish ``data`` and wait until it is accepted. Raises :class:`BayeuxFailure`."""
        self._require_session()
        await self._outcome(("publish", self._machine.publish(channel, data)))

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
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # Driving the machine.

    def _require_session(self) -> None:
        if self._machine.state is State.UNCONNECTED:
            raise BayeuxFailure("there is no session; shake hands first")

    async def _outcome(self, key: Hashable) -> ClientEvent:
        future: asyncio.Future[ClientEvent] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(future)
        self._pump()
        return await future

    def _pump(self) -> None:
        """Send what is due and wake up again when the machine wants to."""
        for post in self._machine.requests(self._clock()):
            task = asyncio.create_task(self._carry(post))
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

    async def _carry(self, post: Post) -> None:
        """Carry one request out and hand its answer to the machine."""
        try:
            messages, arrived = await self._exchange(post)
            events = self._machine.received(post.number, messages, arrived)
        except BayeuxFailure as fault:
            events = self._machine.failed(
                post.number, str(fault), self._clock(), status=fault.status
            )
        try:
            self._tell(events)
        finally:
            self._pump()

    async def _exchange(self, post: Post) -> tuple[list[Message], float]:
        patience = post.deadline - post.sent
        try:
            async with self._http.post(
                endpoint(self._url, post),
                json=list(post.messages),
                headers=dict(self._headers()),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=patience),
            ) as response:
                body = await response.read()
                arrived = self._clock()
        except TimeoutError:
            raise BayeuxFailure(f"no answer within {patience:g} s") from None
        except (aiohttp.ClientError, OSError) as fault:
            raise BayeuxFailure(f"no answer: {fault or type(fault).__name__}") from None
        return _read(response.status, body), arrived

    # Telling what happened.

    def _tell(self, events: list[ClientEvent]) -> None:
        for event in events:
            self._resolve(event)
            self._on_event(event)

    def _resolve(self, event: ClientEvent) -> None:
        """Wake whoever waits for ``event``; the end of the session wakes everybody."""
        match event:
            case Handshaken():
                self._wake("handshake", event)
            case Connected():
                self._wake("connect", event)
            case Subscribed(channel) | SubscribeFailed(channel=channel):
                self._wake(("subscribe", channel), event)
            case Unsubscribed(channel) | UnsubscribeFailed(channel=channel):
                self._wake(("unsubscribe", channel), event)
            case Published(number) | PublishFailed(id=number):
                self._wake(("publish", number), event)
            case HandshakeFailed() if self._machine.state is State.UNCONNECTED:
                self._wake_all(event)
            case Disconnected():
                self._wake("disconnect", event)
                self._wake_all(event)

    def _wake(self, key: Hashable, event: ClientEvent) -> None:
        for future in self._waiting.pop(key, ()):
            if not future.done():
                _conclude(future, key, event)

    def _wake_all(self, event: ClientEvent) -> None:
        for key in list(self._waiting):
            self._wake(key, event)


def endpoint(url: str, post: Post) -> str:
    """Return where ``post`` goes, by the habit of the official JavaScript client.

    Handshake, connect and disconnect have a suffix of their own and all else a trailing slash,
    unless the URL has a query or a dot in its last segment.
    """
    parts = urlsplit(url)
    base = parts.path.rstrip("/")
    if parts.query or "." in base.rpartition("/")[2]:
        return url
    suffix = SUFFIXES.get(post.messages[0]["channel"], "/")
    return parts._replace(path=base + suffix).geturl()


def _read(status: int, body: bytes) -> list[Message]:
    if status != 200:
        raise BayeuxFailure(f"HTTP status {status} instead of 200", status=status)
    try:
        return messages_in(json.loads(body))
    except Problem as problem:
        raise BayeuxFailure(f"not a Bayeux answer: {problem.what}", status=status) from None
    except ValueError:
        raise BayeuxFailure("not a Bayeux answer: not JSON", status=status) from None


def _conclude(future: asyncio.Future[ClientEvent], key: Hashable, event: ClientEvent) -> None:
    """Give a waiting caller the event it waits for, or the failure that it amounts to."""
    what = " to ".join(key) if isinstance(key, tuple) else key
    match event:
        case (
            HandshakeFailed(reply, reason, status)
            | SubscribeFailed(reply=reply, reason=reason, status=status)
            | UnsubscribeFailed(reply=reply, reason=reason, status=status)
            | PublishFailed(reply=reply, reason=reason, status=status)
        ):
            failure = BayeuxFailure(f"{what} failed: {reason}", reply=reply, status=status)
            future.set_exception(failure)
        case Disconnected(reason) if key != "disconnect":
            future.set_exception(BayeuxFailure(f"{what} failed: the session is over: {reason}"))
        case _:
            future.set_result(event)
