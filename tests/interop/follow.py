"""A desktop that does again what one agent did on a tape, in Python, over any transport.

``python -m tests.interop.follow --base URL --part FILE --transport NAME``: the counterpart of
follow.mjs, and the one that speaks callback-polling, which JavaScript does in a browser only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp

from tapestry.bayeux.client import ClientSettings
from tapestry.bayeux.client_events import Delivered
from tapestry.bayeux.http_client import CometdClient
from tapestry.bayeux.message import Transport


class Desktop:
    """One agent."""

    def __init__(self, base: str, part: dict[str, Any], http: aiohttp.ClientSession) -> None:
        self._base, self._part, self._http = base, part, http
        self._heard = 0
        self._news = asyncio.Queue[None]()

    async def work(self, transport: str) -> None:
        """Do all that the agent did."""
        settings = ClientSettings(transports=(Transport(transport),))
        url = self._base + self._part["endpoint"]
        client = CometdClient(url, http=self._http, on_event=self._take, settings=settings)
        login = aiohttp.BasicAuth(self._part["user"], "secret")
        async with client:
            for index, step in enumerate(self._part["steps"]):
                if index == self._part["listen"]:
                    await self._listen(client)
                await self._until(step["heard"])
                await self._call(step, login if index == 0 else None)
                if index == 0:
                    tell(kind="ready")
            await self._until(self._part["heard"])

    async def _listen(self, client: CometdClient) -> None:
        await client.handshake()
        for topic in self._part["topics"]:
            await client.subscribe(topic)

    async def _call(self, step: dict[str, Any], login: aiohttp.BasicAuth | None) -> None:
        url, body = self._base + step["path"], step.get("body")
        async with self._http.request(step["method"], url, json=body, auth=login) as answer:
            await answer.read()
            tell(kind="answer", status=answer.status, path=step["path"])

    async def _until(self, count: int) -> None:
        while self._heard < count:
            await self._news.get()
            self._heard += 1

    def _take(self, event: Any) -> None:
        if isinstance(event, Delivered):
            self._news.put_nowait(None)


def tell(**line: Any) -> None:
    """Say what happens, as the other desktops do."""
    print(json.dumps(line), flush=True)


async def main() -> None:
    """Work."""
    parser = argparse.ArgumentParser()
    for name in ("--base", "--part", "--transport"):
        parser.add_argument(name, required=True)
    args = parser.parse_args()
    part = json.loads(Path(args.part).read_text())  # noqa: ASYNC240 - before anything else
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        await Desktop(args.base, part, http).work(args.transport)


if __name__ == "__main__":
    asyncio.run(main())
