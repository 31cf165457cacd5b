"""The replaying addon: sends traffic to the player instead of the upstream, while a tape is played.

In mode ``none`` everything goes to the player. In ``new_episodes`` the player is asked first, and a
call that its tape lacks goes on to the upstream and is recorded. CometD is never split between two
servers: a session lives where it was opened, so where the tape speaks Bayeux, the player does.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from mitmproxy import http
from multidict import CIMultiDict
from yarl import URL

from proxy_addons.address import address_of
from proxy_addons.control import PREFIX
from proxy_addons.deck import Deck
from proxy_addons.observe import AGENT, PLAYED
from proxy_addons.standin import StandIn

_MISS = 404
_HOP = frozenset({"connection", "content-length", "keep-alive", "te", "transfer-encoding"})


class ReplayAddon:
    """Plays while the deck has a player."""

    def __init__(self, deck: Deck) -> None:
        """Send traffic to the player of ``deck``."""
        self._deck = deck
        self._http: aiohttp.ClientSession | None = None

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Send to the player what is certainly its business."""
        player = self._deck.player
        if player is not None and (not self._deck.adds or _its_own(player, flow)):
            self._redirect(flow, player)

    def request(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        """Ask the player for what may be on its tape; a miss goes on to the upstream."""
        player = self._deck.player
        if player is None or PLAYED in flow.metadata or flow.response is not None:
            return None
        return self._play(flow, player)

    async def _play(self, flow: http.HTTPFlow, player: StandIn) -> None:
        response = await self._ask(flow, player)
        miss = _miss(response)
        if miss is None:
            flow.metadata[PLAYED] = True
            flow.response = response
        elif isinstance(miss.get("agent"), str):
            flow.metadata[AGENT] = miss["agent"]

    async def done(self) -> None:
        """Close what was opened."""
        if self._http is not None:
            await self._http.close()

    def _redirect(self, flow: http.HTTPFlow, player: StandIn) -> None:
        flow.metadata[PLAYED] = True
        data = flow.request.data
        data.scheme, data.host, data.port = b"http", player.host, player.port
        flow.request.stream = False

    async def _ask(self, flow: http.HTTPFlow, player: StandIn) -> http.Response:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
            )
        given: Any = flow.request.headers
        headers = CIMultiDict(
            (name, value)
            for name, value in given.items(multi=True)
            if name.lower() not in _HOP and not name.startswith(":")
        )
        headers["Host"] = urlsplit(address_of(flow)).netloc
        url = URL(f"{player.url}{flow.request.path}", encoded=True)
        async with self._http.request(
            flow.request.method,
            url,
            headers=headers,
            data=flow.request.raw_content,
            allow_redirects=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        ) as answer:
            body = await answer.read()
            lines = [pair for pair in answer.raw_headers if _text(pair[0]) not in _HOP]
            lines.append((b"content-length", b"%d" % len(body)))
            return http.Response.make(answer.status, body, http.Headers(lines))


def _its_own(player: StandIn, flow: http.HTTPFlow) -> bool:
    path = flow.request.path.partition("?")[0]
    return path.startswith(PREFIX) or player.mount.covers(path)


def _miss(response: http.Response) -> dict[str, Any] | None:
    """Return what the player says of a miss, ``None`` when it has answered from its tape."""
    if response.status_code != _MISS:
        return None
    try:
        body = json.loads(response.content or b"")
    except ValueError:
        return None
    told = body.get("tapestry") if isinstance(body, dict) else None
    return told if isinstance(told, dict) and "cause" in told else None


def _text(name: bytes) -> str:
    return name.decode("latin-1").lower()
