"""Measures `tapestry replay` where size matters: start-up, looking up, held polls.

    python bench/replay_scale.py [start] [lookup] [polls]

start    loads a tape of 10,000 exchanges in flow style and makes a player of it, against the time
         that `json.loads` needs for the same bytes.
lookup   asks, call by call, for everything on tapes of 100 to 100,000 exchanges, half of them
         writes with a notification each, and says what one call costs at the beginning and at the
         end.
polls    holds 10,000 long-polls of as many sessions, releases one notification to all, and says
         what a poll costs in memory and after how long the polls were answered.

All of it in CPU time, but for the last, of this process. A comparison, not a test.
"""

from __future__ import annotations

import asyncio
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # run as a script, Python looks in bench/ only
sys.path.insert(0, str(ROOT / "bench"))

from replay_throughput import tape  # noqa: E402 - needs the lines above

from tapestry.catalogue import catalogue  # noqa: E402
from tapestry.player.app import PlayerApp, player_app  # noqa: E402
from tapestry.player.likeness import LiveCall  # noqa: E402
from tapestry.player.performance import Play, Played  # noqa: E402
from tapestry.serving import serving  # noqa: E402
from tapestry.story.model import Call, Delivery, SessionEvent, Story  # noqa: E402
from tapestry.tape.codec import load, save  # noqa: E402
from tapestry.tape.model import (  # noqa: E402
    Body,
    BodyKind,
    Cassette,
    Exchange,
    Header,
    Request,
    Response,
)

POLLS = 10_000
EMAILS = "/v2/me/emails"
NOTIFICATIONS = "/api/v2/notifications"


def start() -> None:
    """Compare start-up with parsing."""
    catalogue()
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "tape.yaml"
        save(tape(10_000), file, "flow")
        lines = [line[4:] for line in file.read_text().splitlines()]
        size = file.stat().st_size / 1e6
        stream, kept, ours = [], [], []
        for _ in range(3):
            stream.append(spent(lambda: [json.loads(line) and None for line in lines]))
            kept.append(spent(lambda: [json.loads(line) for line in lines]))
            ours.append(spent(lambda: player_app(load(file))))
    least = min(ours)
    print(f"start-up, 10,000 exchanges, {size:.0f} MB: {least:.2f} s")
    print(f"  json.loads of the same lines, values kept:    {min(kept):.2f} s, "
          f"start-up is {least / min(kept):.2f} x")  # fmt: skip
    print(f"  json.loads of the same lines, values dropped: {min(stream):.2f} s, "
          f"start-up is {least / min(stream):.2f} x")  # fmt: skip


def spent(work: Any) -> float:
    """Return the CPU seconds that ``work`` takes."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def events(count: int) -> Iterator[SessionEvent | Call | Delivery]:
    """Yield a long day of one agent: it reads an email and accepts it, and hears of that."""
    yield SessionEvent(1, 0.0, "agent#1", "s1", "open")
    n = 1
    for index in range(count // 2):
        email, path = f"e{index:06d}", f"/api/v2/me/emails/e{index:06d}"
        yield Call(n + 1, n, 1.0, "agent#1", "GET", "GET", path, 200, body={"id": email},
                   interaction=email, entry=n)  # fmt: skip
        yield Call(n + 2, n + 1, 1.0, "agent#1", "Accept", "POST", path, 200,
                   request={"operationName": "Accept"}, body={"statusCode": 0},
                   interaction=email, entry=n + 1)  # fmt: skip
        data = {"messageType": "EmailStateChangeMessage", "email": {"id": email, "state": "P"}}
        yield Delivery(n + 3, n + 3, "agent#1", "s1", EMAILS, data, data["messageType"],
                       "StatusChange", email, n + 2, entry=n + 2)  # fmt: skip
        n += 3


def lookup() -> None:
    """Say what a call costs on short and long tapes."""
    print(f"{'lookup, µs CPU a call':32} {'first 100':>10} {'last 100':>10} {'all':>10}")
    for count in (100, 1_000, 10_000, 100_000):
        story = Story(("agent#1",), ("s1",), tuple(events(count)))
        play, costs = Play(story), []
        play.opened("A", "S", 0.0)
        play.subscribed("S", EMAILS)
        for call in story.calls:
            live = LiveCall(call.method, call.path, {}, call.request)
            begin = time.perf_counter()
            played = play.call("A", live, 1.0)
            play.releases(1.0)
            assert isinstance(played, Played)
            play.answered(played, 1.0)
            play.releases(1.0)
            costs.append((time.perf_counter() - begin) * 1e6)
        assert not play.waiting()
        parts = (costs[:100], costs[-100:], costs)
        print(f"{count:>24,} exchanges" + "".join(f" {statistics.median(p):10.1f}" for p in parts))


def heard(count: int) -> Cassette:
    """Return a tape on which one agent listens and is sent ``count`` notifications unasked."""

    def bayeux(at: float, asked: Any, *answers: Any) -> Exchange:
        sent, given = Body(BodyKind.JSON, [asked]), Body(BodyKind.JSON, list(answers))
        request = Request("POST", NOTIFICATIONS, body=sent)
        return Exchange(at, 1.0, request, Response(200, body=given), "agent#1")

    hands = {"channel": "/meta/handshake"}
    wish = {"channel": "/meta/subscribe", "clientId": "c1", "subscription": EMAILS}
    poll = {"channel": "/meta/connect", "clientId": "c1", "connectionType": "long-polling"}
    operation = Body(BodyKind.JSON, {"operationName": "Ready"})
    ready = Request("POST", "/api/v2/me", body=operation)
    answer = Response(200, body=Body(BodyKind.JSON, {"statusCode": 0}))
    news = ({"channel": EMAILS, "data": {"n": n, "text": "x" * 500}} for n in range(count))
    entries = (
        bayeux(0.0, hands, {**hands, "successful": True, "clientId": "c1"}),
        bayeux(10.0, wish, {**wish, "successful": True}),
        Exchange(20.0, 1.0, ready, answer, "agent#1"),
        bayeux(30.0, poll, *news, {**poll, "successful": True}),
    )
    return Cassette(Header("2026-11-21T09:30:00.000Z"), entries)


def resident() -> int:
    """Return the bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


