"""The server of one situation: a true Bayeux server that its script can make misbehave.

Sessions, holding and batches are those of :class:`BayeuxServer`; a script takes single requests out
of its hands, changes what it answers, or lets an answer be lost on the way. HTTP only: a client
that tries a WebSocket is refused and has to fall back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from conformance.probe.log import ECHO, EVENTS, STOP, Arrival, Log
from tapestry.bayeux.codec import decode_body, encode_body
from tapestry.bayeux.effects import Batch, Effect, Published, Refuse, Reply
from tapestry.bayeux.http_link import browser_of, header
from tapestry.bayeux.message import (
    META_CONNECT,
    META_DISCONNECT,
    MalformedMessages,
    Message,
    Transport,
)
from tapestry.bayeux.server import BayeuxServer
from tapestry.bayeux.settings import ServerSettings
from tapestry.serving import Receive, Scope, Send

HOLD = 1.0
PATIENCE = 15.0

SETTINGS = ServerSettings(timeout=HOLD, transports=(Transport.LONG_POLLING,))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered; ``cut`` breaks the connection in the middle of it."""

    messages: list[Message]
    status: int = 200
    cut: bool = False


class NotReached(Exception):
    """The client did not come to the point that the situation is about; the text says which."""


Act = Callable[[Arrival], Answer]


