"""Our own client as its user would drive it, and the ways to break it on purpose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp

from conformance.probe.driver import Driver
from conformance.probe.log import ECHO, EVENTS, STOP
from tapestry.bayeux.client import ClientEvent, ClientSettings, Delivered
from tapestry.bayeux.failure import BayeuxFailure
from tapestry.bayeux.http_client import CometdClient
from tapestry.bayeux.message import Message
from tapestry.bayeux.outstanding import Post

Spoil = Callable[[CometdClient], None]

SETTINGS = ClientSettings(ack=True, timesync=True)


def driver(
    settings: ClientSettings = SETTINGS,
    *,
    spoil: Spoil = lambda client: None,
    echo: bool = True,
    cookies: bool = True,
) -> Driver:
    """Return a driver of our own client; ``spoil`` may break it once it is made."""

    @asynccontextmanager
    async def drive(url: str) -> AsyncIterator[None]:
        jar = aiohttp.CookieJar(unsafe=True) if cookies else aiohttp.DummyCookieJar()
        task = asyncio.create_task(_work(url, settings, spoil, echo, jar))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    return drive


async def _work(
    url: str, settings: ClientSettings, spoil: Spoil, echo: bool, jar: aiohttp.abc.AbstractCookieJar
) -> None:
    events: asyncio.Queue[Any] = asyncio.Queue()

    def hear(event: ClientEvent) -> None:
        if isinstance(event, Delivered):
            events.put_nowait(event.message["data"])

    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        client = CometdClient(url, http=http, on_event=hear, settings=settings)
        spoil(client)
        try:
            with suppress(BayeuxFailure):
                await client.handshake()
                await client.subscribe(EVENTS)
            while not (data := await events.get()).get(STOP):
                if echo:
                    with suppress(BayeuxFailure):
                        await client.publish(ECHO, data)
            await client.disconnect()
            await asyncio.Event().wait()
        finally:
            await client.drop()


class _Http:
    """An HTTP session that changes what is sent through it."""

    def __init__(self, http: Any, change: Callable[[dict[str, Any]], Any], times: int) -> None:
        self._http, self._change, self._times = http, change, times
        self._more: list[asyncio.Future[Any]] = []

    def request(self, **options: Any) -> Any:
        connects = any(m["channel"] == "/meta/connect" for m in options["json"])
        options = {**options, **self._change([dict(message) for message in options["json"]])}
        for _ in range(self._times - 1 if connects else 0):
            self._more.append(asyncio.ensure_future(self._http.request(**options)))
        return self._http.request(**options)


def sending(change: Callable[[list[Message]], Any], times: int = 1) -> Spoil:
    """Return what changes the messages of each request; connects are sent so many ``times``."""

    def spoil(client: CometdClient) -> None:
        carrier = client._http
        carrier._http = _Http(carrier._http, lambda told: _options(change(told)), times)  # type: ignore[assignment]

    return spoil


def _options(changed: Any) -> dict[str, Any]:
    return changed if isinstance(changed, dict) and "headers" in changed else {"json": changed}


def hearing(change: Callable[[list[Message]], list[Message]]) -> Spoil:
    """Return what changes the messages of each answer; an exception in it is a fault for ever."""

    def spoil(client: CometdClient) -> None:
        exchange = client._http.exchange

        async def changed(post: Post) -> tuple[list[Message], float]:
            messages, arrived = await exchange(post)
            return change(messages), arrived

        client._http.exchange = changed  # type: ignore[method-assign]

    return spoil


def stuck_when(stuck: Callable[[list[Message] | None], bool]) -> Spoil:
    """Return what waits for ever after such an answer (``None``: none came)."""

    def spoil(client: CometdClient) -> None:
        exchange = client._http.exchange

        async def changed(post: Post) -> tuple[list[Message], float]:
            try:
                answer = await exchange(post)
            except BayeuxFailure:
                if stuck(None):
                    await asyncio.Event().wait()
                raise
            if stuck(answer[0]):
                await asyncio.Event().wait()
            return answer

        client._http.exchange = changed  # type: ignore[method-assign]

    return spoil
