"""Runs the third parties and our own servers as real processes, and waits for what they say.

Everything is synchronised on lines of standard output: a server's `listening on`, a desktop's
`ready` and `notification`. Nothing sleeps. Used by the tests here and by `bench/`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
PATIENCE = 30.0  # seconds; far more than anything here takes on an idle machine

Line = Mapping[str, Any]


def missing() -> str | None:
    """Say what is not installed, in words that tell what to do; ``None`` when all is there."""
    if shutil.which("node") is None:
        return "node is not on the PATH: install Node.js 20 or later"
    packages = json.loads((HERE / "package.json").read_text())["dependencies"]
    if not all((HERE / "node_modules" / name).is_dir() for name in packages):
        return "the Node.js packages are not installed: run npm ci in tests/interop"
    return None


def need(lack: str | None, switch: str = "TAPESTRY_REQUIRE_INTEROP") -> None:
    """Skip a test for what is lacking; fail it where the variable ``switch`` is 1.

    CI sets it, so that it cannot lose these tests unseen.
    """
    if lack and os.environ.get(switch) == "1":
        pytest.fail(lack)
    if lack:
        pytest.skip(lack)


class Running:
    """A child process whose standard output is kept line by line."""

    def __init__(self, *argv: str, env: Mapping[str, str] | None = None) -> None:
        """Start ``argv``; its standard input stays open until :meth:`stop`."""
        self.argv = argv
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def wait_until(self, holds: Callable[[list[str]], bool], what: str) -> None:
        """Wait until ``holds`` of the lines so far; fails when the process ends or hangs."""
        deadline = time.monotonic() + PATIENCE
        with self._changed:
            while not holds(self.lines):
                left = deadline - time.monotonic()
                if left <= 0 or not self._reader.is_alive():
                    raise AssertionError(f"{what} never came\n{self.account()}")
                self._changed.wait(min(left, 0.5))

    def base_url(self) -> str:
        """Wait for the ready line of a server and return its address."""
        self.wait_until(bool, "the ready line")
        found = re.fullmatch(r"listening on (http://\S+)", self.lines[0])
        assert found, f"not a ready line: {self.lines[0]!r}"
        return found[1]

    def wait(self, within: float = PATIENCE) -> int:
        """Wait for the process to end by itself and return its exit code."""
        try:
            code = self._process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it does not end\n{self.account()}") from None
        self._reader.join(PATIENCE)
        return code

    def stop(self) -> int:
        """Ask the process to end (SIGTERM) and return its exit code."""
        if self._process.poll() is None:
            self._process.terminate()
        return self.wait()

    def kill(self) -> None:
        """End the process by force, if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._stderr.close()

    def errors(self) -> str:
        """Return what the process has written to standard error."""
        self._stderr.seek(0)
        return self._stderr.read().decode(errors="replace")

    def account(self) -> str:
        """Tell what the process said, for the text of a failure."""
        tail = "\n".join(line[:400] for line in self.lines[-30:])
        return f"{' '.join(self.argv)}\n--- stdout\n{tail}\n--- stderr\n{self.errors()[-4000:]}"


class Desktop(Running):
    """One agent at a desktop (desktop.mjs)."""

    def __init__(
        self,
        base: str,
        agent: str,
        *,
        policy: str = "subject",
        think_ms: int = 0,
        expect: int = 0,
        transport: str = "long-polling",
    ) -> None:
        """Log ``agent`` in at ``base``; 0 for ``expect`` works until stopped."""
        argv = ["node", str(HERE / "desktop.mjs"), "--base", base, "--agent", agent]
        argv += ["--password-env", "DESKTOP_PASSWORD", "--policy", policy]
        argv += ["--transport", transport]
        argv += ["--think-ms", str(think_ms), *(["--expect", str(expect)] if expect else [])]
        super().__init__(*argv, env={"DESKTOP_PASSWORD": f"{agent}-pw"})

    def told(self, kind: str | None = None) -> list[Line]:
        """Return the lines of one kind, or all, so far."""
        told = map(json.loads, list(self.lines))
        return [line for line in told if kind in (None, line["kind"])]

    def wait_for(self, kind: str, count: int = 1) -> Line:
        """Wait for the ``count``-th line of a kind and return it."""
        self.wait_until(lambda _: len(self.told(kind)) >= count, f"{kind} number {count}")
        return self.told(kind)[count - 1]

    def finish(self) -> list[Line]:
        """Wait until it has ended its work well and return all it told."""
        code = self.wait()
        assert code == 0, f"exit code {code}\n{self.account()}"
        assert not self.told("problem"), self.account()
        return self.told()


def cli(verb: str, *arguments: str) -> Running:
    """Run a verb of the ``tapestry`` command."""
    return Running(sys.executable, "-m", "conformance.cli", verb, *arguments)


def server(verb: str, *arguments: str) -> Running:
    """Run a serving verb of the ``tapestry`` command on a free port."""
    return cli(verb, *arguments, "--listen", "127.0.0.1:0")


def foreign_server() -> Running:
    """Run the server on `cometd-nodejs-server` on a free port."""
    return Running("node", str(HERE / "gws_server.mjs"))


def provision(base: str, subject: str, agent: str) -> str:
    """Bring an email in for ``agent`` and return its id."""
    email = {"subject": subject, "from": "customer@example.com", "to": "support@example.com"}
    request = urllib.request.Request(
        f"{base}/admin/emails",
        json.dumps(email | {"agent": agent}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        return str(json.load(response)["id"])


def steps(lines: Iterable[Line]) -> list[str]:
    """Tell what a desktop did and was told, in order, with ids by order of appearance.

    Answers are left out: one may come before or after the notification that its call caused.
    """
    aliases: dict[str, str] = {}

    def alias(identifier: str) -> str:
        return aliases.setdefault(identifier, f"email#{len(aliases) + 1}")

    told = []
    for line in lines:
        if line["kind"] == "notification":
            data = line["data"]
            email = data["email"]
            what = f"{data['notificationType']} {email['state']} of {alias(email['id'])}"
            told.append(f"{line['channel']}: {what}")
        elif line["kind"] == "call":
            path = re.sub(r"(?<=/me/emails/)[^/?]+", lambda m: alias(m[0]), line["path"])
            operation = line.get("body", {}).get("operationName", "")
            told.append(f"{line['method']} {path} {operation}".rstrip())
    return told


def outcomes(lines: Iterable[Line]) -> list[tuple[int, int]]:
    """Return HTTP status and statusCode of every answer, in order of the calls."""
    answers = [line for line in lines if line["kind"] == "answer"]
    answers.sort(key=lambda line: line["n"])
    return [(line["status"], line["body"]["statusCode"]) for line in answers]
