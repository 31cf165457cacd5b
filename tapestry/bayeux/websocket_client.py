"""Carries a client's messages over one WebSocket, opened when the first of them is due.

A text frame holds an array of messages, and frames come at any time. The socket says what arrives
and when it is gone; which requests that leaves unanswered is known to whoever sent them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

import aiohttp

from tapestry.bayeux.codec import decode_frame, encode_body
from tapestry.bayeux.failure import BayeuxFailure
from tapestry.bayeux.http_carrier import LIMITS, at_host
from tapestry.bayeux.message import Message
from tapestry.problems import Problem

CLOSING = 2.0  # seconds that a server may take to agree to the end


class SocketUnusable(Exception):
    """No WebSocket can be opened: the text says why."""


class SocketCarrier:
    """At most one open WebSocket to one server."""

    def __init__(
        self,
        url: str,
        http: aiohttp.ClientSession,
        headers: Callable[[], Mapping[str, str]],
        *,
        on_messages: Callable[[list[Message]], None],
        on_lost: Callable[[str], None],
    ) -> None:
        """Open sockets to ``url``; ``on_lost`` is told why one that was open is gone."""
        self._url = url
        self._http = http
        self._headers = headers
        self._on_messages = on_messages
        self._on_lost = on_lost
        self._opening = asyncio.Lock()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._host: str | None = None
        self._reading: asyncio.Task[None] | None = None

    async def send(self, messages: Sequence[Message], host: str | None, patience: float) -> None:
        """Send messages as one frame, over a new socket if there is none to ``host``.

        Raises :class:`SocketUnusable` when none can be opened within ``patience`` seconds, and
        :class:`BayeuxFailure` when it breaks.
        """
        async with self._opening:
            if self._socket is not None and host != self._host:
                await self.close()
            socket = self._socket or await self._open(host, patience)
        try:
            await socket.send_str(encode_body(messages).decode())
        except (aiohttp.ClientError, OSError) as fault:
            raise BayeuxFailure(f"not sent: {fault or type(fault).__name__}") from None

    async def close(self) -> None:
        """Close the socket, if there is one; nothing is told of it."""
        socket, reading = self._socket, self._reading
        self._socket = self._reading = None
        if reading is not None:
            reading.cancel()
        if socket is not None:
            await socket.close()

    async def _open(self, host: str | None, patience: float) -> aiohttp.ClientWebSocketResponse:
        try:
            async with asyncio.timeout(patience):
                socket = await self._http.ws_connect(
                    at_host(self._url, host),
                    headers=dict(self._headers()) if host is None else {},
                    timeout=aiohttp.ClientWSTimeout(ws_close=CLOSING),
                    max_msg_size=LIMITS.size,
                    compress=15,
                )
        except TimeoutError:
            raise SocketUnusable(f"no WebSocket: no answer within {patience:g} s") from None
        except (aiohttp.ClientError, OSError) as fault:
            raise SocketUnusable(f"no WebSocket: {fault or type(fault).__name__}") from None
        self._socket, self._host = socket, host
        self._reading = asyncio.create_task(self._read(socket))
        return socket

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        why = "the WebSocket was closed"
        async for frame in socket:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                broken = frame.type is aiohttp.WSMsgType.ERROR
                why = f"the WebSocket broke: {frame.data}" if broken else "a frame is not text"
                break
            try:
                messages = decode_frame(frame.data, LIMITS)
            except Problem as problem:
                why = f"not a Bayeux frame: {problem.what}"
                break
            self._on_messages(messages)
        if socket is self._socket:
            self._socket = self._reading = None
            self._on_lost(why)
        await socket.close()
