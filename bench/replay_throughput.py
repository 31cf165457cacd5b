"""Compares how fast recorded answers are served: `tapestry replay`, others, and the floor below.

    python bench/replay_throughput.py [--tools FOLDER] [--rounds N]

One tape of 1,000 exchanges, a GET with 2.5 KB of JSON each, is given to every server in its own
form. All run at once, one worker each, and are measured in turns with wrk over eight kept
connections, so that whatever else the machine does falls on all alike. The floor is the server that
Tapestry stands on (uvicorn with uvloop and httptools) with a bare ASGI application which answers
from a dict. The table has medians, and ratios to the floor and to Tapestry.

Needs wrk. mitmproxy is there anyway; of mountebank, Mockoon and Prism it takes what it finds in
FOLDER, made by `npm install --prefix FOLDER mountebank @mockoon/cli @stoplight/prism-cli`, and
WireMock when FOLDER holds wiremock-standalone.jar. What is missing is told. Takes half a minute.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # run as a script, Python looks in bench/ only

from tapestry.tape.codec import save  # noqa: E402 - needs the line above
from tapestry.tape.model import (  # noqa: E402
    Body,
    BodyKind,
    Cassette,
    Exchange,
    Header,
    Request,
    Response,
)

COUNT = 1000
SECONDS = 2
CONNECTIONS = 8
JSON_TYPE = "application/json;charset=UTF-8"

WRK = """
local n = 0
request = function()
  n = (n + 1) % {count}
  return wrk.format("GET", string.format("/api/v2/contacts/%06d", n))
