"""``tapestry replay`` as a user runs it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

from conformance.cli import main
from tapestry.serving import serving
from tapestry.tape.codec import load, save
from tapestry.tape.model import Body, BodyKind, Cassette, Exchange, Header, Request, Response

RECORD = ["{cassette}", "--on-miss", "record", "--upstream", "http://127.0.0.1:1"]


@pytest.fixture
def cassette(tmp_path):
    file = tmp_path / "one.tape.yaml"
    answer = Response(200, (), Body(BodyKind.JSON, {"statusCode": 0}))
    entry = Exchange(1.0, 2.0, Request("GET", "/api/v2/me"), answer, "agent#1")
    save(Cassette(Header("2026-11-21T09:30:00.000Z"), (entry,)), file)
    return file


@contextmanager
def replay(*arguments):
    """Run the verb; yields the process and its base URL, and ends it by SIGTERM."""
    command = [sys.executable, "-m", "conformance.cli", "replay", *map(str, arguments)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        line = process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:"), process.stderr.read()
        yield process, line.split()[-1]
        process.send_signal(signal.SIGTERM)
        process.said, process.told = process.communicate(timeout=10)


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as fault:
        return fault.code, json.load(fault)


def test_it_serves_the_cassette_and_sums_up_at_the_end(cassette):
    with replay(cassette) as (process, base):
        assert get(f"{base}/api/v2/me") == (200, {"statusCode": 0})
    assert process.returncode == 0
    assert process.said == ""
    assert process.told == "replayed 1 of 1 recorded calls and 0 of 0 deliveries; 0 missed\n"


@pytest.mark.parametrize(("options", "exit_code"), [((), 0), (("--strict",), 1)])
def test_a_miss_is_explained_and_fails_only_when_strict(cassette, options, exit_code):
    with replay(cassette, *options) as (process, base):
        status, answer = get(f"{base}/api/v2/you")
    assert (status, answer["tapestry"]["cause"]) == (404, "no such exchange")
    assert process.returncode == exit_code
    assert process.told.splitlines()[:2] == [
        "miss: no such exchange: GET /api/v2/you (agent#1)",
        "  the cassette has no such call",
    ]
    assert '    path: cassette has "/api/v2/me", call has "/api/v2/you"\n' in process.told
    assert "  unused: entry 1, agent#1: GET /api/v2/me\n" in process.told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["missing.yaml"], "missing.yaml: cannot read"),
        (["{cassette}", "--listen", "nowhere"], "not an address to listen on: 'nowhere'"),
        (["{cassette}", "--speed", "0"], "not a speed: 0"),
        (["{broken}"], "{broken}:"),
        (["{cassette}", "--upstream", "http://127.0.0.1:1"], "would never be asked"),
        (["{cassette}", "--on-miss", "record"], "--on-miss record needs --upstream URL"),
        ([*RECORD, "--timing", "none"], "plays with causal timing for all"),
        ([*RECORD[1:], "missing.yaml"], "there is no cassette missing.yaml"),
        ([*RECORD[:-1], "nonsense"], "not an upstream: 'nonsense'"),
    ],
)
def test_what_cannot_be_used_is_told_and_exits_with_2(cassette, tmp_path, capsys, arguments, told):
    broken = tmp_path / "broken.yaml"
    broken.write_text("tapestry: 1\nrecoded: yesterday\n...\n")
    names = {"cassette": cassette, "broken": broken}
    assert main(["replay", *(argument.format(**names) for argument in arguments)]) == 2
    assert told.format(**names) in capsys.readouterr().err


@pytest.mark.parametrize("option", [["--timing", "never"], ["--speed", "fast"], []])
def test_wrong_usage_exits_with_2(option, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["replay", *option])
    assert "usage: tapestry replay" in capsys.readouterr().err


def test_every_desktop_may_have_the_day_for_itself(cassette):
    with replay(cassette, "--sharing", "none") as (process, base):
        assert [get(f"{base}/api/v2/me")[0] for _ in range(3)] == [200, 200, 200]
    assert "1 of 1 recorded calls" in process.told


def test_what_the_cassette_lacks_is_asked_upstream_and_added_to_it(cassette):
    async def upstream(scope, receive, send):
        body = json.dumps({"asked": scope["path"]}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    with serving(upstream) as server:
        options = ("--on-miss", "record", "--upstream", server)
        with replay(cassette, *options) as (process, base):
            assert get(f"{base}/api/v2/me") == (200, {"statusCode": 0})
            assert get(f"{base}/api/v2/you") == (200, {"asked": "/api/v2/you"})
        assert process.returncode == 0
    assert [entry.request.path for entry in load(cassette).entries] == ["/api/v2/me", "/api/v2/you"]
    with replay(cassette, "--strict") as (process, base):
        assert get(f"{base}/api/v2/you")[1] == {"asked": "/api/v2/you"}
    assert process.returncode == 0
