"""Puts a Bayeux server machine on the wire: one ASGI endpoint for the reference and for the player.

It does only what the machine leaves to a binding: read bodies and frames, hold responses open,
notice peers that go away or read too slowly, set the BAYEUX_BROWSER cookie, run one timer. Effects
are carried out in the call that made them, down to the bytes handed to the server, so an
application that publishes before it answers an HTTP request really lets the notification go first.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from tapestry.bayeux.codec import LIMITS, Limits, decode_body, decode_frame, decode_query
from tapestry.bayeux.effects import Batch, Effect, Refuse, Reply
from tapestry.bayeux.http_link import HttpLink, browser_of, header
from tapestry.bayeux.message import (
    META_HANDSHAKE,
    MalformedMessages,
    Message,
    OversizedMessages,
    Transport,
)
from tapestry.bayeux.server import BayeuxServer
from tapestry.bayeux.session import Session
from tapestry.bayeux.socket_link import CloseCode, SocketLink
from tapestry.serving import Receive, Scope, Send

BAD_REQUEST, METHOD_NOT_ALLOWED, CONTENT_TOO_LARGE = 400, 405, 413


class BayeuxEndpoint:
    """An ASGI application that speaks Bayeux on whatever path it is mounted.

    Not thread-safe: call it, and its other methods, on the event loop that serves it.
    """

    def __init__(
        self,
        server: BayeuxServer,
        *,
        clock: Callable[[], float] = time.monotonic,
        principal: Callable[[Scope], Hashable | None] = lambda _: None,
        on_event: Callable[[Effect], None] = lambda _: None,
        limits: Limits = LIMITS,
    ) -> None:
        """Serve ``server``.

        ``principal`` says who makes a request (``None``: anonymous); ``on_event`` hears the facts
        (sessions opened and closed, subscriptions, publishes) as they happen.
        """
        self.server = server
        self._clock = clock
        self._principal = principal
        self._on_event = on_event
        self._limits = limits
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for: float | None = None
        self._sockets: set[SocketLink] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or serve one WebSocket until it closes.

        A connect is held until the machine answers it.
        """
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            link = HttpLink(send)
            await self._http(scope, receive, link)
            await link.complete()

    def publish(
        self,
        channel: str,
        data: Any,
        *,
        only: Callable[[Session], bool] = lambda _: True,
        message_id: Any = None,
    ) -> None:
        """Deliver ``data`` to each subscribed session for which ``only`` holds."""
        now = self._clock()
        self._carry_out(self.server.publish(channel, data, now, only=only, message_id=message_id))

    def deliver(self, session_id: str, channel: str, data: Any) -> None:
        """Deliver ``data`` to one session, subscribed or not."""
        self._carry_out(self.server.deliver(session_id, channel, data, self._clock()))

    def expire(self, session_id: str) -> None:
        """Drop a session at once."""
        self._carry_out(self.server.expire(session_id, self._clock()))

    def close(self) -> None:
        """Answer every held connect, forget all sessions, close sockets, refuse later requests."""
        self._carry_out(self.server.close(self._clock()))
        for link in list(self._sockets):
            link.close(CloseCode.GOING_AWAY)

    # One HTTP request.

    async def _http(self, scope: Scope, receive: Receive, link: HttpLink) -> None:
        allowed = ("POST", "GET") if self._serves(Transport.CALLBACK_POLLING) else ("POST",)
        if scope["method"] not in allowed:
            link.refuse(METHOD_NOT_ALLOWED, headers=[(b"allow", ", ".join(allowed).encode())])
            return
        try:
            batch = await self._read(scope, receive, link)
        except OversizedMessages as fault:
            link.refuse(CONTENT_TOO_LARGE, str(fault))
        except MalformedMessages as fault:
            link.refuse(BAD_REQUEST, str(fault))
        else:
            if batch is not None:
                self._carry_out(self.server.receive(batch, self._clock()))
                await self._hold(link, receive)

    async def _read(self, scope: Scope, receive: Receive, link: HttpLink) -> Batch | None:
        """Return what was sent; ``None`` when the client went away before it was complete."""
        transport = Transport.LONG_POLLING
        if scope["method"] == "GET":
            transport = Transport.CALLBACK_POLLING
            query = scope.get("query_string", b"").decode("latin-1")
            messages, link.callback = decode_query(query, self._limits)
        else:
            body = await self._body(receive)
            if body is None:
                link.abandon()
                return None
            messages = decode_body(body, header(scope, b"content-type"), self._limits)
        browser = browser_of(scope)
        if browser is None and _shakes_hands(messages):
            browser = link.set_browser()
        return Batch(link, messages, transport, self._principal(scope), browser)

    async def _body(self, receive: Receive) -> bytes | None:
        body = bytearray()
        while True:
            part = await receive()
            if part["type"] == "http.disconnect":
                return None
            body += part.get("body", b"")
            if len(body) > self._limits.size:
                raise OversizedMessages(f"the body is larger than {self._limits.size} bytes")
            if not part.get("more_body", False):
                return bytes(body)

    async def _hold(self, link: HttpLink, receive: Receive) -> None:
        """Wait until the machine answers or the client goes away."""
        if link.answered.done():
            return
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            await asyncio.wait({link.answered, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            if not link.answered.done():
                link.abandon()
                self._carry_out(self.server.lost(link, self._clock()))

    # One WebSocket.

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a socket; sessions on it live on for a while when it closes.

        Where sockets are not served it is refused before it opens: clients fall back.
        """
        if not self._serves(Transport.WEBSOCKET) or self.server.closed:
            await send({"type": "websocket.close", "code": 1000})
            return
        await receive()
        await send({"type": "websocket.accept"})
        settings = self.server.settings
        link = SocketLink(send, settings.max_queue, settings.max_queue_bytes)
        self._sockets.add(link)
        reading = asyncio.ensure_future(self._read_frames(scope, receive, link))
        try:
            await asyncio.wait({reading, link.closed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._sockets.discard(link)
            self._carry_out(self.server.lost(link, self._clock()))
            reading.cancel()
            await asyncio.wait({reading})
        await link.complete()
        if not reading.cancelled():
            reading.result()

    async def _read_frames(self, scope: Scope, receive: Receive, link: SocketLink) -> None:
        """Take frame after frame until the socket closes or one breaks the rules."""
        asked = {**scope, "method": "GET"}  # what an upgrade is, to applications that look
        browser = browser_of(scope)
        while (event := await receive())["type"] == "websocket.receive":
            text = event.get("text")
            if text is None:
                link.close(CloseCode.UNSUPPORTED_DATA, "Bayeux is spoken in text frames")
                return
            try:
                messages = decode_frame(text, self._limits)
            except OversizedMessages as fault:
                link.close(CloseCode.TOO_BIG, fault.what)
                return
            except MalformedMessages as fault:
                link.close(CloseCode.INVALID_PAYLOAD, fault.what)
                return
            principal = self._principal(asked)
            batch = Batch(link, messages, Transport.WEBSOCKET, principal, browser)
            self._carry_out(self.server.receive(batch, self._clock()))
        link.lost()

    def _serves(self, transport: Transport) -> bool:
        return transport in self.server.settings.transports

    # What the machine wants done.

    def _carry_out(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Reply(HttpLink() as link, messages):
                    link.reply(messages)
                case Reply(SocketLink() as link, messages):
                    link.reply(messages)
                    if link.overflowed:
                        self._give_up(link)
                case Refuse(HttpLink() as link, status):
                    link.refuse(status)
                case Refuse(SocketLink() as link):
                    link.close(CloseCode.GOING_AWAY)
                case _:
                    self._on_event(effect)
        self._arm()

    def _give_up(self, link: SocketLink) -> None:
        """Close a socket whose peer does not read, and drop the sessions on it."""
        link.close(CloseCode.POLICY_VIOLATION, "too many messages wait to be read")
        self._carry_out(self.server.overflowed(link, self._clock()))

    def _arm(self) -> None:
        """Keep one timer at the machine's next deadline, or before it."""
        deadline = self.server.next_deadline()
        if deadline is None:
            self._disarm()
        elif self._armed_for is None or deadline < self._armed_for:
            self._disarm()
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(0.0, deadline - self._clock()), self._ring)
            self._armed_for = deadline

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._armed_for = None

    def _ring(self) -> None:
        self._disarm()
        self._carry_out(self.server.tick(self._clock()))


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _shakes_hands(messages: Iterable[Message]) -> bool:
    return any(message.get("channel") == META_HANDSHAKE for message in messages)
