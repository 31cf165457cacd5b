"""What goes wrong around a recorder that is left on, and what is lost of the tape then.

Each case runs the real command. The table in docs/recording.md is what these tests hold.
"""

import asyncio
import os
import random
import resource
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import aiohttp
import pytest

from tapestry.tape import codec
from tests.proxy_addons.upstream import talk

RECORD = (sys.executable, "-m", "conformance.cli", "record")


class Recorder:
    """The command while it runs."""

    def __init__(self, process):
        self.process = process
        self.url = process.stdout.readline().split()[-1]

    def writer(self):
        """Return the id of the process that writes."""
        pid = self.process.pid
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return int(file.read().split()[0])

    def end(self, sent=signal.SIGTERM):
        """End it and return what it told."""
        self.process.send_signal(sent)
        return self.process.communicate(timeout=60)[1]


@contextmanager
def recorder(upstream, out, *more, before=None):
    with subprocess.Popen(
        [*RECORD, upstream, "--out", str(out), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,
    ) as process:
        try:
            yield Recorder(process)
        finally:
            if process.poll() is None:
                process.kill()


def eventually(holds, seconds=20):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.01)


def gone(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_random_it_has_every_exchange_that_a_client_saw(upstream, app, tmp_path, seed):
    out = tmp_path / "x.yaml"
    seen = []

    async def ask_on(http, url):
        for number in range(10_000):
            async with http.post(f"{url}/echo", data=b'{"n": %d}' % number) as response:
                await response.read()
                seen.append(number)

    async def work(url, process, moment):
        async with aiohttp.ClientSession() as http:
            poll = asyncio.create_task(http.post(f"{url}/poll").__aenter__())
            await asyncio.to_thread(app.held.wait, 20)
            asyncio.get_running_loop().call_later(moment, process.kill)
            with pytest.raises(aiohttp.ClientError):
                await ask_on(http, url)
            with pytest.raises(aiohttp.ClientError):
                await poll

    with recorder(upstream, out, "--sync", "never") as running:
        writer = running.writer()
        moment = random.Random(seed).uniform(0.05, 0.8)
        asyncio.run(work(running.url, running.process, moment))
        running.process.wait()
    eventually(lambda: gone(writer))
    entries = codec.load(out).entries
    kept = [entry.request.body.value["n"] for entry in entries if entry.request.path == "/echo"]
    assert seen
    assert kept[: len(seen)] == seen
    assert ("/poll", "recorder killed") in [
        (entry.request.path, getattr(entry, "reason", "")) for entry in entries
    ]


def test_without_its_writing_process_it_passes_traffic_on_and_says_so(upstream, tmp_path):
    out = tmp_path / "x.yaml"
    with recorder(upstream, out) as running:
        asyncio.run(talk(f"{running.url}/echo", b'{"n": 1}'))
        eventually(lambda: len(codec.load(out).entries) == 1)
        os.kill(running.writer(), signal.SIGKILL)
        for number in range(5):
            assert asyncio.run(talk(f"{running.url}/echo", b'{"n": 2}'))[0] == 200, number
        told = running.end()
    assert running.process.returncode == 0
    assert "the writing process has ended" in told
    assert "not recorded" in told
    assert len(codec.load(out).entries) == 1


def test_a_full_disk_is_told_and_counted_and_traffic_goes_on(upstream, tmp_path):
    out = tmp_path / "x.yaml"
    limit = 20_000

    def full():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    with recorder(upstream, out, before=full) as running:
        for _ in range(10):
            status, _, body = asyncio.run(talk(f"{running.url}/echo", b'"%s"' % (b"x" * 4000)))
            assert (status, len(body)) == (200, 4002)
        told = running.end()
    kept = len(codec.load(out).entries)
    assert 0 < kept < 10
    assert "an entry was lost: File too large" in told
    assert f"{kept} entries, {10 - kept} not recorded" in told


def test_a_server_that_breaks_off_is_an_end(upstream, tmp_path):
    out = tmp_path / "x.yaml"
    with recorder(upstream, out) as running:
        assert asyncio.run(talk(f"{running.url}/reset"))[0] == 502
        running.end()
    (end,) = codec.load(out).entries
    assert end.request.path == "/reset"
    assert end.reason


def test_a_client_that_goes_away_is_an_end(upstream, app, tmp_path):
    out = tmp_path / "x.yaml"

    async def give_up(url):
        timeout = aiohttp.ClientTimeout(total=0.5)
        with pytest.raises(asyncio.TimeoutError):
            await talk(f"{url}/poll", timeout=timeout)

    with recorder(upstream, out) as running:
        asyncio.run(give_up(running.url))
        eventually(lambda: len(codec.load(out).entries) == 1)
        running.end()
    (end,) = codec.load(out).entries
    assert (end.request.path, end.reason) == ("/poll", "client disconnected")


def test_a_folder_that_cannot_be_written_ends_the_start(upstream, tmp_path):
    done = subprocess.run(
        [*RECORD, upstream, "--out", str(tmp_path / "none" / "x.yaml")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot write" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_removed_under_it_harms_nothing(upstream, tmp_path):
    out = tmp_path / "x.yaml"
    with recorder(upstream, out) as running:
        asyncio.run(talk(f"{running.url}/echo", b"{}"))
        eventually(lambda: len(codec.load(out).entries) == 1)
        out.unlink()
        assert asyncio.run(talk(f"{running.url}/echo", b"{}"))[0] == 200
        told = running.end()
    assert running.process.returncode == 0
    assert "Traceback" not in told


def test_many_connections_at_once_are_all_served(upstream, tmp_path):
    async def crowd(url):
        host, port = url.removeprefix("http://").split(":")
        pairs = await asyncio.gather(
            *(asyncio.open_connection(host, int(port)) for _ in range(500))
        )
        for _, writer in pairs:
            writer.close()

    with recorder(upstream, tmp_path / "x.yaml") as running:
        began = time.monotonic()
        asyncio.run(crowd(running.url))
        assert time.monotonic() - began < 20
        assert asyncio.run(talk(f"{running.url}/echo", b"{}"))[0] == 200
        assert "Traceback" not in running.end()
