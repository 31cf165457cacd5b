"""One WebSocket, as the link on which the server machine answers as often as it likes.

A text frame holds one array of messages. Frames leave in the call that decides them; while the peer
does not read they wait here, up to a bound, because neither the machine nor the network would ever
say stop.
"""

from __future__ import annotations

import asyncio
from collections import deque
from enum import IntEnum
from typing import Any

from tapestry.bayeux.codec import encode_body
from tapestry.bayeux.message import Message
from tapestry.serving import Send

LINGER = 2.0  # seconds that the last frames may take to leave


class CloseCode(IntEnum):
    """Why the server closes a socket (RFC 6455, section 7.4.1)."""

    GOING_AWAY = 1001
    UNSUPPORTED_DATA = 1003
    INVALID_PAYLOAD = 1007
    POLICY_VIOLATION = 1008
    TOO_BIG = 1009


class SocketLink:
    """An open socket and the frames that wait because its peer does not read."""

    def __init__(self, send: Send, most: int, most_bytes: int) -> None:
        """Write through ``send``; no more than ``most`` frames of ``most_bytes`` may wait."""
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._send = send
        self._most = most
        self._most_bytes = most_bytes
        self._frames: deque[dict[str, Any]] = deque()
        self._waiting = 0
        self._writing: asyncio.Task[None] | None = None

    @property
    def overflowed(self) -> bool:
        """Tell whether more waits than may; the frame that is being written does not count."""
        too_much = len(self._frames) > self._most or self._waiting > self._most_bytes
        return too_much and not self.closed.done()

    def reply(self, messages: list[Message]) -> None:
        """Send messages as one frame, if the socket is open."""
        if not self.closed.done():
            text = encode_body(messages).decode()
            self._put({"type": "websocket.send", "text": text})

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Close the socket after what has been sent; further frames are dropped."""
        if self.closed.done():
            return
        if self.overflowed:
            self._forget()
        self.closed.set_result(None)
        self._put({"type": "websocket.close", "code": int(code), "reason": reason})

    def lost(self) -> None:
        """Note that the peer is gone."""
        self._forget()
        if not self.closed.done():
            self.closed.set_result(None)

    async def complete(self) -> None:
        """Wait a little for the last frames to leave; a fault in writing them is raised here."""
        if self._writing is None:
            return
        _, late = await asyncio.wait({self._writing}, timeout=LINGER)
        for task in late:
            task.cancel()
        if not late:
            await self._writing

    def _put(self, frame: dict[str, Any]) -> None:
        self._frames.append(frame)
        self._waiting += _size(frame)
        if self._writing is None or self._writing.done():
            loop = asyncio.get_running_loop()
            self._writing = asyncio.Task(self._write(), loop=loop, eager_start=True)

    async def _write(self) -> None:
        """Hand over what waits. A peer that is gone is noticed by who reads from it."""
        try:
            while self._frames:
                frame = self._frames.popleft()
                self._waiting -= _size(frame)
                await self._send(frame)
        except OSError:
            self.lost()

    def _forget(self) -> None:
        self._frames.clear()
        self._waiting = 0


def _size(frame: dict[str, Any]) -> int:
    return len(frame.get("text", ""))
