"""Passes long and open-ended bodies on piece by piece, and keeps a copy for the tape.

By default mitmproxy collects a body before it passes it on. That delays every chunk of a streaming
transport until the last one, and fills memory with each large attachment. A body whose end is not
announced, or that is large, is therefore streamed through a tap. Small ones are left to mitmproxy.
"""

from __future__ import annotations

from typing import Final

from mitmproxy import http

from proxy_addons.sighting import Payload
from tapestry.tape.body import MAX_BODY_BYTES

SMALL: Final = 256 * 1024
"""Up to so many announced bytes a body is not streamed."""


class Tap:
    """Sees every piece of a body go by; keeps up to ``limit`` bytes and counts the rest."""

    def __init__(self, limit: int = MAX_BODY_BYTES) -> None:
        """Begin with nothing seen."""
        self._kept = bytearray()
        self._limit = limit
        self._cut = 0

    def __call__(self, piece: bytes) -> bytes:
        """Note ``piece`` and return it as it is; mitmproxy ends a body with an empty one."""
        room = self._limit - len(self._kept)
        self._kept += piece[:room] if room < len(piece) else piece
        self._cut += max(0, len(piece) - room)
        return piece

    def payload(self, headers: http.Headers) -> Payload:
        """Return what was seen, under ``headers``."""
        return Payload(headers.fields, bytes(self._kept), self._cut)


def response_flows(response: http.Response) -> bool:
    """Tell whether the body of ``response`` should be passed on as it comes."""
    length = _length(response)
    return response.status_code >= 200 and (length is None or length > SMALL)


def request_flows(request: http.Request) -> bool:
    """Tell whether the body of ``request`` should be passed on as it comes."""
    length = _length(request)
    if length is None:  # chunked; or HTTP/2, where no length need be announced
        return "transfer-encoding" in request.headers or request.is_http2
    return length > SMALL


def _length(message: http.Message) -> int | None:
    """Return the announced length; chunked coding overrides it (RFC 9112, section 6.3)."""
    text = message.headers.get("content-length", "")
    return int(text) if text.isdecimal() and "transfer-encoding" not in message.headers else None
