import re
import signal
import socket
import subprocess
import sys
import urllib.request
from typing import Any

import pytest

from tapestry.problems import Problem
from tapestry.serving import Listen, base_url, serving

HELLO = """
from tapestry.serving import Listen, serve

async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})

serve(app, Listen.parse("127.0.0.1:0"), before_stop=lambda: print("stopping"))
"""


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:0", "127.0.0.1", 0),
        ("8090", "127.0.0.1", 8090),
        (":8090", "127.0.0.1", 8090),
        ("[::1]:80", "::1", 80),
        ("localhost:65535", "localhost", 65535),
    ],
)
def test_addresses_are_read(text: str, host: str, port: int) -> None:
    assert Listen.parse(text) == Listen(host, port)


@pytest.mark.parametrize("text", ["", "host", "host:", "host:-1", "1.2.3.4:65536", "a:b"])
def test_what_is_no_address_is_a_problem(text: str) -> None:
    with pytest.raises(Problem, match="not an address"):
        Listen.parse(text)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("db", False)],
)
def test_loopback_is_told_from_the_rest(host: str, loopback: bool) -> None:
    assert Listen(host, 1).loopback is loopback


def test_a_taken_port_is_a_problem_that_says_what_to_do() -> None:
    with Listen().bind() as taken:
        taken.listen()
        with pytest.raises(Problem, match="cannot listen") as caught:
            Listen(port=taken.getsockname()[1]).bind()
    assert "--listen" in str(caught.value)


def test_an_ipv6_address_is_bracketed_in_a_url() -> None:
    try:
        opened = Listen("::1").bind()
    except Problem:
        pytest.skip("this machine has no IPv6 loopback")
    with opened:
        assert re.fullmatch(r"http://\[::1\]:\d+", base_url(opened))


def test_an_app_is_served_for_the_length_of_the_block() -> None:
    stopped = []
    with serving(hello, before_stop=lambda: stopped.append(True)) as url:
        assert urllib.request.urlopen(url).read() == b"hello"
    assert stopped == [True]
    port = int(url.rpartition(":")[2])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_served_verb_announces_itself_once_and_ends_cleanly(name: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HELLO], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    url = line.removeprefix("listening on ").strip()
    assert urllib.request.urlopen(url).read() == b"hello"
    process.send_signal(getattr(signal, name))
    rest, errors = process.communicate(timeout=10)
    assert (process.returncode, rest, errors) == (0, "stopping\n", "")
