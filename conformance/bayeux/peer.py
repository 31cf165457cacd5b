"""One Bayeux client by hand: it may keep the rules or break them, and it sees everything.

A peer is one HTTP client (one cookie jar) with one session at most, over any number of transports.
It keeps every message that arrives with the packet it came in. Nothing happens by itself: no
connect is sent unless a check sends one or listens for an event.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from conformance.bayeux.broken import Broken, Unanswered
from conformance.bayeux.lines import (
    CALLBACK_POLLING,
    LONG_POLLING,
    WEBSOCKET,
    Address,
    HttpLine,
    Line,
    open_socket,
)
from conformance.bayeux.wire import Packet, Pending, Reply
from tapestry.bayeux.message import (
    META_CONNECT,
    META_DISCONNECT,
    META_HANDSHAKE,
    META_SUBSCRIBE,
    META_UNSUBSCRIBE,
    Message,
)

ALL_TYPES = (LONG_POLLING, CALLBACK_POLLING, WEBSOCKET)
HOLD = 1000
"""Milliseconds that a server is asked to hold a connect while a peer listens for an event."""

PACE = 0.03
"""Seconds between two connects that the server does not hold."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event that was brought about, and how to know it again."""

    channel: str
    mark: str
    data: Any = None

    def is_in(self, message: Message) -> bool:
        """Tell whether ``message`` delivers it: its mark is somewhere in the data."""
        return "data" in message and self.mark in str(message["data"])


@dataclass(frozen=True, slots=True)
class Arrival:
    """One delivery and the packet that brought it."""

    message: Message
    packet: Packet


