"""What the comparisons of recorders share: a small server, a load, and the recorders themselves.

The server and the load are plain asyncio on sockets, because they must cost less than what is
measured. Each recorder is a process of its own; its processor time and memory are read from /proc.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

ROOT = Path(__file__).parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")

EMAIL = {
    "statusCode": 0,
    "referenceId": 7,
    "email": {
        "id": "00012a9HEEG0325N",
        "state": "Processing",
        "subject": "A question about my bill",
        "from": "ann.example@example.com",
        "to": ["support@example.com"],
        "capabilities": ["Accept", "Reject", "Transfer"],
        "userData": {f"Key{number}": f"value {number}" for number in range(40)},
        "participants": [{"name": "alice", "uri": "http://127.0.0.1/api/v2/users/alice"}],
    },
}
BODY = json.dumps(EMAIL).encode()
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=utf-8\r\n"
    b"Set-Cookie: JSESSIONID=0123456789abcdef; Path=/\r\nContent-Length: %d\r\n\r\n" % len(BODY)
) + BODY
ASKED = b'{"operationName":"Accept","comment":"hello"}'


def request(path: str, body: bytes = ASKED) -> bytes:
    """Return a request as a desktop would send it."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Basic YWxpY2U6YWxpY2UtcHc=\r\nCookie: JSESSIONID=0123456789abcdef\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


class Upstream(asyncio.Protocol):
    """Answers every request at once, but holds /poll until somebody asks for /wake."""

    held: ClassVar[set[Upstream]] = set()

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self.transport = transport
        self.received = b""

    def connection_lost(self, fault: Exception | None) -> None:
        """Forget a poll whose client has gone."""
        self.held.discard(self)

    def data_received(self, data: bytes) -> None:
        """Answer what is complete."""
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            head = self.received[:end]
            found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            size = end + 4 + (int(found[1]) if found else 0)
            if len(self.received) < size:
                return
            self.received = self.received[size:]
            self.answer(head)

    def answer(self, head: bytes) -> None:
        """Answer a request, or hold it."""
        if b" /poll" in head:
            self.held.add(self)
            return
        if b" /held" in head:
            body = b"%d" % len(self.held)
            self.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            return
        if b" /wake" in head:
            woken, now = list(self.held), repr(time.monotonic()).encode()
            self.held.clear()
            for poll in woken:
                poll.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(now) + now)
        self.write(ANSWER)

    def write(self, data: bytes) -> None:
        """Send ``data``."""
        self.transport.write(data)


async def serve() -> None:
    """Serve, and tell the port."""
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", 0, backlog=8192)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@dataclass
class Process:
    """A recorder, or the server, while it runs."""

    name: str
    popen: subprocess.Popen[str]
    port: int
    children: list[int] = field(default_factory=list)

    def cpu(self) -> float:
        """Return the processor seconds of the process itself."""
        return _cpu(self.popen.pid)

    def cpu_writer(self) -> float:
        """Return the processor seconds of the process that writes for it, if there is one."""
        return sum(map(_cpu, self.children))

    def memory(self) -> tuple[float, float]:
        """Return the megabytes of the process, and of the one that writes."""
        return _memory(self.popen.pid), sum(map(_memory, self.children))


@contextmanager
def upstream() -> Iterator[Process]:
    """Run the server."""
    code = "from bench.record_parts import serve; import uvloop; uvloop.run(serve())"
    with _running("upstream", [sys.executable, "-c", code], r"^(\d+)$") as process:
        yield process


@contextmanager
def recorder(name: str, server: Process, folder: Path) -> Iterator[Process]:
    """Run ``mitmdump``, ``mitmdump+addon`` or ``tapestry`` before ``server``."""
    url = f"http://127.0.0.1:{server.port}"
    mitmdump = [str(Path(sys.executable).with_name("mitmdump")), "--mode", f"reverse:{url}@0"]
    mitmdump += ["--listen-host", "127.0.0.1", "--set", "flow_detail=0"]
    out = folder / f"{time.monotonic_ns()}.yaml"
    commands = {
        "mitmdump": mitmdump,
        "mitmdump+addon": [
            *mitmdump,
            *("-s", str(ROOT / "proxy_addons" / "record.py"), "--set", f"tapestry_out={out}"),
        ],
        "tapestry": [
            *(sys.executable, "-m", "conformance.cli", "record", url),
            *("--out", str(out), "--mode", "all"),
        ],
    }
    with _running(name, commands[name], r"(?:listening (?:at|on) ).*?:(\d+)\.?$") as process:
        deadline = time.monotonic() + 10
        while name != "mitmdump" and not process.children and time.monotonic() < deadline:
            process.children = _children(process.popen.pid)
        yield process


@contextmanager
def _running(name: str, command: list[str], ready: str) -> Iterator[Process]:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as popen:
        try:
            assert popen.stdout is not None
            found = next(
                match for line in popen.stdout if (match := re.search(ready, line.strip()))
            )
            yield Process(name, popen, int(found[1]))
        finally:
            popen.terminate()
            popen.wait()


async def ask(port: int, payload: bytes) -> bytes:
    """Make one request on a connection of its own and return the body of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(payload)
    try:
        return await answer(reader)
    finally:
        writer.close()


async def answer(reader: asyncio.StreamReader) -> bytes:
    """Read one answer and return its body."""
    head = await reader.readuntil(b"\r\n\r\n")
    found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    return await reader.readexactly(int(found[1]) if found else 0)


async def load(port: int, connections: int, requests: int) -> list[float]:
    """Make ``requests`` over ``connections``; returns the seconds that each took."""
    took: list[float] = []

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for turn in range(requests // connections):
            began = time.perf_counter()
            writer.write(request(f"/api/v2/me/emails/{number:04}a9HEEG{turn:06}"))
            await answer(reader)
            took.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*map(client, range(connections)))
    return took


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _memory(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 1e6


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]
