"""One agent of the target, live: its REST calls and its CometD session, on one cookie jar.

A real desktop reads its user first, because the cookie of that answer is what lets it listen, then
shakes hands, subscribes, starts its contact-centre session and becomes ready (Web Services API:
CometD notifications; StartContactCenterSession). An agent here does the same and no more.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from conformance.jsonpath import MISSING, find
from conformance.runner.inbox import Inbox
from conformance.runner.secrets import Secrets
from conformance.target import Agent, Target
from tapestry.bayeux.client import (
    ClientEvent,
    ClientSettings,
    ConnectFailed,
    Delivered,
    Handshaken,
)
from tapestry.bayeux.http_client import BayeuxFailure, CometdClient
from tapestry.bayeux.message import Transport

ME = "/api/v2/me"
EMAIL_CHANNEL = "/api/v2/me/channels/email"
START_SESSION = "StartContactCenterSession"
END_SESSION = "EndContactCenterSession"

HOLD = 0.3
"""Seconds that the server is asked to hold a poll; a fence on a session costs at most two."""

LOGIN_WITHIN = 10.0
FAREWELL_WITHIN = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; ``body`` is the JSON value, ``MISSING`` for none, else the text itself."""

    status: int
    body: Any
    at: float
    took: float
    is_json: bool = True


class NoAnswer(Exception):
    """No answer came in time."""


class Unreachable(Exception):
    """The target refused or broke the connection; nothing can be said about its answers."""


class AgentUnusable(Exception):
    """The agent cannot be logged in, cannot listen, or cannot be made ready."""


