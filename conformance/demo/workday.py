"""A short day at work for two agents: three emails, one accepted, one rejected, one transferred.

Rejecting and transferring both end on the colleague's desk, so two agents take part and causes
cross from one to the other: the least that shows what a recorder of HTTP answers cannot see.

``python -m conformance.demo.workday URL`` lets them work at any server, recorder or replay.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import aiohttp

from conformance.demo.desktop import Desktop, Seen, Task

ALICE: tuple[Task, ...] = ("accept", "reject", "transfer")
BOB: tuple[Task, ...] = ("accept", "accept")

SUBJECTS = ("My order is late", "Wrong department?", "A question about my invoice")

Tell = Callable[[Seen], None]
Mail = Callable[[], Awaitable[None]]


async def no_mail() -> None:
    """Bring no email in: a replay brings those of the recording by itself."""


def mail_to(server: str) -> Mail:
    """Return how customers write to ``server``, a reference implementation, for alice to answer."""

    async def post() -> None:
        async with aiohttp.ClientSession() as http:
            for subject in SUBJECTS:
                mail = {
                    "subject": subject,
                    "from": "customer@example.com",
                    "to": "support@example.com",
                    "agent": "alice",
                }
                async with http.post(f"{server}/admin/emails", json=mail) as answer:
                    answer.raise_for_status()

    return post


def work_a_day(
    base: str, mail: Mail = no_mail, *, think: float = 0.0, tell: Tell = lambda seen: None
) -> dict[str, list[Seen]]:
    """Let alice and bob work at ``base`` until their plans are done.

    Returns what each of them saw, in order. Raises :class:`DesktopStuck` when a notification that
    a plan waits for stays away.
    """
    return asyncio.run(_work(base, mail, think, tell))


async def _work(base: str, mail: Mail, think: float, tell: Tell) -> dict[str, list[Seen]]:
    async with AsyncExitStack() as open_sessions:
        alice, bob = [
            await _sign_in(open_sessions, base, agent, think, tell) for agent in ("alice", "bob")
        ]
        await mail()
        await asyncio.gather(alice.work(ALICE, colleague=bob.user_uri), bob.work(BOB))
        for desktop in (alice, bob):
            await desktop.hang_up()
        for desktop in (alice, bob):  # the emails of one who leaves go to the other, unheard
            await desktop.go_home()
        return {desktop.agent: desktop.seen for desktop in (alice, bob)}


async def _sign_in(
    open_sessions: AsyncExitStack, base: str, agent: str, think: float, tell: Tell
) -> Desktop:
    jar = aiohttp.CookieJar(unsafe=True)  # the server is known by its address, not by a name
    http = await open_sessions.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
    desktop = await open_sessions.enter_async_context(
        Desktop(base, agent, http, think=think, tell=tell)
    )
    await desktop.sign_in(f"{agent}-pw")
    return desktop


def main() -> None:
    """Let the two desktops work at the URL of the command line and print what they see."""
    parser = argparse.ArgumentParser(description="Two small agent desktops at work for a day.")
    parser.add_argument("base", metavar="URL", help="server, recorder or replay to work at")
    parser.add_argument("--mail", metavar="URL", help="reference server to bring emails in at")
    parser.add_argument("--think", type=float, default=0.0, metavar="S", help="before every act")
    args = parser.parse_args()
    mail = mail_to(args.mail) if args.mail else no_mail
    work_a_day(args.base, mail, think=args.think, tell=_print)


def _print(seen: Seen) -> None:
    print(f"{seen.agent:<6} ← {seen.state:<10}  email {seen.email}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
