"""``tapestry reference`` announces its address, serves what was asked for, and ends cleanly."""

import json
import signal
import subprocess
import sys
from base64 import b64encode
from contextlib import contextmanager
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from conformance.cli import main
from conformance.reference.variants import VARIANTS

BASIC = {"Authorization": "Basic " + b64encode(b"alice:alice-pw").decode()}


@contextmanager
def serving(*options: str):
    """Run the real command on a free port; yields its base URL and checks how it ends."""
    command = [sys.executable, "-m", "conformance.cli", "reference", "--listen", "127.0.0.1:0"]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as server:
        try:
            announced, _, url = server.stdout.readline().strip().rpartition(" ")
            assert announced == "listening on"
            yield url
        finally:
            server.send_signal(signal.SIGTERM)
            rest, _ = server.communicate(timeout=10)
    assert (server.returncode, rest) == (0, "")


def post(url: str, body: dict, headers: dict | None = None):
    request = Request(url, json.dumps(body).encode(), headers or {})
    try:
        with urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except HTTPError as refused:
        return refused.code, json.load(refused)


def test_the_command_serves_the_variant_it_is_asked_for():
    with serving("--mutant", "unknown-id-answers-200-zero", "--seed", "3") as url:
        status, body = post(f"{url}/api/v2/me/emails/NOSUCH", {"operationName": "Accept"}, BASIC)
        assert (status, body) == (200, {"statusCode": 0})


def test_csrf_and_hold_reach_the_server():
    with serving("--csrf", "--hold", "1500", "--order", "after") as url:
        status, body = post(f"{url}/api/v2/me", {"operationName": "Ready"}, BASIC)
        assert (status, body["statusMessage"]) == (403, "Missing or invalid Csrf token")
        shake = {
            "channel": "/meta/handshake",
            "version": "1.0",
            "supportedConnectionTypes": ["long-polling"],
        }
        status, replies = post(f"{url}/api/v2/notifications", shake, BASIC)
        assert (status, replies[0]["advice"]["timeout"]) == (200, 1500)


def test_help_lists_every_variant(capsys):
    assert main(["reference", "--mutant", "help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(VARIANTS)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--mutant", "upgrade"], "did you mean 'upgraded'?"),
        (["--listen", "nowhere"], "not an address"),
        (["--hold", "-1"], "--hold must not be negative"),
    ],
)
def test_a_wrong_option_is_told_plainly(capsys, options, said):
    assert main(["reference", *options]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""