end
"""

FLOOR = """
import json, sys
from tapestry.serving import Listen, serve
bodies = {path: text.encode() for path, text in json.load(open(sys.argv[1])).items()}
async def app(scope, receive, send):
    body = bodies[scope["path"]]
    size = b"%d" % len(body)
    headers = [(b"content-type", b"application/json"), (b"content-length", size)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
serve(app, Listen())
"""


@dataclass
class Server:
    """One server under comparison: how to start it, and its requests per second so far."""

    name: str
    argv: list[str]
    url: str | None = None
    measured: list[float] = field(default_factory=list)


def path(number: int) -> str:
    """Return the resource of one exchange."""
    return f"/api/v2/contacts/{number:06d}"


def answer(number: int) -> dict[str, Any]:
    """Return 2.5 KB of JSON."""
    attributes = [
        {"name": f"Attribute{n}", "value": "x" * 30, "primary": n == 0} for n in range(32)
    ]
    return {"statusCode": 0, "contact": {"id": f"{number:06d}", "attributes": attributes}}


def tape(count: int) -> Cassette:
    """Return a tape of ``count`` reads of as many resources, by one agent."""
    kept = (("Content-Type", JSON_TYPE),)
    entries = (
        Exchange(
            n * 10.0,
            5.0,
            Request("GET", path(n), headers=(("Accept", "application/json"),)),
            Response(200, kept, Body(BodyKind.JSON, answer(n))),
            agent="agent#1",
            connection="c1",
        )
        for n in range(count)
    )
    return Cassette(Header("2026-11-21T09:30:00.000Z", "http://127.0.0.1:8090"), tuple(entries))


def free_port() -> int:
    """Return a port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        return int(opened.getsockname()[1])


def floor(folder: Path, _: Path) -> Server:
    """Return the bare ASGI application."""
    texts = {path(n): json.dumps(answer(n), separators=(",", ":")) for n in range(COUNT)}
    (folder / "answers.json").write_text(json.dumps(texts))
    (folder / "floor.py").write_text(FLOOR)
    argv = [sys.executable, str(folder / "floor.py"), str(folder / "answers.json")]
    return Server("bare ASGI application (the floor)", argv)


def tapestry(folder: Path, _: Path) -> Server:
    """Return `tapestry replay`."""
    save(tape(COUNT), folder / "tape.yaml", "flow")
    argv = [sys.executable, "-m", "conformance.cli", "replay", str(folder / "tape.yaml")]
    return Server("tapestry replay", argv)


def mitmproxy(folder: Path, _: Path) -> Server:
    """Return mitmproxy's own server replay."""
    from mitmproxy.io import FlowWriter
    from mitmproxy.test import tflow

    with (folder / "flows.mitm").open("wb") as file:
        writer = FlowWriter(file)
        for n in range(COUNT):
            flow = tflow.tflow(resp=True)
            flow.request.method, flow.request.path, flow.request.content = "GET", path(n), b""
            flow.response.headers["content-type"] = JSON_TYPE
            flow.response.content = json.dumps(answer(n)).encode()
            writer.add(flow)
    port = free_port()
    sets = ("server_replay_reuse=true", "server_replay_ignore_host=true",
            "server_replay_ignore_port=true", "connection_strategy=lazy",
            "server_replay_extra=404", "keepserving=true")  # fmt: skip
    argv = [str(Path(sys.executable).with_name("mitmdump")), "-q", "-p", str(port)]
    argv += ["--mode", f"reverse:http://127.0.0.1:{free_port()}"]
    argv += [word for option in sets for word in ("--set", option)]
    argv += ["--server-replay", str(folder / "flows.mitm")]
    return Server("mitmdump --server-replay", argv, f"http://127.0.0.1:{port}")


def mountebank(folder: Path, tools: Path) -> Server:
    """Return mountebank with a stub an exchange."""
    port, admin = free_port(), free_port()
    stubs = [
        {
            "predicates": [{"equals": {"method": "GET", "path": path(n)}}],
            "responses": [{"is": {"headers": {"Content-Type": JSON_TYPE}, "body": answer(n)}}],
        }
        for n in range(COUNT)
    ]
    config = {"imposters": [{"port": port, "protocol": "http", "stubs": stubs}]}
    (folder / "imposters.json").write_text(json.dumps(config))
    argv = [str(tools / "node_modules/.bin/mb"), "start", "--port", str(admin), "--nologfile"]
    argv += ["--loglevel", "error", "--pidfile", str(folder / "mb.pid"), "--localOnly"]
    argv += ["--configfile", str(folder / "imposters.json")]
    return Server("mountebank", argv, f"http://127.0.0.1:{port}")


def mockoon(folder: Path, tools: Path) -> Server:
    """Return Mockoon's command line with a route an exchange."""
    port = free_port()
    routes = [
        {
            "uuid": f"r{n}", "type": "http", "method": "get", "endpoint": path(n)[1:],
            "responses": [
                {
                    "uuid": f"a{n}", "body": json.dumps(answer(n)), "statusCode": 200,
                    "bodyType": "INLINE", "default": True, "rules": [], "rulesOperator": "OR",
                    "headers": [{"key": "Content-Type", "value": JSON_TYPE}],
                    "latency": 0, "disableTemplating": True,
                }
            ],
        }
        for n in range(COUNT)
    ]  # fmt: skip
    config = {"uuid": "e", "lastMigration": 33, "name": "tape", "port": port, "hostname": "",
              "endpointPrefix": "", "latency": 0, "routes": routes, "headers": [], "folders": [],
              "rootChildren": [{"type": "route", "uuid": f"r{n}"} for n in range(COUNT)],
              "proxyMode": False, "data": [], "callbacks": []}  # fmt: skip
    (folder / "mockoon.json").write_text(json.dumps(config))
    argv = [str(tools / "node_modules/.bin/mockoon-cli"), "start", "--port", str(port)]
    argv += ["--data", str(folder / "mockoon.json"), "--disable-log-to-file", "--repair"]
    return Server("Mockoon CLI", argv, f"http://127.0.0.1:{port}")


def prism(folder: Path, tools: Path) -> Server:
    """Return Prism. It knows documents, not tapes: one path, one example."""
    port = free_port()
    example = {"content": {"application/json": {"example": answer(0)}}, "description": "a contact"}
    operation = {"get": {"responses": {"200": example}}}
    where = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "tape", "version": "1"},
        "paths": {"/api/v2/contacts/{id}": {"parameters": [where], **operation}},
    }
    (folder / "openapi.json").write_text(json.dumps(document))
    argv = [str(tools / "node_modules/.bin/prism"), "mock", "-p", str(port), "-v", "silent"]
    return Server("Prism", [*argv, str(folder / "openapi.json")], f"http://127.0.0.1:{port}")


