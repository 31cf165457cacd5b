"""Tells live clients apart: by the session cookie that the player gives each of them.

A client that keeps no cookies but sends credentials with every request is known by those, through a
keyed digest whose key lives as long as the process. Everyone is let in; nothing is stored.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

COOKIE = "JSESSIONID"


@dataclass(slots=True, eq=False)
class Visitor:
    """One live client. ``name`` is how reports call it; ``base_url`` the host it last used."""

    name: str
    cookie: str = field(repr=False)
    csrf_token: str = field(repr=False)
    base_url: str = ""


class Visitors:
    """All clients of one player."""

    def __init__(self) -> None:
        """Begin with none."""
        self._key = secrets.token_bytes(32)
        self._by_cookie: dict[str, Visitor] = {}
        self._by_digest: dict[bytes, Visitor] = {}

    def recognise(self, cookie: str | None, authorization: str | None) -> tuple[Visitor, bool]:
        """Return who makes a request, and whether it must be given the session cookie."""
        known = self._by_cookie.get(cookie or "")
        if known is not None:
            return known, False
        digest = self._digest(authorization) if authorization else None
        visitor = (self._by_digest.get(digest) if digest else None) or self._new()
        if digest is not None:
            self._by_digest[digest] = visitor
        return visitor, True

    def _new(self) -> Visitor:
        name = f"client#{len(self._by_cookie) + 1}"
        visitor = Visitor(name, secrets.token_hex(16), secrets.token_hex(16))
        self._by_cookie[visitor.cookie] = visitor
        return visitor

    def _digest(self, authorization: str) -> bytes:
        return hmac.digest(self._key, authorization.encode(), hashlib.sha256)
