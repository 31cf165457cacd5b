"""Plays the corpus over real sockets: a server that answers as scripted, and a client that asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from yarl import URL

from tests.canary.corpus import Corpus


@asynccontextmanager
async def upstream(corpus: Corpus) -> AsyncIterator[str]:
    """Serve the answers of ``corpus``, told by the X-Turn header; yields the base URL."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade"):
            return await _frames(request, corpus)
        turn = corpus.turns[int(request.headers["X-Turn"])]
        assert await request.read() == turn.body
        response = web.Response(status=turn.status, body=turn.answer)
        response.headers.popall("Content-Type", None)
        for name, value in turn.answer_headers:
            response.headers.add(name, value)
        return response

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def ask(base: str, corpus: Corpus) -> None:
    """Ask all that ``corpus`` asks, and talk over its WebSocket."""
    timeout = aiohttp.ClientTimeout(total=10)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(cookie_jar=jar, timeout=timeout) as http:
        for number, turn in enumerate(corpus.turns):
            url = URL(base + turn.target, encoded=True)
            headers = [*turn.headers, ("X-Turn", str(number))]
            async with http.request(
                turn.method, url, headers=headers, data=turn.body, allow_redirects=False
            ) as answer:
                assert answer.status == turn.status, (number, await answer.text())
                assert await answer.read() == turn.answer
        async with http.ws_connect(f"{base}/api/v2/notifications") as socket:
            for sender, text in corpus.frames:
                if sender == "client":
                    await socket.send_str(text)
                else:
                    assert (await socket.receive_str(timeout=5)) == text


async def _frames(request: web.Request, corpus: Corpus) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    for sender, text in corpus.frames:
        if sender == "client":
            await asyncio.wait_for(socket.receive_str(), 5)
        else:
            await socket.send_str(text)
    await socket.close()
    return socket
