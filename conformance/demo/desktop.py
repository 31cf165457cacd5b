"""A small agent desktop, as a real one behaves: it knows only what the server tells it.

It logs in, listens on CometD, reports for work and then handles the first, second, ... invitation
as its plan says. It finds out what happened from notifications alone, so it works unchanged against
a live server, a recorder and a replay; that is the point of showing it.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

import aiohttp

from tapestry.bayeux.client import Delivered
from tapestry.bayeux.http_client import CometdClient

Task = Literal["accept", "reject", "transfer"]

TOPIC = "/v2/me/emails"
PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Seen:
    """One notification as the agent saw it: the state an email came to, and what about it."""

    agent: str
    state: str
    email: str
    data: Mapping[str, Any] = field(repr=False)


class DesktopStuck(Exception):
    """The desktop waited for a notification that never came."""


class Desktop:
    """One agent's desktop; sign in, work, hang up and go home, in that order."""

    def __init__(
        self,
        base: str,
        agent: str,
        http: aiohttp.ClientSession,
        *,
        think: float = 0.0,
        tell: Callable[[Seen], None] = lambda seen: None,
    ) -> None:
        """Prepare a desktop for ``agent`` at ``base``; ``think`` seconds pass before each act."""
        self.base = base
        self.agent = agent
        self.user_uri = ""
        self.seen: list[Seen] = []
        self._http = http
        self._think = think
        self._tell = tell
        self._unread: list[Seen] = []
        self._news = asyncio.Event()
        self._comet = CometdClient(
            f"{base}/api/v2/notifications", http=http, on_event=self._on_event
        )

    async def __aenter__(self) -> Self:
        """Return the desktop; nothing is sent before :meth:`sign_in`."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening, whatever happened."""
        await self._comet.drop()

    async def sign_in(self, password: str) -> None:
        """Log in, listen for emails and report for work on the email channel."""
        basic = b64encode(f"{self.agent}:{password}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}"}
        async with self._http.get(f"{self.base}/api/v2/me", headers=headers) as answer:
            self.user_uri = (await answer.json())["user"]["uri"]
        await self._comet.handshake()
        await self._comet.subscribe(TOPIC)
        await self._post("/me", operationName="StartContactCenterSession", channels=["email"])

    async def work(self, plan: Sequence[Task], colleague: str = "") -> None:
        """Handle one invitation per task; ``colleague`` is the user uri to transfer to.

        Raises :class:`DesktopStuck` when an expected notification stays away.
        """
        for task in plan:
            email = (await self._until("Invited")).email
            await self._act(email, "Reject" if task == "reject" else "Accept")
            await self._until("Completed" if task == "reject" else "Processing", email)
            if task == "transfer":
                await self._act(email, "Transfer", userUri=colleague)
                await self._until("Processing", email)

    async def hang_up(self) -> None:
        """Stop listening for emails."""
        await self._comet.disconnect()

    async def go_home(self) -> None:
        """End the session at the contact centre."""
        await self._post("/me", operationName="EndContactCenterSession")

    def _on_event(self, event: object) -> None:
        if not isinstance(event, Delivered) or event.message["channel"] != TOPIC:
            return
        data = event.message["data"]
        seen = Seen(self.agent, data["email"]["state"], data["email"]["id"], data)
        self.seen.append(seen)
        self._unread.append(seen)
        self._news.set()
        self._tell(seen)

    async def _until(self, state: str, email: str | None = None) -> Seen:
        """Take the first unread notification of ``state``, waiting for it if need be."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    for seen in self._unread:
                        if seen.state == state and email in (None, seen.email):
                            self._unread.remove(seen)
                            return seen
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise DesktopStuck(f"{self.agent} waited {PATIENCE:g} s for {state!r}") from None

    async def _act(self, email: str, operation: str, **parameters: str) -> None:
        await asyncio.sleep(self._think)
        await self._post(f"/me/emails/{email}", operationName=operation, **parameters)

    async def _post(self, path: str, **body: Any) -> None:
        async with self._http.post(f"{self.base}/api/v2{path}", json=body) as answer:
            await answer.read()