class LiveAgent:
    """An agent at work: :meth:`arrive`, perhaps :meth:`make_ready`, and always :meth:`leave`."""

    def __init__(
        self,
        agent: Agent,
        target: Target,
        *,
        secrets: Secrets,
        tell: Callable[[str, str | None], None] = lambda what, detail: None,
        delivered: Callable[[float, str, Any], None] = lambda at, channel, data: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare an agent.

        ``tell`` hears of each step of its session and what was unusual; ``delivered`` of each
        notification: when, on which channel, its data.
        """
        self.agent = agent
        self.inbox = Inbox()
        self.user_uri = agent.user_uri
        self.sessions = 0
        self._target = target
        self._secrets = secrets
        self._tell = tell
        self._delivered = delivered
        self._clock = clock
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self._csrf: dict[str, str] = {}
        self._auth = self._basic_auth()
        self._comet = CometdClient(
            target.base_url + target.cometd,
            http=self._http,
            headers=self._headers,
            clock=clock,
            on_event=self._on_event,
            settings=ClientSettings(hold=HOLD, transports=(Transport(target.transport),)),
        )

    @property
    def listening(self) -> bool:
        """Tell whether the agent has a CometD session now."""
        return self._comet.connected

    async def arrive(self, channels: Sequence[str] = ()) -> None:
        """Log in and listen. Raises :class:`AgentUnusable` or :class:`Unreachable`."""
        if self._target.session == "auto":
            await self.log_in()
        await self.listen(channels)

    async def log_in(self) -> None:
        """Read the user resource, which sets the cookie and offers the CSRF token."""
        answer = await self._session_call("GET", ME)
        if answer.status == 404:
            self._tell("logged in", f"GET {ME} answered 404: the user is not known")
            return
        if answer.status in (401, 403):
            raise AgentUnusable(
                f"the target refuses {self.agent.name}: HTTP {answer.status} to GET {ME}"
            )
        if answer.status >= 300 or not isinstance(answer.body, dict):
            told = f"HTTP {answer.status}" + ("" if answer.is_json else ", not JSON")
            raise AgentUnusable(f"GET {ME} as {self.agent.name} is no user resource: {told}")
        uri = find(("user", "uri"), answer.body)
        if self.user_uri is None and isinstance(uri, str):
            self.user_uri = uri
        self._tell("logged in", None)

    async def listen(self, channels: Sequence[str] = ()) -> None:
        """Open a CometD session and subscribe to the target's topic, and to ``channels``."""
        try:
            async with asyncio.timeout(LOGIN_WITHIN):
                await self._comet.handshake()
                for channel in dict.fromkeys([self._target.topic, *channels]):
                    await self._comet.subscribe(channel)
        except BayeuxFailure as fault:
            raise AgentUnusable(f"{self.agent.name} cannot listen: {fault}") from None
        except TimeoutError:
            raise AgentUnusable(
                f"{self.agent.name} cannot listen: no CometD session within {LOGIN_WITHIN:g} s"
            ) from None
        self._tell("listening", self._target.topic)

    async def make_ready(self) -> None:
        """Start the contact-centre session and take emails; where unknown (404) that is told."""
        if self._target.session != "auto":
            return
        start = {"operationName": START_SESSION, "channels": ["email"]}
        await self._ask_for("session started", ME, start)
        await self._ask_for("ready", EMAIL_CHANNEL, {"operationName": "Ready"})

    async def _ask_for(self, what: str, path: str, body: Any) -> None:
        answer = await self._session_call("POST", path, body)
        if answer.status == 404:
            self._tell(what, f"POST {path} answered 404: taken for ready all the same")
        elif answer.status >= 300:
            raise AgentUnusable(
                f"{self.agent.name} could not be made ready: HTTP {answer.status} to "
                f"{body['operationName']}"
            )
        else:
            self._tell(what, None)

    async def request(
        self, method: str, path: str, *, body: Any = MISSING, text: str | None = None, within: float
    ) -> Answer:
        """Carry out one REST call.

        Raises :class:`NoAnswer` when none came ``within`` seconds, :class:`Unreachable` when the
        connection was refused or broke.
        """
        payload = text if body is MISSING else json.dumps(body)
        headers = self._headers() | ({"Content-Type": "application/json"} if payload else {})
        sent = self._clock()
        try:
            async with self._http.request(
                method,
                URL(self._target.base_url + path, encoded=True),
                data=payload,
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=within),
            ) as response:
                raw = await response.read()
        except TimeoutError:
            raise NoAnswer(f"no answer within {within:g} s") from None
        except (aiohttp.ClientError, OSError) as fault:
            raise Unreachable(self._secrets.hide(_in_words(fault))) from None
        self._learn(response)
        value, is_json = _read(raw)
        return Answer(response.status, value, sent, self._clock() - sent, is_json)

    async def fence(self, within: float) -> bool:
        """Wait until a poll that is sent from now on has come back, and return true.

        A server may hold its polls for longer than it was asked to. When none has come back
        ``within`` seconds, another request of the session shows that it lives, and false is
        returned: nothing came in that time. Raises :class:`AgentUnusable` without a session.
        """
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await self._comet.round_trip()
                return True
            async with asyncio.timeout(LOGIN_WITHIN):
                await self._comet.subscribe(self._target.topic)
        except (BayeuxFailure, TimeoutError) as fault:
            raise AgentUnusable(f"{self.agent.name} is not listening: {fault}") from None
        return False

    async def fall_silent(self) -> None:
        """End the CometD session and stay logged in."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_WITHIN):
                await self._comet.disconnect()
        self._tell("listens no more", None)

    async def leave(self) -> None:
        """Stop listening, end the contact-centre session and hang up; never raises for it."""
        with contextlib.suppress(TimeoutError, NoAnswer, Unreachable, AgentUnusable):
            async with asyncio.timeout(FAREWELL_WITHIN):
                await self._comet.disconnect()
                if self._target.session == "auto":
                    await self._session_call(
                        "POST", ME, {"operationName": "EndContactCenterSession"}
                    )
                self._tell("left", None)
        await self.hang_up()

    async def hang_up(self) -> None:
        """Close every connection without another word."""
        await self._comet.drop()
        await self._http.close()

    async def _session_call(self, method: str, path: str, body: Any = MISSING) -> Answer:
        try:
            return await self.request(method, path, body=body, within=LOGIN_WITHIN)
        except NoAnswer as fault:
            raise AgentUnusable(f"{method} {path} as {self.agent.name}: {fault}") from None

    def _basic_auth(self) -> str | None:
        if self.agent.password is None:
            return None
        self._secrets.add(self.agent.password)
        pair = f"{self.agent.username}:{self.agent.password}"
        encoded = b64encode(pair.encode()).decode()
        self._secrets.add(encoded)
        return f"Basic {encoded}"

    def _headers(self) -> dict[str, str]:
        return ({"Authorization": self._auth} if self._auth else {}) | self._csrf

    def _learn(self, response: aiohttp.ClientResponse) -> None:
        """Keep the CSRF token that an answer offers (Web Services API: CSRF Protection)."""
        name, token = response.headers.get("X-CSRF-HEADER"), response.headers.get("X-CSRF-TOKEN")
        if name and token and self._target.csrf == "auto":
            self._csrf = {name: token}
        self._secrets.add(token)
        for cookie in response.cookies.values():
            self._secrets.add(cookie.value)

    def _on_event(self, event: ClientEvent) -> None:
        match event:
            case Delivered(message, at):
                channel, data = str(message["channel"]), message["data"]
                self.inbox.add(at, channel, data)
                self._delivered(at, channel, data)
            case Handshaken():
                self.sessions += 1
                if self.sessions > 1:
                    self._tell("listening again", "the server had ended the CometD session")
            case ConnectFailed(_, reason):
                self._tell("poll failed", reason)


def _read(raw: bytes) -> tuple[Any, bool]:
    if not raw.strip():
        return MISSING, True
    try:
        return json.loads(raw), True
    except ValueError:
        return raw.decode("utf-8", "replace"), False


def _in_words(fault: Exception) -> str:
    return f"{fault}" or type(fault).__name__