class Stage:
    """One situation at work; ``rewrite`` may change each answer of the server behind it."""

    def __init__(self, settings: ServerSettings = SETTINGS, patience: float = PATIENCE) -> None:
        """Wait for a client up to ``patience`` seconds, and as long for each of its steps."""
        self.log = Log()
        self.server = BayeuxServer(settings)
        self.rewrite: Callable[[Arrival, Answer], Answer] = lambda arrival, answer: answer
        self._patience = patience
        self._acts: list[tuple[str, Act]] = []
        self._standing: dict[str, Act] = {}
        self._news = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    # For scripts.

    def mark(self, name: str) -> None:
        """Note the moment."""
        self.log.marks[name] = time.monotonic()

    def answer_next(self, channel: str, act: Act) -> None:
        """Let ``act`` answer the next request with a message on ``channel``, in turn."""
        self._acts.append((channel, act))

    def answer_every(self, channel: str, act: Act) -> None:
        """Let ``act`` answer every request with a message on ``channel`` from now on."""
        self._standing[channel] = act

    def advise(self, **settings: Any) -> None:
        """Change the server's settings; clients are told with the next connect reply."""
        self.server.settings = replace(self.server.settings, **settings)

    def publish(self, **data: Any) -> None:
        """Send the client's application an event."""
        self._carry_out(self.server.publish(EVENTS, data, time.monotonic()))

    def forget_sessions(self) -> None:
        """Drop every session, as a restarted server has."""
        for session_id in list(self.server.sessions):
            self._carry_out(self.server.expire(session_id, time.monotonic()))

    async def wait(self, holds: Callable[[], bool], within: float) -> bool:
        """Wait until ``holds``; ``False`` when it does not come true in time."""
        try:
            async with asyncio.timeout(within):
                while not holds():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return holds()
        return True

    async def need(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until ``holds``; without it there is nothing to grade (:class:`NotReached`)."""
        if not await self.wait(holds, self._patience):
            raise NotReached(what)

    async def ready(self) -> None:
        """Wait until the client listens: subscribed, and a connect held."""
        await self.need(lambda: bool(self.log.arrivals), "no client came")
        await self.need(self.listening, f"the client never held a connect, subscribed to {EVENTS}")

    async def came(self) -> bool:
        """The same, where it is what the situation is about: ``False`` when it never listened."""
        await self.need(lambda: bool(self.log.arrivals), "no client came")
        return await self.wait(self.listening, self._patience)

    def listening(self) -> bool:
        """Tell whether a subscribed session has a connect held."""
        sessions = self.server.sessions.values()
        return any(session.held and session.matches(EVENTS) for session in sessions)

    async def came_back(self, within: float) -> bool:
        """Wait for another connect after the last one that ended."""
        seen = len(self.log.arrivals)
        return await self.wait(lambda: self._connects_since(seen) > 0, within)

    async def stop(self) -> None:
        """Ask the client's application to disconnect, and give it time for that."""
        self.mark("stop")
        self.publish(**{STOP: True})
        await self.wait(lambda: bool(self.log.having(META_DISCONNECT, after="stop")), 3.0)

    def _connects_since(self, seen: int) -> int:
        return sum(arrival.has(META_CONNECT) for arrival in self.log.arrivals[seen:])

    # The server.

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of the client."""
        if scope["type"] == "websocket":
            self.log.upgrades.append(time.monotonic())
            await send({"type": "websocket.close", "code": 1000})
            return
        try:
            arrival = await self._arrive(scope, receive)
        except MalformedMessages:
            await _write(send, Answer([], 400), [])
            return
        cookie, browser = _cookie(scope, arrival)
        answer = await self._answer(arrival, browser, receive)
        arrival.ended = time.monotonic()
        if answer is None:
            arrival.lost = True
        else:
            answer = self.rewrite(arrival, answer)
            arrival.answer, arrival.lost = answer.messages, answer.cut
            await _write(send, answer, cookie)
        self._news.set()

    def close(self) -> None:
        """Release what is held."""
        if self._timer is not None:
            self._timer.cancel()
        self._carry_out(self.server.close(time.monotonic()))

    async def _arrive(self, scope: Scope, receive: Receive) -> Arrival:
        body = b""
        while (part := await receive())["type"] == "http.request":
            body += part.get("body", b"")
            if not part.get("more_body", False):
                break
        content_type = header(scope, b"content-type")
        arrival = Arrival(
            n=len(self.log.arrivals),
            at=time.monotonic(),
            messages=decode_body(body, content_type),
            array=not body.lstrip().startswith(b"{"),
            content_type=content_type,
            host=header(scope, b"host"),
            cookies=header(scope, b"cookie"),
        )
        self.log.arrivals.append(arrival)
        self._news.set()
        return arrival

    async def _answer(
        self, arrival: Arrival, browser: str | None, receive: Receive
    ) -> Answer | None:
        """Return the answer when there is one, ``None`` when the client does not wait for it."""
        act = self._act_for(arrival)
        if act is not None:
            return act(arrival)
        link: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        batch = Batch(link, arrival.messages, Transport.LONG_POLLING, None, browser)
        self._carry_out(self.server.receive(batch, time.monotonic()))
        gone = asyncio.ensure_future(_disconnected(receive))
        gone.add_done_callback(lambda _: link.cancel())
        try:
            return await link
        except asyncio.CancelledError:
            if not gone.done():
                raise
        finally:
            gone.cancel()
        self._carry_out(self.server.lost(link, time.monotonic()))
        return None

    def _act_for(self, arrival: Arrival) -> Act | None:
        for index, (channel, act) in enumerate(self._acts):
            if arrival.has(channel):
                del self._acts[index]
                return act
        return next((act for name, act in self._standing.items() if arrival.has(name)), None)

    def _carry_out(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Reply(asyncio.Future() as link, messages) if not link.done():
                    link.set_result(Answer(messages))
                case Refuse(asyncio.Future() as link, status) if not link.done():
                    link.set_result(Answer([], status))
                case Published(channel=channel, data=data) if channel == ECHO:
                    self.log.echoes.append(data)
        self._news.set()
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due = self.server.next_deadline()
        if due is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(0.0, due - time.monotonic()), self._ring)

    def _ring(self) -> None:
        self._carry_out(self.server.tick(time.monotonic()))


def _cookie(scope: Scope, arrival: Arrival) -> tuple[list[tuple[bytes, bytes]], str | None]:
    """Return the header that sets a BAYEUX_BROWSER cookie at a handshake, and the cookie."""
    browser = browser_of(scope)
    if browser is None and arrival.has("/meta/handshake"):
        browser = f"probe{arrival.n}"
        return [(b"set-cookie", f"BAYEUX_BROWSER={browser}; Path=/; HttpOnly".encode())], browser
    return [], browser


async def _write(send: Send, answer: Answer, headers: list[tuple[bytes, bytes]]) -> None:
    body = encode_body(answer.messages) if answer.status == 200 else b""
    promised = len(body) + 1 if answer.cut else len(body)
    fields = [
        (b"content-type", b"application/json;charset=UTF-8"),
        (b"content-length", b"%d" % promised),
        *headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": fields})
    if answer.cut:
        # A response that ends too soon: the server closes the connection under it.
        await send({"type": "http.response.body", "body": body[:1], "more_body": True})
    else:
        await send({"type": "http.response.body", "body": body})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
