"""Runs what the README tells a newcomer to type, so that it stays true."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.reference.app import reference_server
from tapestry.serving import Listen

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SERVES = ("tapestry reference", "tapestry record", "tapestry replay")
PORTS = ("8090", "8091", "8092")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


@pytest.fixture
def free_ports() -> dict[str, str]:
    """Stand-ins for the README's ports, so that a busy machine fails nothing."""
    opened = [Listen().bind() for _ in PORTS]
    numbers = [str(one.getsockname()[1]) for one in opened]
    for one in opened:
        one.close()
    return dict(zip(PORTS, numbers, strict=True))


class Terminal:
    """Types commands as a newcomer does: a server stays on until another needs its place."""

    def __init__(self, folder: Path, ports: dict[str, str]) -> None:
        self.folder = folder
        self.ports = ports
        binaries = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": binaries, "NO_COLOR": "1"}
        self.serving: dict[str, subprocess.Popen[str]] = {}
        self.printed: dict[str, str] = {}

    def type(self, command: str) -> None:
        for port, free in self.ports.items():
            command = command.replace(port, free)
        if command.startswith("export "):
            pairs = shlex.split(command)[1:]
            self.environment |= dict(pair.split("=", 1) for pair in pairs)
        elif command.startswith(SERVES):
            self.serve(command)
        else:
            self.run(command)

    def serve(self, command: str) -> None:
        process = subprocess.Popen(
            shlex.split(command),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.serving[command.split()[1]] = process
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:"), (command, process.stderr)

    def run(self, command: str) -> None:
        ended = subprocess.run(
            shlex.split(command),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert ended.returncode == 0, (command, ended.stdout, ended.stderr)
        self.printed[command] = ended.stdout

    def stop(self, verb: str) -> None:
        process = self.serving.pop(verb)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
        assert process.returncode == 0, errors
        assert "Traceback" not in errors, errors


@contextmanager
def terminal(folder: Path, ports: dict[str, str]) -> Iterator[Terminal]:
    opened = Terminal(folder, ports)
    try:
        yield opened
    finally:
        for verb in list(opened.serving):
            opened.stop(verb)


@pytest.mark.slow
def test_the_commands_do_what_the_readme_says(tmp_path: Path, free_ports: dict[str, str]) -> None:
    (target,) = [block for block in blocks("yaml") if block.startswith("# target.yaml")]
    for port, free in free_ports.items():
        target = target.replace(port, free)
    (tmp_path / "target.yaml").write_text(target)
    with terminal(tmp_path, free_ports) as shell:
        for block in blocks("sh"):
            for command in block.splitlines():
                if "tapestry show" in command:
                    shell.stop("record")
                shell.type(command)
        shown = next(text for command, text in shell.printed.items() if " show " in command)
        assert "because of" in shown
        verdicts = [text for command, text in shell.printed.items() if " verify" in command]
        assert len(verdicts) == 4
        assert all(text.splitlines()[-1].startswith("verdict=conformant ") for text in verdicts), (
            verdicts
        )
    page = (tmp_path / "reports" / "report.html").read_text()
    assert "conformant" in page
    run = json.loads((tmp_path / "reports" / "run.json").read_text())
    assert run["verdict"] == "conformant"


@pytest.mark.slow
def test_the_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from conformance.demo.workday import mail_to, work_a_day
    from proxy_addons.recorder import recording

    monkeypatch.chdir(tmp_path)
    with reference_server() as server, recording(server, "day.yaml") as proxy:
        work_a_day(proxy, mail_to(server))
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), {})


def test_the_demo_output_shown_is_that_of_the_demo() -> None:
    from conformance.demo import tour

    (shown,) = blocks("text")
    stations = re.findall(r"^── (.*)$", shown, re.MULTILINE)
    source = Path(tour.__file__).read_text(encoding="utf-8")
    assert stations
    for station in stations:
        assert f'_station("{station}")' in source
