"""Tells who made an exchange, before redaction hides it: agent#1, agent#2, ... as they appear.

Basic credentials name a user; an authenticated answer ties its cookies to that user; after that the
cookies speak for the user, and so do the Bayeux session and the browser they were seen with. A
cookie that two agents share (a load balancer's) identifies nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tapestry.tape.body import content_of
from tapestry.tape.model import EMPTY, Body, Headers, Request, Response
from tapestry.tape.replacement import basic_credentials

BROWSER_COOKIE: Final = "BAYEUX_BROWSER"

_CLIENT_ID = re.compile(r'\\*"clientId\\*"\s*:\s*\\*"([^"\\]+)')

Trait = tuple[str, ...]


class AgentRegistry:
    """Remembers what identifies whom. A trait is a user, a cookie, a browser or a clientId."""

    def __init__(self, known: int = 0) -> None:
        """Begin with nobody known; numbers go on after ``known`` agents of an older recording."""
        self._agents: dict[Trait, str | None] = {}
        self._users: dict[str, Trait] = {}
        self._count = known

    def identify(self, request: Request, response: Response | None = None) -> str | None:
        """Return the agent behind an exchange, ``None`` when nothing tells.

        In order: credentials, a session cookie, the Bayeux browser cookie, a clientId. An exchange
        that got no answer is identified by its request alone.
        """
        user = _user(request.headers)
        cookies = list(_cookies(request.headers))
        given = list(_given_cookies(response.headers)) if response else []
        bodies = (request.body, response.body if response else EMPTY)
        anonymous = [
            *(cookie for cookie in (*cookies, *given) if cookie[1] == BROWSER_COOKIE),
            *_sessions(*bodies, *map(str, request.query.values())),
        ]
        agent = self._by_user(user, cookies) if user else self._known(cookies)
        authenticated = agent is not None
        agent = agent or self._known(anonymous) or (self._new() if anonymous else None)
        if agent is not None:
            self._tie(anonymous, agent)
            if authenticated and response is not None and response.status < 400:
                self._tie([*cookies, *given], agent)
        return agent

    def frame(self, body: Body, socket_agent: str | None = None) -> str | None:
        """Return the agent behind a WebSocket message: that of its socket, else by clientId."""
        sessions = list(_sessions(body))
        agent = socket_agent or self._known(sessions) or (self._new() if sessions else None)
        if agent is not None:
            self._tie(sessions, agent)
        return agent

    def _by_user(self, user: Trait, cookies: list[Trait]) -> str:
        agent = self._agents.get(user)
        if agent is None:
            # Whoever was anonymous in this cookie jar and then gives a name keeps the number.
            before = self._known(cookies)
            agent = before if before and before not in self._users else self._new()
            self._agents[user] = agent
            self._users[agent] = user
        return agent

    def _known(self, traits: list[Trait]) -> str | None:
        return next((agent for trait in traits if (agent := self._agents.get(trait))), None)

    def _tie(self, traits: list[Trait], agent: str) -> None:
        for trait in traits:
            shared = self._agents.setdefault(trait, agent) != agent
            if shared:
                self._agents[trait] = None

    def _new(self) -> str:
        self._count += 1
        return f"agent#{self._count}"


def _user(headers: Headers) -> Trait | None:
    for name, value in headers:
        if name.lower() == "authorization":
            scheme, _, credentials = value.strip().partition(" ")
            user = basic_credentials(credentials)[0] if scheme.lower() == "basic" else ""
            return ("user", user) if user else ("credentials", value)
    return None


def _cookies(headers: Headers) -> Iterator[Trait]:
    for name, value in headers:
        if name.lower() == "cookie":
            yield from (_cookie(pair) for pair in value.split(";") if "=" in pair)


def _given_cookies(headers: Headers) -> Iterator[Trait]:
    for name, value in headers:
        pair = value.partition(";")[0]
        if name.lower() == "set-cookie" and pair.partition("=")[2]:
            yield _cookie(pair)


def _cookie(pair: str) -> Trait:
    name, _, value = pair.partition("=")
    return ("cookie", name.strip(), value.strip())


def _sessions(*texts: Body | str) -> Iterator[Trait]:
    for text in texts:
        plain = text if isinstance(text, str) else content_of(text).decode("utf-8", "replace")
        yield from (("session", client) for client in _CLIENT_ID.findall(plain))
