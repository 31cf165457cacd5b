"""``tapestry probe``: a command is graded, reports are written, and input is refused in words."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

from conformance.cli import main

CLIENT = """
import json, signal, sys, urllib.request
for n in "12":
    shake = {"channel": "/meta/handshake", "id": n, "supportedConnectionTypes": ["long-polling"]}
    if "--old" not in sys.argv:
        shake["version"] = "1.0"
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(sys.argv[-1], json.dumps([shake]).encode(), headers)
    urllib.request.urlopen(request).read()
signal.pause()
"""
NEGOTIATION = ["--situation", "negotiation"]
FIELDS = ["--only", "BAYEUX-CLIENT-HANDSHAKE-FIELDS"]


def test_a_good_client_passes_and_the_reports_are_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    options = ["--report", str(out), "--junitxml", str(tmp_path / "j.xml"), "--name", "mine", "-v"]
    code = main(
        ["probe", *NEGOTIATION, *FIELDS, *options, "--", sys.executable, "-c", CLIENT, "{url}"]
    )
    assert code == 0
    said = capsys.readouterr()
    assert "pass    BAYEUX-CLIENT-HANDSHAKE-FIELDS" in said.out
    assert "verdict=conformant" in said.out
    assert "listening on http://127.0.0.1:" in said.err
    assert json.loads((out / "run.json").read_text())["target"] == "mine"
    assert "BAYEUX-CLIENT-HANDSHAKE-FIELDS" in (out / "report.html").read_text()
    assert (out / "junit.xml").read_text() == (tmp_path / "j.xml").read_text()


def test_a_client_that_breaks_a_must_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["--", sys.executable, "-c", CLIENT, "--old"]
    assert main(["probe", *NEGOTIATION, *FIELDS, "--format", "json", *command]) == 1
    (check,) = json.loads(capsys.readouterr().out)["checks"]
    assert check["requirements"] == ["handshake.request"]
    (finding, _) = check["findings"]
    assert finding["path"] == "negotiation[0][0].version"


def test_a_client_that_never_comes_leaves_nothing_to_grade(
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = [*NEGOTIATION, *FIELDS, "--patience", "0.2"]
    assert main(["probe", *options, "--", sys.executable, "-c", "pass"]) == 5
    assert "no client came" in capsys.readouterr().out


def test_without_a_command_it_lists_its_situations_and_waits_until_it_is_interrupted() -> None:
    argv = [sys.executable, "-m", "conformance.cli", "probe", *NEGOTIATION]
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=env) as process:
        watchdog = threading.Timer(30, process.kill)
        watchdog.start()
        assert process.stdout is not None
        base = process.stdout.readline().removeprefix("listening on ").strip()
        with urllib.request.urlopen(base) as response:
            (listed,) = json.load(response)["situations"]
        with pytest.raises(urllib.request.HTTPError, match="404"):
            urllib.request.urlopen(f"{base}/nowhere")
        process.send_signal(signal.SIGINT)
        printed = process.stdout.read()
        assert process.wait() == 130
        watchdog.cancel()
    assert listed["path"] == "/negotiation"
    assert "interrupted: this report is partial" in printed


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--only", "BAYEUX-CLIENT-X"], "no such check: BAYEUX-CLIENT-X"),
        (["--situation", "x"], "no such situation: x"),
        (["-n", "0"], "-n and --patience are positive"),
        (["--report", "/dev/null/x"], "cannot write: Not a directory"),
    ],
)
def test_input_that_cannot_be_used_is_refused(
    options: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["probe", *options]) == 2
    assert reason in capsys.readouterr().err


def test_a_report_that_cannot_be_written_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--patience", "0.1", "--junitxml", str(tmp_path / "no" / "x.xml")]
    command = ["--", sys.executable, "-c", "pass"]
    assert main(["probe", *NEGOTIATION, *options, *command]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_a_command_that_is_none_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", *NEGOTIATION, "--", "/no/such/program"]) == 2
    assert "cannot run /no/such/program: No such file" in capsys.readouterr().err


def test_the_checks_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", "--list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) == 42
    assert listed[0].split()[:2] == ["BAYEUX-CLIENT-MESSAGE-CHANNEL", "MUST"]
