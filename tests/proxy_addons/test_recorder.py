"""The recorder end to end: a small server behind it, a real client before it."""

import asyncio
import os
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest

from proxy_addons.recorder import check_upstream, recording
from tapestry.problems import Problem
from tapestry.serving import Listen, serving
from tapestry.tape import codec

RECORD = (sys.executable, "-m", "conformance.cli", "record")
AUTH = {"Authorization": "Basic YWxpY2U6YWxpY2UtcHc="}


class Upstream:
    """Answers /echo with its request body, gzipped on demand; holds /poll until released."""

    def __init__(self):
        self.held = threading.Event()
        self.released = False

    async def __call__(self, scope, receive, send):
        if scope["type"] == "websocket":
            await self.socket(receive, send)
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        if scope["path"] == "/poll":
            self.held.set()
            await receive()  # the client, or the proxy, goes away
            return
        headers = [
            (b"content-type", b"application/json"),
            (b"set-cookie", b"JSESSIONID=s3cr3tc00kie"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body or b'{"userName": "alice"}'})

    async def socket(self, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        message = await receive()
        await send({"type": "websocket.send", "text": message["text"]})
        await send({"type": "websocket.close", "code": 1000})


@pytest.fixture
def app():
    return Upstream()


@pytest.fixture
def upstream(app):
    with serving(app) as url:
        yield url


async def post(url, data=b"", **options):
    async with aiohttp.ClientSession() as http, http.post(url, data=data, **options) as response:
        return response.status, await response.read()


def test_the_client_gets_the_real_bytes_and_the_tape_pseudonyms(upstream, tmp_path):
    out = tmp_path / "x.yaml"
    sent = b'{ "userName": "alice", "comment": "hello" }'
    with recording(upstream, out) as url:
        assert asyncio.run(post(f"{url}/echo?a=1", sent, headers=AUTH)) == (200, sent)
    cassette = codec.load(out)
    (exchange,) = cassette.entries
    assert cassette.header.upstream == upstream
    assert (exchange.agent, exchange.connection) == ("agent#1", "c1")
    assert exchange.request.query == {"a": "1"}
    assert exchange.request.body == exchange.response.body
    assert set(exchange.request.body.value) == {"userName", "comment"}
    raw = out.read_bytes()
    assert not any(word in raw for word in (b"alice", b"hello", b"s3cr3tc00kie", b"YWxpY2U6"))


def test_recordings_under_one_key_can_be_compared(upstream, tmp_path):
    bodies = []
    for n, key in enumerate((b"one", b"one", b"two")):
        out = tmp_path / f"{n}.yaml"
        with recording(upstream, out, key=key) as url:
            asyncio.run(post(f"{url}/echo"))
        bodies.append(codec.load(out).entries[0].response.body)
    assert bodies[0] == bodies[1] != bodies[2]


def test_a_websocket_is_recorded_message_by_message(upstream, tmp_path):
    async def talk(url):
        async with aiohttp.ClientSession() as http, http.ws_connect(f"{url}/cometd") as socket:
            await socket.send_str('[{"channel":"/meta/connect","clientId":"abc"}]')
            answer = await socket.receive_str()
            await socket.receive()
            return answer

    with recording(upstream, tmp_path / "x.yaml") as url:
        assert '"clientId":"abc"' in asyncio.run(talk(url))
    upgrade, asked, answered, end = codec.load(tmp_path / "x.yaml").entries
    assert upgrade.response.status == 101
    assert [asked.sender, answered.sender] == ["client", "server"]
    assert asked.body == answered.body
    assert asked.body.value[0]["clientId"].startswith("client-")
    assert end.of == upgrade.socket


def test_a_server_that_is_down_is_an_end(tmp_path):
    with Listen().bind() as closed:
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with recording(nobody, tmp_path / "x.yaml") as url:
        status, _ = asyncio.run(post(f"{url}/x"))
    assert status == 502
    (end,) = codec.load(tmp_path / "x.yaml").entries
    assert (end.reason, end.request.path) == ("connection refused", "/x")


def test_passthrough_leaves_no_trace(upstream, tmp_path):
    with recording(upstream, tmp_path / "x.yaml", mode="passthrough") as url:
        assert asyncio.run(post(f"{url}/echo", b"[1]")) == (200, b"[1]")
    assert list(tmp_path.iterdir()) == []


def test_all_replaces_an_older_cassette(upstream, tmp_path):
    out = tmp_path / "x.yaml"
    for mode in ("once", "all"):
        with recording(upstream, out, mode=mode) as url:
            asyncio.run(post(f"{url}/echo"))
    assert len(codec.load(out).entries) == 1


def test_one_process_records_one_thing_at_a_time(upstream, tmp_path):
    with (
        recording(upstream, tmp_path / "x.yaml"),
        pytest.raises(Problem, match="another recording runs"),
        recording(upstream, tmp_path / "y.yaml"),
    ):
        pass
    with recording(upstream, tmp_path / "y.yaml"):
        pass


def test_an_address_that_is_taken_is_told_and_leaves_no_cassette(upstream, tmp_path):
    taken = Listen.parse(upstream.removeprefix("http://"))
    with (
        pytest.raises(Problem, match="cannot listen on"),
        recording(upstream, tmp_path / "x.yaml", listen=taken),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("upstream", "message"),
    [
        ("127.0.0.1:8090", "not an upstream"),
        ("ftp://h", "not an upstream"),
        ("http://", "not an upstream"),
        ("http://h:99999", "not an upstream"),
        ("http://[::1", "not an upstream"),
        ("http://h:0", "not an upstream"),
        ("http://h/api", "a server without a path"),
        ("http://h?x", "a server without a path"),
        ("http://al:secret@h", "must not hold credentials"),
    ],
)
def test_a_faulty_upstream_is_told_without_its_secrets(upstream, message):
    with pytest.raises(Problem, match=message) as caught:
        check_upstream(upstream)
    assert "secret" not in str(caught.value)


def test_an_upstream_may_end_in_a_slash():
    assert check_upstream("https://h:1/") == "https://h:1"
    assert check_upstream("http://[::1]:80") == "http://[::1]:80"


def listening_url(process, file):
    """Read standard output up to the line that announces the address."""
    for line in file:
        if "listening" in line:
            return line.split()[-1].strip()
    raise AssertionError(f"ended with {process.wait()} and no address")


def eventually(holds, seconds=20):
    """Wait until ``holds()`` is true: another process is at work."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.01)


@contextmanager
def command(*arguments, **options):
    """Run a program for the length of the block, and never leave it behind."""
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


async def hold(url, app, then):
    """Start a poll, wait until upstream holds it, do ``then``, and see the poll broken off."""
    async with aiohttp.ClientSession() as http:
        poll = asyncio.create_task(http.post(f"{url}/poll").__aenter__())
        await asyncio.to_thread(app.held.wait)
        then()
        with pytest.raises(aiohttp.ClientError):
            await poll


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_command_cleanly_with_held_polls_on_the_tape(
    app, upstream, tmp_path, name
):
    out = tmp_path / "x.yaml"
    with command(*RECORD, upstream, "--out", str(out)) as process:
        url = listening_url(process, process.stdout)
        assert asyncio.run(post(f"{url}/echo"))[0] == 200
        eventually(lambda: len(codec.load(out).entries) == 1)  # on disk already, while it runs
        asyncio.run(hold(url, app, lambda: process.send_signal(name)))
        output, errors = process.communicate()
    assert (process.returncode, output) == (0, "")
    assert "Traceback" not in errors
    assert f"{out}: 2 entries, 0 not recorded" in errors
    _, end = codec.load(out).entries
    assert (end.reason, end.request.path) == ("recorder stopped", "/poll")
    assert out.read_text().endswith("...\n")


@pytest.mark.slow
def test_the_addon_works_in_plain_mitmdump(app, upstream, tmp_path):
    out = tmp_path / "x.yaml"
    arguments = [
        str(Path(sys.executable).with_name("mitmdump")),
        *("--mode", f"reverse:{upstream}", "--listen-host", "127.0.0.1", "--listen-port", "0"),
        *("-s", str(Path(__file__).parents[2] / "proxy_addons" / "record.py")),
        *("--set", f"tapestry_out={out}", "--set", f"confdir={tmp_path / 'conf'}"),
    ]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with command(*arguments, env=environment) as process:
        assert select.select([process.stdout], [], [], 60)[0]
        address = listening_url(process, process.stdout).rstrip(".")
        asyncio.run(post(f"http://{address}/echo", headers=AUTH))
        asyncio.run(hold(f"http://{address}", app, process.terminate))
        process.communicate()
    assert process.returncode == 0
    exchange, end = codec.load(out).entries
    assert (exchange.agent, end.reason) == ("agent#1", "recorder stopped")
    assert codec.load(out).header.upstream == upstream
