"""Feeds malformed messages and bodies to the Bayeux server: codec, machine and ASGI endpoint.

    python bench/fuzz_bayeux.py --cases 100000 --seed 1

Every case goes through the front door in memory: a POST, a callback-polling GET or a frame on a
WebSocket, with a clock of its own, so that held connects and expiry take no time. Cases are the
seed corpus of the tests mangled, messages with fields of the wrong kind and other people's
clientIds, and plain noise. Beside them sits one honest session with a secret of its own.

Printed are counts of what came back, and what must stay small. The exit code is 1 when anything
was raised, was not answered, leaked the secret, or stayed behind. The same seed gives the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import resource
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

from bayeux_mangler import Mangler

from tapestry.bayeux.asgi import BayeuxEndpoint
from tapestry.bayeux.codec import Limits
from tapestry.bayeux.http_link import HttpLink
from tapestry.bayeux.server import BayeuxServer, ServerSettings, Session
from tapestry.bayeux.socket_link import SocketLink

CORPUS = Path(__file__).parent.parent / "tests" / "bayeux" / "corpus"
SECRET = "the-secret-of-the-honest-session"
SETTINGS = ServerSettings(max_sessions=50, max_queue=50, max_queue_bytes=100_000, max_resends=3)
LIMITS = Limits(size=20_000, messages=50)
PATIENCE = 8  # turns of the loop after which a request counts as held
HELD = 20  # requests that are left held before the oldest is given up
SLOWEST = 5.0  # seconds that no case may take

TYPES = ["application/json", "text/plain", "application/x-www-form-urlencoded", "", "a/b;x=\xff"]
METHODS = ["POST"] * 20 + ["PUT", "HEAD", "OPTIONS", "p\xf6st"]


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes only when it is told to."""

    now = 0.0

    def time(self) -> float:
        """Return the time of the fuzzing run."""
        return self.now


class Peer:
    """Whoever talks to the endpoint over one request or socket, and what came back."""

    def __init__(self, endpoint: BayeuxEndpoint, who: str, **scope: Any) -> None:
        self.sent: list[dict[str, Any]] = []
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        full = {"path": "/cometd", "headers": [], "user": who, **scope}
        self.task = asyncio.ensure_future(endpoint(full, self.incoming.get, self._send))

    async def _send(self, event: Any) -> None:
        self.sent.append(event)

    def give(self, **event: Any) -> None:
        """Let the endpoint receive ``event``."""
        self.incoming.put_nowait(event)

    async def settle(self) -> bool:
        """Let it get as far as it can; tell whether it is done."""
        for _ in range(PATIENCE):
            if self.task.done():
                break
            await asyncio.sleep(0)
        return self.task.done()

    def heard(self) -> str:
        """Return all text that came back."""
        return " ".join(str(e.get("text") or e.get("body") or "") for e in self.sent)


