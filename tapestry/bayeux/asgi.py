"""Puts a Bayeux server machine on HTTP: one ASGI endpoint for the reference and for the player.

It does only what the machine leaves to a binding: read bodies, hold responses open, notice clients
that go away, set the BAYEUX_BROWSER cookie, run one timer. Effects are carried out in the call that
made them, down to the bytes handed to the server, so an application that publishes before it
answers an HTTP request really lets the notification go first.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from tapestry.bayeux.codec import CONTENT_TYPE, LIMITS, Limits, decode_body, encode_body
from tapestry.bayeux.effects import Batch, Effect, Refuse, Reply
from tapestry.bayeux.message import META_HANDSHAKE, MalformedMessages
from tapestry.bayeux.server import BayeuxServer
from tapestry.bayeux.session import Session
from tapestry.serving import Receive, Scope, Send

BROWSER_COOKIE = "BAYEUX_BROWSER"
BAD_REQUEST, METHOD_NOT_ALLOWED, CONTENT_TOO_LARGE = 400, 405, 413

_Headers = list[tuple[bytes, bytes]]


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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a connect is held until the machine answers it."""
        if scope["type"] == "websocket":  # refused before it is accepted: clients fall back
            await send({"type": "websocket.close", "code": 1000})
            return
        exchange = _Exchange(send)
        if scope["method"] != "POST":
            exchange.answer(METHOD_NOT_ALLOWED, headers=[(b"allow", b"POST")])
        else:
            await self._post(scope, receive, exchange)
        await exchange.complete()

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
        """Answer every held connect, forget all sessions and refuse later requests."""
        self._carry_out(self.server.close(self._clock()))

    async def _post(self, scope: Scope, receive: Receive, exchange: _Exchange) -> None:
        body = await self._read(receive, exchange)
        if body is None:
            return
        try:
            messages = decode_body(body, _header(scope, b"content-type"), self._limits)
        except MalformedMessages as fault:
            exchange.answer(BAD_REQUEST, str(fault).encode(), _TEXT)
            return
        browser = _cookie(scope, BROWSER_COOKIE)
        if browser is None and any(m.get("channel") == META_HANDSHAKE for m in messages):
            browser = exchange.set_browser(secrets.token_hex(16))
        batch = Batch(exchange, messages, principal=self._principal(scope), browser=browser)
        self._carry_out(self.server.receive(batch, self._clock()))
        if not exchange.answered.done():
            await self._hold(exchange, receive)

    async def _read(self, receive: Receive, exchange: _Exchange) -> bytes | None:
        """Return the body; ``None`` when there is nothing to go on with."""
        body = bytearray()
        while True:
            part = await receive()
            if part["type"] == "http.disconnect":
                exchange.abandon()
                return None
            body += part.get("body", b"")
            if len(body) > self._limits.size:
                text = f"the body is larger than {self._limits.size} bytes"
                exchange.answer(CONTENT_TOO_LARGE, text.encode(), _TEXT)
                return None
            if not part.get("more_body", False):
                return bytes(body)

    async def _hold(self, exchange: _Exchange, receive: Receive) -> None:
        """Wait until the machine answers or the client goes away."""
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            await asyncio.wait({exchange.answered, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            if not exchange.answered.done():
                exchange.abandon()
                self._carry_out(self.server.lost(exchange, self._clock()))

    def _carry_out(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Reply(_Exchange() as exchange, messages):
                    exchange.answer(200, encode_body(messages), _JSON)
                case Refuse(_Exchange() as exchange, status):
                    exchange.answer(status)
                case _:
                    self._on_event(effect)
        self._arm()

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


class _Exchange:
    """One HTTP request and the response it will get: the machine's link."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._headers: _Headers = []
        self._sending: asyncio.Task[None] | None = None
        self.answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def set_browser(self, browser: str) -> str:
        cookie = f"{BROWSER_COOKIE}={browser}; Path=/; HttpOnly"
        self._headers.append((b"set-cookie", cookie.encode()))
        return browser

    def answer(self, status: int, body: bytes = b"", headers: _Headers | None = None) -> None:
        """Send the response. An eager task writes at once, before the caller goes on."""
        fields = [*(headers or []), (b"content-length", b"%d" % len(body)), *self._headers]
        self._sending = asyncio.Task(
            self._write({"type": "http.response.start", "status": status, "headers": fields}, body),
            loop=asyncio.get_running_loop(),
            eager_start=True,
        )
        self.answered.set_result(None)

    def abandon(self) -> None:
        """Note that nobody waits for the response any more."""
        self.answered.cancel()

    async def complete(self) -> None:
        """Wait until the response is written; a fault in writing it is raised here."""
        if self._sending is not None:
            await self._sending

    async def _write(self, start: dict[str, Any], body: bytes) -> None:
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


_JSON: _Headers = [(b"content-type", CONTENT_TYPE.encode())]
_TEXT: _Headers = [(b"content-type", b"text/plain;charset=UTF-8")]


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _header(scope: Scope, name: bytes) -> str:
    values = [value for key, value in scope["headers"] if key == name]
    return b"; ".join(values).decode("latin-1")


def _cookie(scope: Scope, name: str) -> str | None:
    """Return the value of a cookie. Cookies that other applications set may have any form."""
    for pair in _header(scope, b"cookie").split(";"):
        key, _, value = pair.strip().partition("=")
        if key == name and value:
            return value
    return None
