"""Login: Basic credentials open an HTTP session, and its cookie alone suffices afterwards.

The cookie is also what authorises CometD, and a session carries the CSRF token when protection is
on (GWS API, Authentication; CSRF Protection). Time is a parameter, in seconds.
"""

from __future__ import annotations

import binascii
import secrets
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.reference.agents import Agent, Roster

COOKIE = "JSESSIONID"
CSRF_HEADER = "X-CSRF-TOKEN"


@dataclass(slots=True)
class HttpSession:
    """One login of one agent."""

    agent: Agent
    used: float
    id: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    csrf_token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    def has_token(self, token: str) -> bool:
        """Tell whether ``token`` is this session's CSRF token."""
        return secrets.compare_digest(token.encode(), self.csrf_token.encode())


class Login:
    """Knows who is logged in, by cookie, and lets others in by their password."""

    def __init__(self, roster: Roster, idle: float) -> None:
        """Begin with nobody logged in; a session ends after ``idle`` seconds without use."""
        self._roster = roster
        self._idle = idle
        self._sessions: OrderedDict[str, HttpSession] = OrderedDict()

    def session(
        self, cookies: Mapping[str, str], authorization: str | None, now: float
    ) -> HttpSession | None:
        """Return the session of a request, opened now if its credentials are good.

        Good credentials of somebody else than the cookie's agent open a session of their own.
        """
        session = self.find(cookies, now)
        if authorization is None:
            return session
        agent = self.check(authorization)
        if agent is None or (session is not None and session.agent == agent):
            return session if agent else None
        return self._open(agent, now)

    def find(self, cookies: Mapping[str, str], now: float) -> HttpSession | None:
        """Return the live session that the cookie names."""
        self._forget_idle(now)
        session = self._sessions.get(cookies.get(COOKIE, ""))
        if session is not None:
            session.used = now
            self._sessions.move_to_end(session.id)
        return session

    def check(self, authorization: str | None) -> Agent | None:
        """Return the agent whose name and password a Basic header gives (RFC 7617)."""
        name, password = _basic(authorization or "")
        agent = self._roster.find(name)
        expected = agent.password if agent else ""
        good = secrets.compare_digest(password.encode(), expected.encode())
        return agent if good else None

    def forget_all(self) -> None:
        """End every session."""
        self._sessions.clear()

    def _open(self, agent: Agent, now: float) -> HttpSession:
        session = HttpSession(agent, now)
        self._sessions[session.id] = session
        return session

    def _forget_idle(self, now: float) -> None:
        while self._sessions:
            oldest = next(iter(self._sessions.values()))
            if now - oldest.used <= self._idle:
                return
            del self._sessions[oldest.id]


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, password = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return name, password