class Run:
    """One run: the endpoint, its honest session, and the strangers."""

    def __init__(self, seed: int, loop: VirtualLoop) -> None:
        self.random = Random(seed)
        self.loop = loop
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.most_sessions = 0
        self.slowest = 0.0
        self.told = 0
        files = sorted(path for path in CORPUS.rglob("*.*") if path.is_file())
        seeds = [path.read_bytes() for path in files if path.name != ".gitattributes"]
        self.mangler = Mangler(self.random, seeds)
        ids = (f"s{self.random.getrandbits(64):x}" for _ in iter(int, 1))
        server = BayeuxServer(SETTINGS, new_id=lambda: next(ids))
        self.endpoint = BayeuxEndpoint(
            server, clock=loop.time, principal=lambda scope: scope["user"], limits=LIMITS
        )
        self.held: list[Peer] = []
        self.sockets: list[Peer] = []
        loop.set_exception_handler(lambda _, context: self.faults.append(str(context)))

    async def run(self, cases: int) -> None:
        """Run all cases beside the honest session, then take everything down."""
        self.honest = Peer(self.endpoint, "honest", type="websocket")
        self.honest.give(type="websocket.connect")
        for number in range(cases):
            if number % 25 == 0:
                await self._be_honest()
            before = time.perf_counter()
            try:
                await self._case()
            except Exception as fault:  # noqa: BLE001 - that nothing is raised is what is tested
                self.faults.append(f"case {number}: {fault!r}")
            self.slowest = max(self.slowest, time.perf_counter() - before)
            self.most_sessions = max(self.most_sessions, len(self.endpoint.server.sessions))
            self.loop.now += self.random.choice([0.001, 0.01, 0.1, 0.5])
        await self._take_down()

    async def _be_honest(self) -> None:
        """Keep the honest session alive and tell it its secret, which only it may hear."""
        self.honest.sent.clear()
        if self._honest_client() is None:
            shake = {"channel": "/meta/handshake", "version": "1.0"}
            await self._say_honestly(shake | {"supportedConnectionTypes": ["websocket"]})
        client = self._honest_client()
        if client is None:
            return
        self.mangler.clients[0] = client
        poll = {"channel": "/meta/connect", "clientId": client, "advice": {"timeout": 0}}
        await self._say_honestly(poll)
        self.endpoint.deliver(client, "/service/secret", SECRET)
        self.told += 1
        if SECRET not in self.honest.heard():
            self.faults.append("the honest session was not told")

    async def _say_honestly(self, message: dict[str, Any]) -> None:
        self.honest.give(type="websocket.receive", text=json.dumps([message]))
        await self.honest.settle()

    def _honest_client(self) -> str | None:
        return next((k for k, s in self._sessions() if s.principal == "honest"), None)

    async def _case(self) -> None:
        door = self.random.random()
        if door < 0.55:
            await self._post()
        elif door < 0.7:
            await self._get()
        else:
            await self._frame()

    async def _post(self) -> None:
        kind = self.random.choice(TYPES)
        body = self.mangler.body()
        if "form" in kind and self.random.random() < 0.7:
            body = b"message=" + quote(body).encode()
        headers = [(b"content-type", kind.encode("latin-1")), self._cookie()]
        method = self.random.choice(METHODS)
        peer = self._peer(type="http", method=method, headers=headers)
        cut = self.random.randrange(len(body) + 1) if self.random.random() < 0.1 else len(body)
        peer.give(type="http.request", body=body[:cut], more_body=cut < len(body))
        if cut < len(body):
            rest = {"type": "http.request", "body": body[cut:]}
            peer.give(**(rest if self.random.random() < 0.7 else {"type": "http.disconnect"}))
        await self._finish(peer, "POST" if method == "POST" else "other method")

    async def _get(self) -> None:
        body = self.mangler.body()
        name = self.random.choice(["cb", "a.b", "alert(1)", "%00", "x" * 200, ""])
        query = b"jsonp=" + name.encode() + b"&message=" + quote(body).encode()
        if self.random.random() < 0.2:
            query = body
        peer = self._peer(type="http", method="GET", query_string=query, headers=[self._cookie()])
        peer.give(type="http.request", body=b"")
        await self._finish(peer, "GET")

    async def _finish(self, peer: Peer, door: str) -> None:
        if await peer.settle():
            peer.task.result()
            status = next((e["status"] for e in peer.sent if "status" in e), "client gone")
            self.counts[f"{door} {status}"] += 1
            self._inspect(peer)
        else:
            self.counts[f"{door} held"] += 1
            self.held.append(peer)
        if len(self.held) > HELD:
            await self._hang_up(self.held.pop(0))

    async def _hang_up(self, peer: Peer) -> None:
        peer.give(type="http.disconnect")
        if not await peer.settle():
            raise RuntimeError("a request does not end when its client is gone")
        peer.task.result()
        self._inspect(peer)

    async def _frame(self) -> None:
        if len(self.sockets) < 8:
            self.sockets.append(self._peer(type="websocket", headers=[self._cookie()]))
            self.sockets[-1].give(type="websocket.connect")
        socket = self.random.choice(self.sockets)
        body = self.mangler.body()
        try:
            frame: dict[str, Any] = {"text": body.decode()}
        except UnicodeDecodeError:
            frame = {"bytes": body}
        if self.random.random() < 0.02:
            socket.give(type="websocket.disconnect", code=1006)
        else:
            socket.give(type="websocket.receive", **frame)
        done = await socket.settle()
        codes = [e.get("code") for e in socket.sent if e["type"] == "websocket.close"]
        self.counts[f"frame {codes[0] if codes else 'hung up' if done else 'taken'}"] += 1
        self._inspect(socket)
        socket.sent.clear()
        if done:
            self.sockets.remove(socket)
            socket.task.result()

    def _peer(self, **scope: Any) -> Peer:
        return Peer(self.endpoint, self.random.choice(["", "eve", "mallory"]), **scope)

    def _cookie(self) -> tuple[bytes, bytes]:
        browser = self.random.choice([b"", b"BAYEUX_BROWSER=b", b"\xff;=;BAYEUX_BROWSER", b"a=b"])
        return b"cookie", browser

    def _inspect(self, peer: Peer) -> None:
        """Look for the secret in what a stranger heard, and learn the clientIds in it."""
        text = peer.heard()
        if SECRET in text:
            self.faults.append("a stranger heard the secret")
        self.mangler.clients[1:] = [key for key, _ in self._sessions()][-20:]

    def _sessions(self) -> Iterator[tuple[str, Session]]:
        yield from self.endpoint.server.sessions.items()

    async def _take_down(self) -> None:
        for session in self.endpoint.server.sessions.values():
            if session.queue.size > SETTINGS.max_queue_bytes or len(session.subscriptions) > 1000:
                self.faults.append("a session holds too much")
        for peer in self.held:
            await self._hang_up(peer)
        self.endpoint.close()
        for socket in [*self.sockets, self.honest]:
            if not await socket.settle():
                self.faults.append("a socket does not end with the server")
        left = len(asyncio.all_tasks()) - 1
        if left:
            self.faults.append(f"{left} tasks are left")