class Peer:
    """A client of one server; close it after use."""

    def __init__(
        self,
        address: Address,
        transport: str = LONG_POLLING,
        *,
        cookies: Mapping[str, str] | None = None,
        prefix: str = "",
    ) -> None:
        """Speak ``transport`` to ``address``; ids of messages begin with ``prefix``."""
        self.transport = transport
        self.patience = address.patience
        self.client_id: Any = None
        self.packets: list[Packet] = []
        self.interval = 0.0
        self._address = address
        self._jar = aiohttp.CookieJar(unsafe=True)  # else cookies of 127.0.0.1 are not kept
        self._jar.update_cookies(dict(cookies or {}))
        self._http = self._session()
        self._lines: dict[str, Line] = {}
        self._numbers = itertools.count(1)
        self.prefix = prefix
        self._connect: Pending | None = None
        self._news = asyncio.Event()

    @property
    def http(self) -> HttpLine:
        """Return the long-polling line, for bodies that are out of the ordinary."""
        line = self._lines.setdefault(LONG_POLLING, self._http_line(jsonp=False))
        assert isinstance(line, HttpLine)
        return line

    @property
    def jsonp(self) -> HttpLine:
        """Return the callback-polling line, for queries that are out of the ordinary."""
        line = self._lines.setdefault(CALLBACK_POLLING, self._http_line(jsonp=True))
        assert isinstance(line, HttpLine)
        return line

    @property
    def cookies(self) -> Mapping[str, str]:
        """Return the cookies that the server has set."""
        return {cookie.key: cookie.value for cookie in self._jar}

    @property
    def client_ids(self) -> set[str]:
        """Return every clientId that the server has given to this client."""
        given = (m.get("clientId") for packet in self.packets for m in packet.messages)
        return {client_id for client_id in given if isinstance(client_id, str)}

    @property
    def arrivals(self) -> list[Arrival]:
        """Return every delivery so far, in order of arrival."""
        return [Arrival(m, packet) for packet in self.packets for m in packet.deliveries]

    def copies(self, event: Event) -> list[Arrival]:
        """Return the deliveries of one event."""
        return [arrival for arrival in self.arrivals if event.is_in(arrival.message)]

    def message(self, channel: str, /, **fields: Any) -> Message:
        """Return a message with a fresh id and the session's clientId; ``None`` leaves one out."""
        own: Message = {"channel": channel, "id": f"{self.prefix}{next(self._numbers)}"}
        if self.client_id is not None and channel != META_HANDSHAKE:
            own["clientId"] = self.client_id
        return {name: value for name, value in (own | fields).items() if value is not None}

    async def send(self, *messages: Message, via: str | None = None) -> list[Pending]:
        """Send messages together; raises :class:`Broken` when there is no WebSocket to be had."""
        line = await self._line(via or self.transport)
        now = asyncio.get_running_loop().time()
        pending = [Pending(message, now, self.patience) for message in messages]
        line.transmit(messages, pending)
        return pending

    async def ask(self, channel: str, /, via: str | None = None, **fields: Any) -> Reply:
        """Send one message and return its reply. Raises :class:`Unanswered`."""
        (pending,) = await self.send(self.message(channel, **fields), via=via)
        return await pending.reply()

    async def handshake(self, via: str | None = None, **fields: Any) -> Reply:
        """Shake hands; a clientId in the reply is used from now on."""
        offer = {"version": "1.0", "supportedConnectionTypes": list(ALL_TYPES)}
        reply = await self.ask(META_HANDSHAKE, via=via, **(offer | fields))
        if not reply.refused and reply["clientId"] is not None:
            self.client_id = reply["clientId"]
            self.interval = interval_of(reply["advice"])
        return reply

    async def begin_connect(
        self, timeout: int | None = None, via: str | None = None, **fields: Any
    ) -> Pending:
        """Send a connect that asks to be held for ``timeout`` ms; ``None`` leaves it open."""
        advice = None if timeout is None else {"timeout": timeout}
        own = {"connectionType": via or self.transport, "advice": advice}
        message = self.message(META_CONNECT, **(own | fields))
        (pending,) = await self.send(message, via=via)
        self._connect = pending
        return pending

    async def connect(
        self, timeout: int | None = 0, via: str | None = None, **fields: Any
    ) -> Reply:
        """Connect and return the reply, at once unless ``timeout`` (ms) says otherwise."""
        pending = await self.begin_connect(timeout, via, **fields)
        return await pending.reply(self.patience + (timeout or 0) / 1000)

    async def subscribe(self, subscription: Any, via: str | None = None) -> Reply:
        """Subscribe to a channel, a pattern or a list of them."""
        return await self.ask(META_SUBSCRIBE, via=via, subscription=subscription)

    async def unsubscribe(self, subscription: Any, via: str | None = None) -> Reply:
        """Give up a channel, a pattern or a list of them."""
        return await self.ask(META_UNSUBSCRIBE, via=via, subscription=subscription)

    async def publish(self, channel: str, data: Any) -> Reply | None:
        """Publish; a server may leave that unanswered, and then ``None`` is returned."""
        try:
            return await self.ask(channel, data=data)
        except Unanswered:
            return None

    async def disconnect(self, via: str | None = None) -> Reply:
        """Disconnect; the clientId is kept, for what a check may try with it."""
        return await self.ask(META_DISCONNECT, via=via)

    async def listen(self, until: Callable[[], bool]) -> bool:
        """Connect again and again until something holds; ``False`` when it does not in time.

        A connect that a check has left open is waited for first. Raises :class:`Broken` when the
        server refuses a connect, for then nothing can arrive any more.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.patience
        while not until():
            left = deadline - loop.time()
            if left <= 0:
                return False
            if self._connect is None or not self._connect.open:
                await self._connect_again(left)
            await self._hear_something(deadline - loop.time())
        return True

    async def receive(self, event: Event) -> Arrival:
        """Listen until an event arrives. Raises :class:`Broken` when it does not in time."""
        if not await self.listen(lambda: bool(self.copies(event))):
            raise Broken(
                f"an event on {event.channel} is not delivered",
                kind="missing",
                expected="a delivery",
                observed=f"nothing within {self.patience:g} s",
            )
        return self.copies(event)[0]

    async def round_trip(self) -> None:
        """Let the server deliver what waits: end the open connect, if any, and connect once more.

        Raises :class:`Broken` when the server does not answer at once a connect that asks for it.
        """
        if self._connect is not None and self._connect.open:
            await self._connect.over(HOLD / 1000 + self.patience)
        await asyncio.sleep(self.interval)
        await self.connect(0)

    async def drop(self) -> None:
        """Cut every connection without a word; the session may go on with new ones."""
        for line in self._lines.values():
            await line.close()
        self._lines.clear()
        await self._http.close()
        self._http = self._session()

    async def close(self) -> None:
        """Cut every connection for good."""
        await self.drop()
        await self._http.close()

    async def _connect_again(self, left: float) -> None:
        last = self._connect
        if last is not None and last.answered:
            reply = await last.reply()
            if reply.refused:
                raise Broken(
                    "a connect of a listening session is refused",
                    path="$.successful",
                    expected=True,
                    observed=reply["error"],
                )
            idle = not reply.packet.deliveries and reply.took < PACE
            await asyncio.sleep(max(self.interval, PACE if idle else 0.0))
        await self.begin_connect(min(HOLD, int(left * 1000)))

    async def _hear_something(self, within: float) -> None:
        """Wait until a packet comes or the connect is over."""
        self._news.clear()
        assert self._connect is not None
        waits = [
            asyncio.ensure_future(self._news.wait()),
            asyncio.ensure_future(self._connect.over(within)),
        ]
        try:
            await asyncio.wait(waits, timeout=max(0.0, within), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _hear(self, packet: Packet) -> None:
        self.packets.append(packet)
        self._news.set()

    def _session(self) -> aiohttp.ClientSession:
        # A fresh connection for every request: no idle one can break under us.
        connector = aiohttp.TCPConnector(force_close=True, limit=0)
        return aiohttp.ClientSession(connector=connector, cookie_jar=self._jar)

    def _http_line(self, *, jsonp: bool) -> HttpLine:
        return HttpLine(self._http, self._address, self._hear, jsonp=jsonp)

    async def _line(self, transport: str) -> Line:
        if transport == WEBSOCKET:
            if WEBSOCKET not in self._lines:
                self._lines[WEBSOCKET] = await open_socket(self._http, self._address, self._hear)
            return self._lines[WEBSOCKET]
        return self.jsonp if transport == CALLBACK_POLLING else self.http


def interval_of(advice: Any) -> float:
    """Return the interval that ``advice`` asks for, in seconds, at most one."""
    interval = advice.get("interval") if isinstance(advice, dict) else None
    if isinstance(interval, bool) or not isinstance(interval, int | float):
        return 0.0
    return min(max(interval / 1000, 0.0), 1.0)