class Poller:
    """One session that polls over a connection of its own."""

    def __init__(self, port: int) -> None:
        """Talk to ``port``."""
        self._port = port
        self._cookies: dict[str, str] = {}
        self.answered = 0.0

    async def begin(self) -> None:
        """Shake hands, subscribe, and send the poll that will be held."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        hands = {"channel": "/meta/handshake", "version": "1.0",
                 "supportedConnectionTypes": ["long-polling"]}  # fmt: skip
        client = json.loads(await self._ask(hands))[0]["clientId"]
        wish = {"channel": "/meta/subscribe", "clientId": client, "subscription": EMAILS}
        await self._ask(wish)
        poll = {"channel": "/meta/connect", "clientId": client, "connectionType": "long-polling"}
        await self._ask(poll)  # the first one is answered at once
        self._send(poll)
        self.held = asyncio.ensure_future(self._hold(poll))

    async def _hold(self, poll: dict[str, Any]) -> None:
        """Poll until there is news."""
        while b'"data"' not in await self._read():
            self._send(poll)
        self.answered = time.perf_counter()

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps([message]).encode()
        head = f"POST {NOTIFICATIONS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        if self._cookies:
            pairs = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
            head += f"Cookie: {pairs}\r\n"
        self._writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    async def _ask(self, message: dict[str, Any]) -> bytes:
        self._send(message)
        return await self._read()

    async def _read(self) -> bytes:
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.decode().split("\r\n")[1:-2]:
            name, _, value = line.partition(": ")
            if name.lower() == "set-cookie":
                cookie, _, kept = value.partition(";")[0].partition("=")
                self._cookies[cookie] = kept
            elif name.lower() == "content-length":
                length = int(value)
        return await self._reader.readexactly(length)


CLIENTS = """
import asyncio, json, resource, sys, time
sys.path[:0] = {path!r}
from replay_scale import Poller, POLLS
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)

async def main():
    pollers = [Poller(int(sys.argv[1])) for _ in range(int(sys.argv[2]))]
    for begin in range(0, len(pollers), 200):
        await asyncio.gather(*(poller.begin() for poller in pollers[begin : begin + 200]))
    print("held", flush=True)
    sys.stdin.readline()
    await asyncio.gather(*(poller.held for poller in pollers))
    print(json.dumps([poller.answered for poller in pollers]), flush=True)

asyncio.run(main())
"""


async def hold(port: int, app: PlayerApp, release: Any) -> None:
    """Let a process of clients hold polls; release a notification to all; print what it took."""
    before = resident()
    path = [str(ROOT), str(ROOT / "bench")]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CLIENTS.format(path=path), str(port), str(POLLS),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 24,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    assert await process.stdout.readline() == b"held\n"
    each = (resident() - before) / POLLS / 1024
    begin = time.perf_counter()
    process.stdin.write(b"\n")
    release()
    times = json.loads(await process.stdout.readline())
    await process.wait()
    waits = sorted((answered - begin) * 1000 for answered in times)
    print(f"{POLLS:,} held polls: {each:.1f} KB each; released to all: "
          f"p50 {waits[len(waits) // 2]:.0f} ms, p99 {waits[int(len(waits) * 0.99)]:.0f} ms, "
          f"last {waits[-1]:.0f} ms")  # fmt: skip


def polls() -> None:
    """Hold polls and release them."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < POLLS + 100:
        print(f"held polls: only {hard} open files are allowed here, left out")
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    loops: list[asyncio.AbstractEventLoop] = []
    player = player_app(heard(1), tell=lambda _: None)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if not loops:
            loops.append(asyncio.get_running_loop())
        await player(scope, receive, send)

    with serving(app, before_stop=player.close) as url:
        release = lambda: loops[0].call_soon_threadsafe(player.release, "agent#1")  # noqa: E731
        asyncio.run(hold(int(url.rpartition(":")[2]), player, release))


def main() -> None:
    """Measure what is asked for, or all."""
    parts = {"start": start, "lookup": lookup, "polls": polls}
    for name in sys.argv[1:] or parts:
        parts[name]()


if __name__ == "__main__":
    main()
