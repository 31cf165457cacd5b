"""Renders recorded answers for a live client.

The body and what describes it are the tape's; what belongs to one connection, one session or one
moment (framing, cookies, the CSRF token, the date) is the player's own or left to the server.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tapestry.player.bindings import Bindings
from tapestry.player.hosts import Hosts
from tapestry.player.visitors import Visitor
from tapestry.tape.body import content_of
from tapestry.tape.model import Body, BodyKind, Cassette, Exchange, Response

CSRF_TOKEN = "x-csrf-token"  # noqa: S105 - the name of a header

HOP_BY_HOP = (
    "connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer"
    " transfer-encoding upgrade"
)
NOT_SERVED = frozenset(
    f"{HOP_BY_HOP} content-length content-encoding set-cookie set-cookie2 date".split()
)
"""Headers of one connection (RFC 9110, section 7.6.1), one coding, one session or one moment."""

JSON_TYPE = "application/json;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, ready to be sent but for its length."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Answers:
    """The recorded answers of one cassette."""

    def __init__(self, cassette: Cassette, hosts: Hosts) -> None:
        """Serve the exchanges of ``cassette`` by their place in it, from 0."""
        self._cassette = cassette
        self._hosts = hosts

    def render(self, entry: int, visitor: Visitor, bindings: Bindings) -> Answer:
        """Return the recorded answer of ``entry`` as ``visitor`` should see it."""
        exchange = self._cassette.entries[entry]
        assert isinstance(exchange, Exchange)
        response = exchange.response
        headers = tuple(self._headers(response, visitor))
        return Answer(response.status, headers, self._content(response.body, visitor, bindings))

    def value(self, value: Any, base_url: str, bindings: Bindings) -> Any:
        """Return a recorded JSON value with what is live in it: bound values and hosts."""
        return self._hosts.live(bindings.as_live(value), base_url)

    def truncated(self) -> Iterator[tuple[int, int]]:
        """Yield the entries whose answer was not recorded whole, with the bytes that lack."""
        for index, entry in enumerate(self._cassette.entries):
            if isinstance(entry, Exchange) and entry.response.body.truncated:
                yield index, entry.response.body.truncated

    def _headers(self, response: Response, visitor: Visitor) -> Iterator[tuple[str, str]]:
        for name, value in response.headers:
            if name.lower() == CSRF_TOKEN:
                yield name, visitor.csrf_token
            elif name.lower() not in NOT_SERVED:
                yield name, self._hosts.live(value, visitor.base_url)

    def _content(self, body: Body, visitor: Visitor, bindings: Bindings) -> bytes:
        if body.source and not bindings.version and not self._hosts.may_be_in(body.source.text):
            return body.source.text  # as it stands on the tape, never parsed
        if body.kind in (BodyKind.JSON, BodyKind.TEXT):
            value = self.value(body.value, visitor.base_url, bindings)
            return content_of(Body(body.kind, value, body.truncated))
        return content_of(body)