def fuzz(cases: int, seed: int) -> Run:
    """Run ``cases`` and return what came of them."""
    loop = VirtualLoop()
    try:
        run = Run(seed, loop)
        loop.run_until_complete(run.run(cases))
    finally:
        loop.close()
    if run.slowest > SLOWEST:
        run.faults.append(f"a case took {run.slowest:.1f} s")
    run.held.clear()
    run.sockets.clear()
    del run.honest
    gc.collect()
    kept = (Session, HttpLink, SocketLink)
    left = Counter(type(o).__name__ for o in gc.get_objects() if isinstance(o, kept))
    if left:
        run.faults.append(f"left in memory: {dict(left)}")
    return run


def main() -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    begun, before = time.perf_counter(), _memory()
    run = fuzz(args.cases, args.seed)
    took = time.perf_counter() - begun
    for outcome, times in sorted(run.counts.items()):
        print(f"{times:9} {outcome}")
    print(f"{sum(run.counts.values()):9} cases, seed {args.seed}, {took:.0f} s")
    print(f"{run.most_sessions:9} sessions at most, of {SETTINGS.max_sessions} allowed")
    print(f"{run.told:9} times the honest session was told its secret, and only it")
    print(f"{run.slowest * 1000:9.0f} ms took the slowest case")
    print(f"{_memory() - before:9.0f} MB more memory at the peak than before the first case")
    print(f"{len(run.faults):9} faults")
    for fault in run.faults[:20]:
        print(f"          {fault}")
    return 1 if run.faults else 0


def _memory() -> float:
    """Return the most memory this process has had so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    raise SystemExit(main())
