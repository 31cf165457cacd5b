"""Rewrites the server's address in bodies and headers, so that a client stays on the proxy.

A server names itself in uris; a desktop that follows one would leave the recording. On the way to
the client the server's origins become the proxy's, on the way back the proxy's becomes the
server's. The tape has what the server said and heard: requests are rewritten before they are
observed, responses after, which is why there are two addons.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from mitmproxy import http

from proxy_addons.address import address_of
from proxy_addons.observe import PLAYED
from tapestry.problems import Problem

_DEFAULT_PORTS = {"http": 80, "https": 443}


class Origins:
    """The origins of one server; the first is the one that it is told."""

    def __init__(self, origins: Iterable[str]) -> None:
        """Take origins such as ``https://gws.example.com``. Raises :class:`Problem`."""
        self.spellings = [spelling for origin in origins for spelling in _spellings(origin)]
        self.first = self.spellings[0]

    def to_proxy(self, address: str) -> Rewriting:
        """Return what puts ``address`` in the place of the server's origins."""
        return Rewriting(dict.fromkeys(self.spellings, address))

    def to_server(self, address: str) -> Rewriting:
        """Return what puts the server's origin in the place of ``address``."""
        return Rewriting({address: self.first})


class Rewriting:
    """Replaces origins in bytes that come whole or in pieces, also as JSON escapes them."""

    def __init__(self, replacements: dict[str, str]) -> None:
        """Replace each key by its value, where it ends as an origin must."""
        plain = {old.encode(): new.encode() for old, new in replacements.items()}
        escaped = {_escaped(old): _escaped(new) for old, new in plain.items()}
        self._new = plain | escaped
        self._longest = max(map(len, self._new)) + 1
        choices = b"|".join(re.escape(old) for old in sorted(self._new, key=len, reverse=True))
        self._find = re.compile(b"(?:" + choices + rb")(?![\w.:-])")
        self._held = b""

    def whole(self, content: bytes) -> bytes:
        """Return ``content`` rewritten."""
        return self._find.sub(lambda found: self._new[found.group()], content)

    def text(self, text: str) -> str:
        """Return a header value rewritten."""
        return self.whole(text.encode("utf-8", "surrogateescape")).decode(
            "utf-8", "surrogateescape"
        )

    def piece(self, piece: bytes) -> bytes:
        """Rewrite the next piece of a body; holds back only what may be half an origin."""
        content = self._held + piece
        cut = len(content) if not piece else self._safe(content)
        self._held = content[cut:]
        parts, done = [], 0
        for found in self._find.finditer(content):
            if found.end() <= cut:
                parts += [content[done : found.start()], self._new[found.group()]]
                done = found.end()
        return b"".join([*parts, content[done:cut]])

    def _safe(self, content: bytes) -> int:
        """Return how much of ``content`` cannot be touched by what is still to come."""
        for start in range(max(0, len(content) - self._longest), len(content)):
            rest = content[start:]
            if any(old.startswith(rest) for old in self._new):
                return start
        return len(content)


class RewriteRequests:
    """Rewrites what goes to the server; stands before the observing addon."""

    def __init__(self, origins: Origins) -> None:
        """Rewrite to the first of ``origins``."""
        self._origins = origins

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Rewrite the headers, and ask for a body that can be rewritten."""
        request = flow.request
        if "websocket" not in request.headers.get("upgrade", "").lower():
            request.headers["accept-encoding"] = "identity"
        server = self._origins.to_server(address_of(flow))
        _rewrite_headers(request.headers, server)
        request.path = server.text(request.path)

    def request(self, flow: http.HTTPFlow) -> None:
        """Rewrite a whole body; a streamed upload goes as it is."""
        request = flow.request
        if request.raw_content:
            request.content = self._origins.to_server(address_of(flow)).whole(
                request.get_content(strict=False) or b""
            )

    def websocket_message(self, flow: http.HTTPFlow) -> None:
        """Rewrite a message to the server."""
        assert flow.websocket is not None
        message = flow.websocket.messages[-1]
        if message.from_client and PLAYED not in flow.metadata:
            message.content = self._origins.to_server(address_of(flow)).whole(message.content)


class RewriteResponses:
    """Rewrites what comes from the server; stands after the observing addon."""

    def __init__(self, origins: Origins) -> None:
        """Rewrite all ``origins`` to the proxy's address."""
        self._origins = origins

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Rewrite a streamed body piece by piece."""
        assert flow.response is not None
        stream = flow.response.stream
        if not stream or not _is_text(flow.response) or PLAYED in flow.metadata:
            return
        observe: Callable[[bytes], bytes | Iterable[bytes]] = (
            stream if callable(stream) else lambda piece: piece
        )
        rewriting = self._origins.to_proxy(address_of(flow))
        flow.response.stream = lambda piece: rewriting.piece(_bytes(observe(piece)))
        # Headers go out before the body is known: its length may change, and so it goes in chunks.
        flow.response.headers.pop("content-length", None)
        if flow.response.http_version == "HTTP/1.1":
            flow.response.headers["transfer-encoding"] = "chunked"
        _rewrite_headers(flow.response.headers, rewriting)

    def response(self, flow: http.HTTPFlow) -> None:
        """Rewrite a whole body."""
        assert flow.response is not None
        if PLAYED in flow.metadata:
            return
        rewriting = self._origins.to_proxy(address_of(flow))
        if flow.response.raw_content and _is_text(flow.response):
            flow.response.content = rewriting.whole(flow.response.get_content(strict=False) or b"")
        _rewrite_headers(flow.response.headers, rewriting)

    def websocket_message(self, flow: http.HTTPFlow) -> None:
        """Rewrite a message to the client."""
        assert flow.websocket is not None
        message = flow.websocket.messages[-1]
        if not message.from_client and PLAYED not in flow.metadata:
            message.content = self._origins.to_proxy(address_of(flow)).whole(message.content)


def _rewrite_headers(headers: Any, rewriting: Rewriting) -> None:
    for name, value in list(headers.items()):
        other = rewriting.text(value)
        if other != value and name.lower() != "host":
            headers[name] = other


def _is_text(response: http.Response) -> bool:
    kind = response.headers.get("content-type", "")
    coded = response.headers.get("content-encoding", "identity") != "identity"
    return not coded and any(word in kind for word in ("json", "text", "xml", "javascript", "form"))


def _spellings(origin: str) -> list[str]:
    """Return ``origin`` as it is written, with and without its default port."""
    parts = urlsplit(origin)
    if parts.scheme not in _DEFAULT_PORTS or not parts.netloc or parts.path not in ("", "/"):
        raise Problem(f"not an origin: {origin!r}", remedy="write http(s)://HOST[:PORT]")
    written = f"{parts.scheme}://{parts.netloc}"
    default = _DEFAULT_PORTS[parts.scheme]
    if parts.port is None:
        return [written, f"{written}:{default}"]
    return [written, written.rpartition(":")[0]] if parts.port == default else [written]


def _escaped(origin: bytes) -> bytes:
    return origin.replace(b"/", rb"\/")


def _bytes(pieces: bytes | Iterable[bytes]) -> bytes:
    return pieces if isinstance(pieces, bytes) else b"".join(pieces)
