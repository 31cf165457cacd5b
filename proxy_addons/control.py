"""Changes the mode while the proxy runs: by mitmproxy commands, and by HTTP from this machine.

``GET /__tapestry/mode`` tells how things stand, ``POST /__tapestry/mode?to=passthrough`` changes
them. Everything under the prefix is answered here, or by the player, which has routes there too,
and never goes to the upstream; a browser page, another machine and another proxy are refused.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import threading
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qs

from mitmproxy import command, http

from proxy_addons.deck import Deck
from proxy_addons.mode import Mode, mode_of
from proxy_addons.observe import PLAYED
from tapestry.problems import Problem

PREFIX = "/__tapestry/"
_PREFIX = PREFIX.encode()
MODE = "/__tapestry/mode"

_FOREIGN = ("origin", "forwarded", "x-forwarded-for", "via")


class ControlAddon:
    """Lets the operator change the mode."""

    def __init__(self, deck: Deck, tell: Callable[[str], None]) -> None:
        """Change the mode of ``deck``; ``tell`` hears what came of a command."""
        self._deck = deck
        self._tell = tell

    @command.command("tapestry.mode")  # type: ignore[untyped-decorator]  # mitmproxy is typed in part
    def mode(self) -> str:
        """Return the record mode."""
        return str(self._deck.mode)

    @command.command("tapestry.mode.set")  # type: ignore[untyped-decorator]  # as above
    def set_mode(self, mode: str) -> None:
        """Change the record mode: none, once, new_episodes, all or passthrough."""
        try:
            wanted = mode_of(mode)
        except Problem as problem:
            self._tell(str(problem))
            return
        threading.Thread(target=self._change, args=(wanted,), daemon=True).start()

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Let nobody else record, stream or forward a control request."""
        if flow.request.data.path.startswith(_PREFIX):
            flow.metadata[PLAYED] = True

    def request(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        """Answer a control request. All others pay for one comparison, and for no coroutine."""
        return self._answer(flow) if flow.request.data.path.startswith(_PREFIX) else None

    async def _answer(self, flow: http.HTTPFlow) -> None:
        path, _, query = flow.request.path.partition("?")
        if not is_local(flow):
            _answer(flow, 403, {"error": "the control routes answer only to this machine"})
        elif path == MODE:
            await self._mode_route(flow, query)
        elif self._deck.player is None:
            _answer(flow, 404, {"error": f"there is {MODE}"})

    async def _mode_route(self, flow: http.HTTPFlow, query: str) -> None:
        match flow.request.method:
            case "GET":
                _answer(flow, 200, self._standing())
            case "POST":
                await self._post(flow, parse_qs(query).get("to", [""])[0])
            case _:
                _answer(flow, 405, {"error": f"GET {MODE}, POST {MODE}?to=MODE"})

    async def _post(self, flow: http.HTTPFlow, text: str) -> None:
        try:
            wanted = mode_of(text)
        except Problem as problem:
            _answer(flow, 400, {"error": str(problem)})
            return
        try:
            await asyncio.to_thread(self._deck.change, wanted)
        except Problem as problem:
            _answer(flow, 409, {"error": str(problem), **self._standing()})
        else:
            _answer(flow, 200, self._standing())

    def _standing(self) -> dict[str, Any]:
        return {"mode": str(self._deck.mode), "recording": asdict(self._deck.state())}

    def _change(self, mode: Mode) -> None:
        try:
            self._deck.change(mode)
        except Problem as problem:
            self._tell(str(problem))
        self._tell(f"mode: {self._deck.mode}")


def is_local(flow: http.HTTPFlow) -> bool:
    """Tell whether a request comes from a program on this machine, and from no page or proxy."""
    if any(name in flow.request.headers for name in _FOREIGN):
        return False
    peer = flow.client_conn.peername
    try:
        address = ipaddress.ip_address(peer[0].partition("%")[0]) if peer else None
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return address is not None and (mapped or address).is_loopback


def _answer(flow: http.HTTPFlow, status: int, value: dict[str, Any]) -> None:
    body = json.dumps(value).encode()
    flow.response = http.Response.make(status, body, {"Content-Type": "application/json"})
