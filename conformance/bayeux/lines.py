"""The three ways to a server, by hand: long-polling POSTs, JSONP GETs, WebSocket frames.

A line sends messages and tells every packet that comes back, whatever it is. It follows no advice,
retries nothing and corrects nothing: that is up to the check that sends.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp

from conformance.bayeux.broken import Broken, Unreachable
from conformance.bayeux.wire import Packet, Pending, hand_out, read_jsonp, read_packet
from tapestry.bayeux.message import Message

LONG_POLLING = "long-polling"
CALLBACK_POLLING = "callback-polling"
WEBSOCKET = "websocket"

JSON = "application/json;charset=UTF-8"
FRAMES = 1 << 22
PATIENCE = 5.0
LONGEST = 150.0
"""Seconds after which a request is given up, however long it is meant to be held."""

Hear = Callable[[Packet], None]


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server is, and the headers that every request takes with it.

    ``patience`` is how long it has, in seconds, for anything that it does not hold on purpose.
    """

    url: str
    headers: Mapping[str, str]
    patience: float = PATIENCE


class Line(Protocol):
    """One way to the server, for one session."""

    transport: str

    def transmit(self, messages: Sequence[Message], waiting: Sequence[Pending]) -> None:
        """Send ``messages`` in one request or frame; the replies go to ``waiting``."""
        ...

    async def close(self) -> None:
        """Give up whatever is on its way, without a word to the server."""
        ...


class HttpLine:
    """Sends each batch in a request of its own; its replies are in the response or nowhere."""

    def __init__(
        self, http: aiohttp.ClientSession, address: Address, hear: Hear, *, jsonp: bool
    ) -> None:
        """Speak callback-polling when ``jsonp``, else long-polling."""
        self.transport = CALLBACK_POLLING if jsonp else LONG_POLLING
        self._http = http
        self._address = address
        self._hear = hear
        self._requests: set[asyncio.Task[None]] = set()

    def transmit(self, messages: Sequence[Message], waiting: Sequence[Pending]) -> None:
        """Send ``messages`` in one request."""
        task = asyncio.create_task(self._exchange(list(messages), waiting))
        self._requests.add(task)
        task.add_done_callback(self._requests.discard)

    async def post(self, body: str, content_type: str = JSON) -> Packet:
        """Post ``body`` as it is. Raises :class:`Unreachable`."""
        headers = {**self._address.headers, "Content-Type": content_type}
        return await self._request("POST", data=body.encode(), headers=headers)

    async def get(self, message: str, callback: str | None = "tapestry") -> Packet:
        """Send ``message`` by JSONP. Raises :class:`Unreachable`."""
        query = {"message": message} | ({"jsonp": callback} if callback else {})
        return await self._request("GET", params=query, headers=dict(self._address.headers))

    async def close(self) -> None:
        """Abandon every request that is not answered; their connections are cut."""
        for task in self._requests:
            task.cancel()
        await asyncio.gather(*self._requests, return_exceptions=True)

    async def _exchange(self, messages: list[Message], waiting: Sequence[Pending]) -> None:
        how: str | Unreachable = "the request was given up"
        try:
            text = json.dumps(messages)
            jsonp = self.transport == CALLBACK_POLLING
            packet = await (self.get(text) if jsonp else self.post(text))
            how = packet.describe()
            self._hear(packet)
            hand_out(packet, waiting)
        except Unreachable as fault:
            how = fault
        finally:
            for pending in waiting:
                pending.end(how)

    async def _request(self, method: str, **options: Any) -> Packet:
        patience = aiohttp.ClientTimeout(total=LONGEST, sock_connect=self._address.patience)
        try:
            async with self._http.request(
                method, self._address.url, allow_redirects=False, timeout=patience, **options
            ) as response:
                raw = await response.read()
        except aiohttp.ClientConnectorError as fault:
            raise Unreachable(f"no connection: {fault.strerror or fault}") from None
        except (aiohttp.ClientError, OSError) as fault:
            return Packet(_now(), "", fault=f"the connection broke ({type(fault).__name__})")
        read = read_jsonp if method == "GET" else read_packet
        return read(
            _now(),
            raw.decode("utf-8", "surrogateescape"),
            status=response.status,
            content_type=response.headers.get("Content-Type", ""),
        )


class SocketLine:
    """Sends each batch in a text frame; replies and events come in any frame after it."""

    transport = WEBSOCKET

    def __init__(self, opened: aiohttp.ClientWebSocketResponse, hear: Hear) -> None:
        """Use an open WebSocket."""
        self._socket = opened
        self._hear = hear
        self._waiting: list[Pending] = []
        self._sends: set[asyncio.Task[None]] = set()
        self._reader = asyncio.create_task(self._read())

    def transmit(self, messages: Sequence[Message], waiting: Sequence[Pending]) -> None:
        """Send ``messages`` in one frame."""
        self._waiting = [pending for pending in self._waiting if pending.open]
        self._waiting += waiting
        task = asyncio.create_task(self._send(json.dumps(list(messages)), waiting))
        self._sends.add(task)
        task.add_done_callback(self._sends.discard)

    async def close(self) -> None:
        """Cut the connection, without the closing handshake."""
        opened = self._socket.get_extra_info("socket")
        if opened is not None:
            with contextlib.suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
        await asyncio.gather(self._reader, *self._sends, return_exceptions=True)

    async def _send(self, text: str, waiting: Sequence[Pending]) -> None:
        try:
            await self._socket.send_str(text)
        except (aiohttp.ClientError, OSError):
            for pending in waiting:
                pending.end("the socket is closed")

    async def _read(self) -> None:
        try:
            async for frame in self._socket:
                if frame.type is aiohttp.WSMsgType.TEXT:
                    packet = read_packet(_now(), frame.data)
                else:
                    packet = Packet(_now(), "", fault=f"a frame of type {frame.type.name}")
                self._hear(packet)
                hand_out(packet, self._waiting)
        finally:
            for pending in self._waiting:
                pending.end("the socket was closed")


async def open_socket(http: aiohttp.ClientSession, address: Address, hear: Hear) -> SocketLine:
    """Open a WebSocket to the server. Raises :class:`Broken` when it does not take one."""
    url = address.url.replace("http", "ws", 1)
    try:
        async with asyncio.timeout(address.patience):
            opened = await http.ws_connect(
                url, headers=dict(address.headers), max_msg_size=FRAMES, compress=15
            )
    except aiohttp.WSServerHandshakeError as fault:
        raise Broken(f"the WebSocket is refused: HTTP {fault.status}", kind="missing") from None
    except TimeoutError:
        raise Broken(f"no WebSocket within {address.patience:g} s", kind="missing") from None
    except aiohttp.ClientConnectorError as fault:
        raise Unreachable(f"no connection: {fault.strerror or fault}") from None
    except (aiohttp.ClientError, OSError) as fault:
        raise Broken(f"no WebSocket: {type(fault).__name__}", kind="missing") from None
    return SocketLine(opened, hear)


def _now() -> float:
    return asyncio.get_running_loop().time()
