"""One ASGI application with every situation on a path of its own, and a list of them at the root.

A situation plays once, for the first client that comes to it. All of it runs on the loop that
serves the application, because scripts and requests share the state of their server.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.probe.log import Log
from conformance.probe.situation import Situation
from conformance.probe.stage import NotReached, Stage
from tapestry.serving import Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class Played:
    """What came of one situation; ``lack`` says why it did not come to its point."""

    situation: Situation
    log: Log
    seconds: float
    lack: str | None = None


class ProbeApp:
    """Serves situations."""

    def __init__(self, situations: Sequence[Situation], patience: float) -> None:
        """Wait for a client of each situation up to ``patience`` seconds."""
        self._situations = {situation.name: situation for situation in situations}
        self._patience = patience
        self._stages: dict[str, Stage] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request to a situation that is being played, or list them."""
        self._loop = asyncio.get_running_loop()
        name = scope["path"].split("/")[1]
        stage = self._stages.get(name)
        if stage is not None:
            await stage(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        else:
            await self._tell(name, send)

    async def play(self, name: str) -> Played:
        """Play one situation to its end. To be called from another loop than the serving one.

        Needs that a request has been served before.
        """
        assert self._loop is not None
        return await asyncio.wrap_future(
            asyncio.run_coroutine_threadsafe(self._play(self._situations[name]), self._loop)
        )

    def close(self) -> None:
        """Release whatever is held."""
        for stage in self._stages.values():
            stage.close()

    async def _play(self, situation: Situation) -> Played:
        loop = asyncio.get_running_loop()
        stage = self._stages[situation.name] = Stage(patience=self._patience)
        began, lack = loop.time(), None
        try:
            await situation.script(stage)
        except NotReached as fault:
            lack = str(fault)
        finally:
            stage.close()
        return Played(situation, stage.log, loop.time() - began, lack)

    async def _tell(self, name: str, send: Send) -> None:
        listed = [
            {"situation": situation.name, "path": f"/{situation.name}", "title": situation.title}
            for situation in self._situations.values()
        ]
        status = 404 if name else 200
        body = b"" if name else json.dumps({"situations": listed}, indent=2).encode()
        fields = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
        ]
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": body})