def wiremock(folder: Path, tools: Path) -> Server:
    """Return WireMock with a mapping an exchange, its journal off."""
    port = free_port()
    mappings = folder / "wiremock" / "mappings"
    mappings.mkdir(parents=True)
    told = [
        {
            "request": {"method": "GET", "urlPath": path(n)},
            "response": {
                "status": 200,
                "jsonBody": answer(n),
                "headers": {"Content-Type": JSON_TYPE},
            },
        }
        for n in range(COUNT)
    ]
    (mappings / "all.json").write_text(json.dumps({"mappings": told}))
    argv = ["java", "-jar", str(tools / "wiremock-standalone.jar"), "--port", str(port)]
    argv += ["--root-dir", str(mappings.parent), "--no-request-journal", "--disable-banner"]
    return Server("WireMock, journal off", argv, f"http://127.0.0.1:{port}")


MAKERS: tuple[Callable[[Path, Path], Server], ...] = (
    floor, tapestry, mitmproxy, mountebank, mockoon, prism, wiremock,
)  # fmt: skip


def start(server: Server, running: ExitStack, folder: Path) -> bool:
    """Start ``server``; tells whether it answers within half a minute."""
    log = running.enter_context((folder / "log").open("ab"))
    process = subprocess.Popen(
        server.argv, stdout=subprocess.PIPE if server.url is None else log, stderr=log, cwd=ROOT,
    )  # fmt: skip
    running.callback(lambda: (process.terminate(), process.wait()))
    if server.url is None:
        assert process.stdout is not None
        server.url = process.stdout.readline().decode().rpartition(" ")[2].strip()
    for _ in range(150):
        try:
            with urllib.request.urlopen(server.url + path(1), timeout=5) as response:
                return len(response.read()) > 2000
        except OSError:
            time.sleep(0.2)
    return False


def session(url: str) -> list[str]:
    """Return what wrk must send to be known again: the cookies that a first answer gave."""
    with urllib.request.urlopen(url + path(1), timeout=5) as response:
        given = response.headers.get_all("Set-Cookie") or []
    cookies = "; ".join(cookie.partition(";")[0] for cookie in given)
    return ["-H", f"Cookie: {cookies or 'none=1'}"]


def measure(server: Server, script: Path, seconds: int = SECONDS) -> float:
    """Return the requests per second of one run."""
    assert server.url is not None
    argv = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "-s", str(script)]
    told = subprocess.run(
        [*argv, *session(server.url), server.url], capture_output=True, text=True, check=True
    ).stdout
    if "Non-2xx" in told:
        raise SystemExit(f"{server.name} did not answer every request:\n{told}")
    found = re.search(r"Requests/sec:\s*([\d.]+)", told)
    assert found
    return float(found[1])


def rows(servers: list[Server]) -> Iterator[str]:
    """Yield the lines of the table."""
    medians = {server.name: statistics.median(server.measured) for server in servers}
    base, ours = medians[servers[0].name], medians["tapestry replay"]
    yield f"{'server':36} {'req/s':>9} {'/ floor':>8} {'tapestry is':>12}"
    for name, value in sorted(medians.items(), key=lambda item: -item[1]):
        yield f"{name:36} {value:9,.0f} {value / base:8.2f} {ours / value:11.1f}x"


def main() -> None:
    """Start all, measure in turns, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tools", type=Path, default=ROOT / "bench" / ".tools")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is missing: apt install wrk (or brew install wrk); nothing was measured")
        return
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        script = folder / "paths.lua"
        script.write_text(WRK.format(count=COUNT))
        servers = []
        for make in MAKERS:
            server = make(folder, args.tools)
            there = [word for word in server.argv if word.startswith(str(args.tools))]
            if not all(Path(word).exists() for word in there):
                print(f"{server.name}: not in {args.tools}, left out")
            elif start(server, running, folder):
                servers.append(server)
            else:
                print(f"{server.name}: does not answer, left out")
        for server in servers:
            measure(server, script, 1)  # warm
        for _ in range(args.rounds):
            for server in servers:
                server.measured.append(measure(server, script))
        print("\n".join(rows(servers)))


if __name__ == "__main__":
    main()
