"""The observing addon: hears mitmproxy's hooks and hands what it saw to the process that writes.

It fails open: whatever goes wrong here is told on standard error, and the traffic goes on. Bodies
are not decoded or looked at here: that would cost the traffic what it need not pay.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from mitmproxy import http
from mitmproxy.connection import Client

from proxy_addons.deck import Deck
from proxy_addons.handover import Handover
from proxy_addons.sighting import Answered, Asked, Broken, Closed, Payload, Said
from proxy_addons.streaming import Tap, request_flows, response_flows
from tapestry.tape.body import MAX_BODY_BYTES

PLAYED = "tapestry_played"
AGENT = "tapestry_agent"
"""Keys of a flow's metadata: the player answers it; who made it, as the player found out."""

_Guarded = Callable[["ObserveAddon", http.HTTPFlow], None]
_Hook = Callable[["ObserveAddon", Handover, http.HTTPFlow], None]


def tell(message: str) -> None:
    """Print ``message`` to standard error."""
    print(f"tapestry: {message}", file=sys.stderr, flush=True)  # noqa: T201 - to people, not a log


def _fails_open(hook: _Hook) -> _Guarded:
    """Call ``hook`` with the open recording, if there is one, and let no fault out of it."""

    def guarded(self: ObserveAddon, flow: http.HTTPFlow) -> None:
        recorder = self.deck.recorder
        if recorder is None or PLAYED in flow.metadata:
            return
        try:
            hook(self, recorder, flow)
        except Exception as fault:  # noqa: BLE001 - recording must never break traffic
            self.faults += 1
            tell(f"an entry was not recorded: {type(fault).__name__}")

    guarded.__doc__ = hook.__doc__
    return guarded


class ObserveAddon:
    """Records while the deck has a recorder."""

    def __init__(self, deck: Deck, clock: Callable[[], float] = time.monotonic) -> None:
        """Record to what ``deck`` holds.

        ``forgets`` says whether a socket's messages are dropped from memory once they are noted;
        who shows them to a person sets it to false.
        """
        self.deck = deck
        self.faults = 0
        self.forgets = True
        self._clock = clock
        self._taps: dict[str, dict[str, Tap]] = {}
        self._early: set[str] = set()
        self._connections: dict[str, str] = {}
        self._connection_count = 0

    @_fails_open
    def requestheaders(self, recorder: Handover, flow: http.HTTPFlow) -> None:
        """Let a large upload stream, unless it may be answered from a tape."""
        if self.deck.player is None and request_flows(flow.request):
            flow.request.stream = self._tap(flow, "request")
            self._early.add(flow.id)

    @_fails_open
    def request(self, recorder: Handover, flow: http.HTTPFlow) -> None:
        """Note a complete request."""
        self._early.discard(flow.id)
        data = flow.request.data
        payload = self._payload(flow, "request", data)
        agent = flow.metadata.get(AGENT)
        connection = self._connection(flow.client_conn)
        asked = Asked(flow.id, self._clock(), connection, data.method, data.path, payload, agent)
        recorder.put(asked, key=flow.id)

    @_fails_open
    def responseheaders(self, recorder: Handover, flow: http.HTTPFlow) -> None:
        """Let an open-ended or large body pass on as it comes."""
        assert flow.response is not None
        if not flow.response.stream and response_flows(flow.response):
            flow.response.stream = self._tap(flow, "response")

    @_fails_open
    def response(self, recorder: Handover, flow: http.HTTPFlow) -> None:
        """Note a complete response; a WebSocket's comes before its first message."""
        assert flow.response is not None
        if flow.id in self._early:  # answered before the upload was complete
            self.request(flow)
        payload = self._payload(flow, "response", flow.response.data)
        status = flow.response.status_code
        recorder.put(Answered(flow.id, self._clock(), status, payload), key=flow.id)
        self._taps.pop(flow.id, None)

    @_fails_open
    def error(self, recorder: Handover, flow: http.HTTPFlow) -> None:
        """Note an exchange that broke off."""
        if flow.id in self._early:
            self.request(flow)
        message = flow.error.msg if flow.error else "unknown"
        recorder.put(Broken(flow.id, self._clock(), reason_of(message)), key=flow.id)
        self._taps.pop(flow.id, None)

    @_fails_open
    def websocket_message(self, recorder: Handover, flow: http.HTTPFlow) -> None:
        """Note a WebSocket message, and let mitmproxy forget the ones before it."""
        assert flow.websocket is not None
        message = flow.websocket.messages[-1]
        content = message.content
        cut = max(0, len(content) - MAX_BODY_BYTES)
        kept = content[:MAX_BODY_BYTES] if cut else content
        recorder.put(Said(flow.id, self._clock(), message.from_client, kept, cut), key=flow.id)
        if self.forgets:
            flow.websocket.messages[:] = [message]

    @_fails_open
    def websocket_end(self, recorder: Handover, flow: http.HTTPFlow) -> None:
        """Note the end of a WebSocket."""
        assert flow.websocket is not None
        side = "client" if flow.websocket.closed_by_client else "server"
        reason = f"closed by {side}, code {flow.websocket.close_code}"
        recorder.put(Closed(flow.id, self._clock(), reason))

    def client_disconnected(self, client: Client) -> None:
        """Forget a connection that is gone."""
        self._connections.pop(client.id, None)

    def _tap(self, flow: http.HTTPFlow, side: str) -> Tap:
        tap = Tap()
        self._taps.setdefault(flow.id, {})[side] = tap
        return tap

    def _payload(self, flow: http.HTTPFlow, side: str, data: Any) -> Payload:
        taps = self._taps.get(flow.id)
        if taps is not None and side in taps:
            return taps[side].payload(data.headers)
        return bounded(data.headers.fields, data.content or b"")

    def _connection(self, client: Client) -> str:
        name = self._connections.get(client.id)
        if name is None:
            self._connection_count += 1
            name = self._connections[client.id] = f"c{self._connection_count}"
        return name


def bounded(headers: Any, content: bytes) -> Payload:
    """Return a payload of at most as much as a tape keeps."""
    cut = len(content) - MAX_BODY_BYTES
    return Payload(headers, content[:MAX_BODY_BYTES], cut) if cut > 0 else Payload(headers, content)


def reason_of(message: str) -> str:
    """Return mitmproxy's words for a broken exchange in the words of the cassette format."""
    if "Errno 111" in message or "refused" in message.lower():
        return "connection refused"
    if "timed out" in message.lower() or "timeout" in message.lower():
        return "timeout"
    return message.rstrip(".").lower()
