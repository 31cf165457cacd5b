"""Tells live clients apart: by the session cookie that the player gives each of them.

A client that keeps no cookies but sends credentials with every request is known by those, through
a keyed digest whose key lives as long as the process. Everyone is let in; nothing is stored. Who
keeps neither is a stranger each time, and the oldest strangers are forgotten.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

COOKIE = "JSESSIONID"
MAX_STRANGERS = 10_000
"""How many clients that have never come back with their cookie are remembered."""


@dataclass(slots=True, eq=False)
class Visitor:
    """One live client. ``name`` is how reports call it; ``base_url`` the host it last used."""

    name: str
    cookie: str = field(repr=False)
    csrf_token: str = field(repr=False)
    base_url: str = ""


class Visitors:
    """All clients of one player."""

    def __init__(
        self, forget: Callable[[Visitor], None] = lambda _: None, *, by_cookie_only: bool = False
    ) -> None:
        """Begin with none; ``forget`` hears of each that is remembered no longer.

        ``by_cookie_only`` makes every request without the cookie another client's.
        """
        self._forget = forget
        self._by_cookie_only = by_cookie_only
        self._key = secrets.token_bytes(32)
        self._count = 0
        self._strangers: dict[str, Visitor] = {}
        self._by_cookie: dict[str, Visitor] = {}
        self._by_digest: dict[bytes, Visitor] = {}

    def recognise(self, cookie: str | None, authorization: str | None) -> tuple[Visitor, bool]:
        """Return who makes a request, and whether it must be given the session cookie."""
        known = self._by_cookie.get(cookie or "")
        if known is not None:
            self._strangers.pop(known.cookie, None)
            return known, False
        if not authorization or self._by_cookie_only:
            return self._stranger(), True
        digest = hmac.digest(self._key, authorization.encode(), hashlib.sha256)
        if digest not in self._by_digest:
            self._by_digest[digest] = self._new()
        return self._by_digest[digest], True

    def _stranger(self) -> Visitor:
        visitor = self._new()
        self._strangers[visitor.cookie] = visitor
        if len(self._strangers) > MAX_STRANGERS:
            oldest = self._strangers.pop(next(iter(self._strangers)))
            del self._by_cookie[oldest.cookie]
            self._forget(oldest)
        return visitor

    def _new(self) -> Visitor:
        self._count += 1
        name = f"client#{self._count}"
        visitor = Visitor(name, secrets.token_hex(16), secrets.token_hex(16))
        self._by_cookie[visitor.cookie] = visitor
        return visitor
