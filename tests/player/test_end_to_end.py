"""A desktop on a real Bayeux client: recorded at the reference server, then on the player alone."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys

import aiohttp
import pytest

from conformance.reference.app import reference_server
from proxy_addons.recorder import recording
from tapestry.bayeux.client import Delivered
from tapestry.bayeux.http_client import CometdClient
from tapestry.catalogue import catalogue
from tapestry.player import play
from tapestry.player.script import write_script
from tapestry.story.derive import derive
from tapestry.tape.codec import load

EMAILS = "/v2/me/emails"


class Desktop:
    """An agent desktop; ``log`` is what it did and heard, ``think`` how long it thinks (s)."""

    def __init__(self, base: str, user: str, think: float = 0.0, *, curious: bool = False) -> None:
        self.base, self.user, self.think, self.curious = base, user, think, curious
        self.log: list[str] = []
        self.heard: asyncio.Queue[dict] = asyncio.Queue()

    async def __aenter__(self):
        jar = aiohttp.CookieJar(unsafe=True)
        self.http = aiohttp.ClientSession(self.base, cookie_jar=jar)
        login = aiohttp.encode_basic_auth(self.user, f"{self.user}-pw")
        async with self.http.get("/api/v2/me", headers={"Authorization": login}) as answer:
            assert answer.status == 200
        url = f"{self.base}/api/v2/notifications"
        self.cometd = CometdClient(url, http=self.http, on_event=self._hear)
        await self.cometd.handshake()
        if self.curious:
            await self.cometd.subscribe("/v2/me/calls")
        await self.cometd.subscribe(EMAILS)
        await self.post("/api/v2/me", operationName="StartContactCenterSession", channels=["email"])
        await self.post("/api/v2/me", operationName="Ready")
        return self

    async def __aexit__(self, *fault) -> None:
        await self.cometd.disconnect()
        await self.http.close()

    def _hear(self, event) -> None:
        if isinstance(event, Delivered):
            self.heard.put_nowait(event.message["data"])

    async def post(self, path: str, **body) -> None:
        if self.think:
            await asyncio.sleep(self.think)
        if self.curious:
            async with self.http.get("/api/v2/me/devices") as answer:
                assert answer.status == 404
        async with self.http.post(path, json=body) as answer:
            told = await answer.json()
        self.log.append(f"{body['operationName']} {answer.status} {told['statusCode']}")

    async def news(self) -> str:
        async with asyncio.timeout(10):
            data = await self.heard.get()
        self.log.append(f"{data['notificationType']} {data['email']['state']}")
        return data["email"]["id"]

    async def email(self, email: str, operation: str, **more) -> None:
        await self.post(f"/api/v2/me/emails/{email}", operationName=operation, **more)


async def alice_works(desktop: Desktop) -> None:
    email = await desktop.news()
    await desktop.email(email, "Accept")
    await desktop.news()
    await desktop.email(email, "Transfer", userUri=f"{desktop.base}/api/v2/users/bob")
    await desktop.news()


async def bob_works(desktop: Desktop) -> None:
    email = await desktop.news()
    await desktop.email(email, "Accept")
    await desktop.news()


async def workday(
    base: str, upstream: str | None = None, *, order: str = "ab", **how
) -> dict[str, list[str]]:
    """Let Alice and Bob work side by side; return what each did and heard."""
    desktops = {name: Desktop(base, name, **how) for name in ("alice", "bob")}
    if order == "together":
        await asyncio.gather(*(desktop.__aenter__() for desktop in desktops.values()))
    for name in {"ab": ["alice", "bob"], "ba": ["bob", "alice"]}.get(order, ()):
        await desktops[name].__aenter__()
    if upstream:
        async with aiohttp.ClientSession() as http:
            letter = {"subject": "Late", "from": "c@example.com", "to": "s@example.com"}
            await http.post(f"{upstream}/admin/emails", json={**letter, "agent": "alice"})
    await asyncio.gather(alice_works(desktops["alice"]), bob_works(desktops["bob"]))
    for desktop in desktops.values():
        await desktop.__aexit__()
    return {name: desktop.log for name, desktop in desktops.items()}


async def fetch(url: str):
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return await answer.json()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A recording of a workday at the reference server, and the logs of its desktops."""
    file = tmp_path_factory.mktemp("tape") / "day.tape.yaml"
    with reference_server() as upstream, recording(upstream, file) as base:
        logs = asyncio.run(workday(base, upstream))
    return file, logs


@pytest.mark.parametrize(
    "how",
    [{}, {"think": 0.1}, {"order": "ba"}, {"order": "together"}, {"curious": True}],
    ids=["the same", "with think time", "Bob first", "at once", "asking and hearing more"],
)
def test_the_desktop_sees_the_same_on_the_player(recorded, how):
    file, logs = recorded
    with play(file, tell=lambda text: None) as base:
        assert asyncio.run(workday(base, **how)) == logs
        summary = asyncio.run(fetch(f"{base}/__tapestry/summary"))
    assert (summary["calls"]["unused"], summary["deliveries"]["waiting"]) == ([], [])


def test_recording_a_replay_tells_the_same_story(recorded, tmp_path):
    file, _ = recorded
    again = tmp_path / "again.tape.yaml"
    with play(file) as player, recording(player, again) as base:
        asyncio.run(workday(base))
    assert tale(again) == tale(file)


def tale(file) -> dict[str, list]:
    """Return each agent's calls and deliveries with their causes, ids as numbers by appearance."""
    script = write_script(derive(load(file), catalogue()))
    numbers: dict[str, int] = {}
    told = {}
    for agent, lane in script.lanes.items():
        told[agent] = [
            (call.operation, call.status, number(numbers, call.interaction), call.body.keys())
            for call in lane.calls
        ] + [
            (
                delivery.notification_type,
                delivery.data["email"]["state"],
                number(numbers, delivery.interaction),
                script.cause_of(delivery) and script.cause_of(delivery).operation,
                delivery.rule,
            )
            for delivery in lane.deliveries
        ]
    return told


def number(numbers: dict[str, int], interaction: str | None) -> int | None:
    return numbers.setdefault(interaction, len(numbers)) if interaction else None


def test_a_replay_process_holds_no_client_of_the_network(recorded):
    """Whatever is asked of the player, there is nothing in it that could ask elsewhere."""
    code = (
        "import sys, json; from conformance.cli import main; code = main(sys.argv[1:]);"
        "print(json.dumps(sorted(sys.modules))); sys.exit(code)"
    )
    arguments = [sys.executable, "-c", code, "replay", str(recorded[0])]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, env=os.environ) as process:
        base = process.stdout.readline().split()[-1].decode()
        asyncio.run(workday(base))
        process.terminate()
        modules = set(json.loads(process.stdout.readline()))
    assert process.returncode == 0
    assert {"tapestry.player.app", "tapestry.bayeux.asgi", "uvicorn"} <= modules
    clients = {"aiohttp", "httpx", "requests", "urllib.request", "urllib3", "http.client"}
    assert not modules & (clients | {"mitmproxy"})
