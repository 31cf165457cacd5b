"""The stand-in: Tapestry's player, served on loopback for the proxy to send traffic to.

mitmproxy cannot serve a held poll or a WebSocket from a recording. The player can, so the proxy
treats it as just another server. It runs in a thread with a loop of its own and knows no upstream.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from tapestry.player.app import player_app
from tapestry.player.mount import Mount
from tapestry.player.summary import as_text
from tapestry.serving import serving
from tapestry.tape import codec


class StandIn:
    """A cassette being played; ``host`` and ``port`` are where."""

    def __init__(self, path: Path, tell: Callable[[str], None]) -> None:
        """Play the cassette at ``path``. Raises :class:`~tapestry.problems.Problem`."""
        cassette = codec.load(path)
        self.mount = Mount(cassette)
        self._app = player_app(cassette, tell=tell)
        self._running = ExitStack()
        self.url = self._running.enter_context(serving(self._app, before_stop=self._app.close))
        address = urlsplit(self.url)
        assert address.hostname is not None
        assert address.port is not None
        self.host, self.port = address.hostname, address.port

    def summary(self) -> str:
        """Return what was played, in words."""
        return as_text(self._app.summary())

    def close(self) -> None:
        """End the play."""
        self._running.close()
