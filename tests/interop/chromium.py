"""Drives Chromium: works in a page, and saves what its developer tools recorded as a HAR.

Headless Chromium cannot be asked for a HAR over its protocol. But it serves its own developer tools
as a page, so they are opened in a second tab, look at the first, and are told to do what their menu
entry "Export HAR (with sensitive data)" does. The file is Chromium's own, to the letter.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.interop.processes import need

BINARIES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 20.0

_EXPORT = """(async () => {
  const {Writer} = await import('/devtools/models/har/har.js');
  const {NetworkLog} = await import('/devtools/models/logs/logs.js');
  const requests = NetworkLog.NetworkLog.instance().requests();
  const progress = {createSubProgress: () => ({})};
  return Writer.Writer.harStringForRequests(requests, {sanitize: false}, progress);
})()"""
_LISTENING = """(async () => {
  const {TargetManager} = await import('/devtools/core/sdk/sdk.js');
  const {NetworkLog} = await import('/devtools/models/logs/logs.js');
  NetworkLog.NetworkLog.instance();
  return TargetManager.TargetManager.instance().targets().length > 0;
})()"""


def binary() -> str | None:
    """Return the Chromium of this machine, if any."""
    return next(filter(None, map(shutil.which, BINARIES)), None)


def need_browser() -> None:
    """Skip a test where there is no browser; fail it where TAPESTRY_REQUIRE_BROWSER is 1."""
    lack = None if binary() else "there is no Chromium on the PATH: install the package chromium"
    need(lack, "TAPESTRY_REQUIRE_BROWSER")


class Tab:
    """One tab, spoken to over the DevTools protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, tab_id: str) -> None:
        self.id = tab_id
        self._socket = socket
        self._numbers = itertools.count(1)

    async def command(self, method: str, **params: Any) -> Any:
        """Send a command and return its result."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            answer = await self._socket.receive_json(timeout=PATIENCE)
            if answer.get("id") == number:
                return answer["result"]

    async def run(self, script: str) -> Any:
        """Evaluate ``script``, wait for its promise and return the value."""
        result = await self.command(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in result:
            raise RuntimeError(str(result["exceptionDetails"]))
        return result["result"].get("value")


class Browser:
    """A running Chromium with developer tools that watch a page."""

    def __init__(self, http: aiohttp.ClientSession, base: str) -> None:
        self._http = http
        self._base = base

    async def work(self, address: str, script: str) -> tuple[Any, str]:
        """Open ``address``, run ``script`` there; returns its value and the HAR as text."""
        page = await self._tab("about:blank")
        target = f"{self._base.removeprefix('http://')}/devtools/page/{page.id}"
        tools = await self._tab(f"{self._base}/devtools/inspector.html?ws={target}")
        await self._until(tools, _LISTENING)
        await page.command("Page.navigate", url=address)
        await self._until(page, "document.readyState == 'complete' && location.host != ''")
        value = await page.run(script)
        return value, await tools.run(_EXPORT)

    async def _tab(self, address: str) -> Tab:
        async with self._http.put(f"{self._base}/json/new?{address}") as answer:
            opened = await answer.json(content_type=None)
        socket = await self._http.ws_connect(opened["webSocketDebuggerUrl"], max_msg_size=0)
        return Tab(socket, opened["id"])

    async def _until(self, tab: Tab, condition: str) -> None:
        async def holds() -> bool:
            try:
                return bool(await tab.run(condition))
            except RuntimeError:  # not loaded yet
                return False

        await _eventually(holds)


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Run Chromium with a profile of its own for the length of the block."""
    path = binary()
    assert path is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            path, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
            "--remote-allow-origins=*", f"--user-data-dir={profile}", "about:blank",
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            port = await _eventually(lambda: _port(Path(profile) / "DevToolsActivePort"))
            async with aiohttp.ClientSession() as http:
                yield Browser(http, f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            await process.wait()


async def _port(file: Path) -> int:
    """Return the port that Chromium has written into its profile, 0 while it has not."""
    text = file.read_text() if file.exists() else ""  # noqa: ASYNC240 - a few bytes
    return int(text.split()[0]) if text.strip() else 0


async def _eventually[Value](question: Callable[[], Awaitable[Value]]) -> Value:
    """Ask until the answer is true; a browser has no event for what we wait for."""
    async with asyncio.timeout(PATIENCE):
        while not (answer := await question()):  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.05)
    return answer
