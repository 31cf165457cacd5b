"""Carries a client's requests over HTTP: posted arrays, or queries that are answered by a script.

Paths are those of the official JavaScript client, so that what looks at paths sees what it is used
to. What a server sends is bounded before anything is made of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from tapestry.bayeux import message as wire
from tapestry.bayeux.codec import Limits, decode_frame, decode_jsonp
from tapestry.bayeux.failure import BayeuxFailure
from tapestry.bayeux.message import Message, Transport
from tapestry.bayeux.outstanding import Post
from tapestry.problems import Problem

SUFFIXES = {
    wire.META_HANDSHAKE: "/handshake",
    wire.META_CONNECT: "/connect",
    wire.META_DISCONNECT: "/disconnect",
}
LIMITS = Limits(size=32 * 1024 * 1024, messages=100_000)
CALLBACK = "jsonpcallback"
LONGEST_QUERY = 8000  # bytes; what servers commonly take


class HttpCarrier:
    """Sends one request for each post, and returns the messages of its answer."""

    def __init__(
        self,
        url: str,
        http: aiohttp.ClientSession,
        headers: Callable[[], Mapping[str, str]],
        clock: Callable[[], float],
    ) -> None:
        """Send to ``url``; ``headers`` are asked before each request, ``clock`` at its end."""
        self._url = url
        self._http = http
        self._headers = headers
        self._clock = clock

    async def exchange(self, post: Post) -> tuple[list[Message], float]:
        """Return the answer to ``post`` and when it was complete. Raises BayeuxFailure."""
        patience = post.deadline - post.sent
        try:
            async with self._http.request(
                **_request(endpoint(self._url, post), post),
                headers=dict(self._headers()) if post.host is None else {},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=patience),
            ) as response:
                body = await _body(response)
                arrived = self._clock()
        except TimeoutError:
            raise BayeuxFailure(f"no answer within {patience:g} s") from None
        except (aiohttp.ClientError, OSError) as fault:
            raise BayeuxFailure(f"no answer: {fault or type(fault).__name__}") from None
        return _messages(post.transport, response.status, body), arrived


def endpoint(url: str, post: Post) -> str:
    """Return where ``post`` goes, by the habit of the official JavaScript client.

    Handshake, connect and disconnect have a suffix of their own and all else a trailing slash,
    unless the URL has a query or a dot in its last segment.
    """
    parts = urlsplit(at_host(url, post.host))
    base = parts.path.rstrip("/")
    if parts.query or "." in base.rpartition("/")[2]:
        return parts.geturl()
    suffix = SUFFIXES.get(post.messages[0]["channel"], "/")
    return parts._replace(path=base + suffix).geturl()


def at_host(url: str, host: str | None) -> str:
    """Return ``url`` on another host, on the same port unless ``host`` names one."""
    if host is None:
        return url
    parts = urlsplit(url)
    named = f"//{f'[{host}]' if host.count(':') > 1 and '[' not in host else host}"
    port = urlsplit(named).port or parts.port
    name = named[2:].rpartition(":")[0] if urlsplit(named).port else named[2:]
    return parts._replace(netloc=f"{name}:{port}" if port else name).geturl()


def names_of(url: str) -> tuple[str, ...]:
    """Return the names by which advice may call the host of ``url``."""
    parts = urlsplit(url)
    return (parts.netloc, parts.hostname or "")


def _request(url: str, post: Post) -> dict[str, Any]:
    """Return how to ask: method, URL and body; credentials are the affair of the caller."""
    if post.transport is not Transport.CALLBACK_POLLING:
        return {"method": "POST", "url": url, "json": list(post.messages)}
    text = json.dumps(list(post.messages), separators=(",", ":"))
    if len(text) > LONGEST_QUERY:
        raise BayeuxFailure(f"a message of {len(text)} bytes is too long for callback-polling")
    return {"method": "GET", "url": url, "params": {"jsonp": CALLBACK, "message": text}}


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > LIMITS.size:
            raise BayeuxFailure(f"an answer of more than {LIMITS.size} bytes")
    return bytes(body)


def _messages(transport: Transport, status: int, body: bytes) -> list[Message]:
    if status != 200:
        raise BayeuxFailure(f"HTTP status {status} instead of 200", status=status)
    decode = decode_jsonp if transport is Transport.CALLBACK_POLLING else decode_frame
    try:
        return decode(body.decode(), LIMITS)
    except UnicodeDecodeError:
        raise BayeuxFailure("not a Bayeux answer: not UTF-8", status=status) from None
    except Problem as problem:
        raise BayeuxFailure(f"not a Bayeux answer: {problem.what}", status=status) from None
