"""The recording addon: hears mitmproxy's hooks and keeps what they tell as a cassette.

Works in Tapestry's own recorder and in plain mitmproxy::

    mitmdump --mode reverse:http://127.0.0.1:8090 -s proxy_addons/record.py --set tapestry_out=FILE

It fails open: whatever goes wrong here is told on standard error, and the traffic goes on.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mitmproxy import ctx, http
from mitmproxy.addonmanager import Loader
from mitmproxy.connection import Client

from proxy_addons.capture import request_of, response_of
from proxy_addons.session import RecordingSession, open_session
from tapestry.problems import Problem
from tapestry.tape.body import body_of

MODES = ("once", "all", "passthrough")

_REVERSE = "reverse:"
_Guarded = Callable[["RecordAddon", http.HTTPFlow], None]
_Hook = Callable[["RecordAddon", RecordingSession, http.HTTPFlow], None]


def tell(message: str) -> None:
    """Print ``message`` to standard error."""
    print(f"tapestry: {message}", file=sys.stderr, flush=True)  # noqa: T201 - to people, not a log


def _fails_open(hook: _Hook) -> _Guarded:
    """Call ``hook`` with the open session, if there is one, and let no fault out of it."""

    def guarded(self: RecordAddon, flow: http.HTTPFlow) -> None:
        if self.session is None:
            return
        try:
            hook(self, self.session, flow)
        except Exception as fault:  # noqa: BLE001 - recording must never break traffic
            self.session.fault(fault)

    guarded.__doc__ = hook.__doc__
    return guarded


class RecordAddon:
    """Records while ``session`` is set; plain mitmproxy sets it from the options when it runs."""

    def __init__(self, session: RecordingSession | None = None) -> None:
        """Take a session that is open already, or none to open one from the options."""
        self.session = session
        self._own = session is None
        self._connections: dict[str, str] = {}
        self._connection_count = 0

    def load(self, loader: Loader) -> None:
        """Declare the options."""
        loader.add_option("tapestry_out", str, "", "Cassette file to record into.")
        loader.add_option(
            "tapestry_mode",
            str,
            "once",
            "once: refuse to record over an existing cassette; all: replace it;"
            " passthrough: record nothing.",
            choices=list(MODES),
        )

    def running(self) -> None:
        """Begin the cassette that the options name; a fault ends mitmproxy's start."""
        out = ctx.options.tapestry_out
        if self.session is not None or not out or ctx.options.tapestry_mode == "passthrough":
            return
        replace = ctx.options.tapestry_mode == "all"
        try:
            self.session = open_session(
                Path(out), _upstream(), time.monotonic, tell, replace=replace
            )
        except Problem as problem:
            logging.getLogger(__name__).error("%s", problem)

    @_fails_open
    def request(self, session: RecordingSession, flow: http.HTTPFlow) -> None:
        """Note a complete request."""
        session.request(flow.id, self._connection(flow.client_conn), request_of(flow))

    @_fails_open
    def response(self, session: RecordingSession, flow: http.HTTPFlow) -> None:
        """Record an exchange; a WebSocket's is complete before its first message."""
        upgraded = flow.response is not None and flow.response.status_code == 101
        session.response(flow.id, response_of(flow), upgraded=upgraded)

    @_fails_open
    def error(self, session: RecordingSession, flow: http.HTTPFlow) -> None:
        """Record an exchange that broke off."""
        message = flow.error.msg if flow.error else "unknown"
        session.broken(flow.id, reason_of(message))

    @_fails_open
    def websocket_message(self, session: RecordingSession, flow: http.HTTPFlow) -> None:
        """Record a WebSocket message, and let mitmproxy forget the ones before it."""
        assert flow.websocket is not None
        message = flow.websocket.messages[-1]
        body = body_of(message.content)
        session.frame(flow.id, "client" if message.from_client else "server", body)
        flow.websocket.messages[:] = [message]

    @_fails_open
    def websocket_end(self, session: RecordingSession, flow: http.HTTPFlow) -> None:
        """Record the end of a WebSocket."""
        assert flow.websocket is not None
        side = "client" if flow.websocket.closed_by_client else "server"
        session.socket_closed(flow.id, f"closed by {side}, code {flow.websocket.close_code}")

    def client_disconnected(self, client: Client) -> None:
        """Forget a connection that is gone."""
        self._connections.pop(client.id, None)

    def done(self) -> None:
        """End the cassette. Held polls break off only after this hook, so they are ended here."""
        session, self.session = self.session, None
        if session is not None:
            session.close()
            if self._own:
                tell(session.summary())

    def _connection(self, client: Client) -> str:
        if client.id not in self._connections:
            self._connection_count += 1
            self._connections[client.id] = f"c{self._connection_count}"
        return self._connections[client.id]


def reason_of(message: str) -> str:
    """Return mitmproxy's words for a broken exchange in the words of the cassette format."""
    if "Errno 111" in message or "refused" in message.lower():
        return "connection refused"
    if "timed out" in message.lower() or "timeout" in message.lower():
        return "timeout"
    return message.rstrip(".").lower()


def _upstream() -> str | None:
    modes = [mode for mode in ctx.options.mode if mode.startswith(_REVERSE)]
    return modes[0].removeprefix(_REVERSE).partition("@")[0] if modes else None


addons = [RecordAddon()]
