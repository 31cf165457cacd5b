"""Compares `tapestry replay` with mitmproxy's own server replay, on one CometD session.

    python bench/mitmproxy_replay.py

A desktop on the official JavaScript client takes two emails, accepts the first and rejects the
second. That is recorded twice, by `mitmdump -w` and by `tapestry record`. Then the server is ended
and the same desktop works against each recording, first without a pause and then with 0.8 s before
each action. The table says how many notifications it got, how many of those came before the call
that causes them, and whether it saw all in the order of the recording.

Expect mitmproxy to pass, if at all, only without a pause: it answers each poll at once with the
next response on the tape, for it has no notion that a held poll waits for something to happen; and
it matches requests by their bytes, in which CometD counts its messages. Nothing is wrong with it:
the unit of its replay is the HTTP response, and that of CometD is the message.

Needs Node.js and `npm ci` in tests/interop. Takes about a minute; it is a comparison, not a test.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # run as a script, Python looks in bench/ only

from tests.interop.processes import (  # noqa: E402 - needs the line above
    Desktop,
    Line,
    Running,
    missing,
    provision,
    server,
    steps,
)

POLICY = "script=accept,reject"
NOTIFICATIONS = 4
PATIENCE = 20.0  # seconds that a desktop gets; a good replay needs three
CAUSES = {"Processing": "Accept", "Completed": "Reject"}

Start = Callable[[Path, str], Running]


def mitm_record(tape: Path, upstream: str) -> Running:
    """Start mitmdump as a recording reverse proxy."""
    return _mitmdump(upstream, "-w", str(tape))


def mitm_replay(tape: Path, upstream: str) -> Running:
    """Start mitmdump replaying; what it does not find it answers with 404."""
    options = ("server_replay_extra=404", "server_replay_reuse=false", "keepserving=true")
    sets = [word for option in options for word in ("--set", option)]
    lazy = ["--set", "connection_strategy=lazy"]  # else it wants the server, which has ended
    return _mitmdump(upstream, "--server-replay", str(tape), *sets, *lazy)


def _mitmdump(upstream: str, *options: str) -> Running:
    program = shutil.which("mitmdump", path=str(Path(sys.executable).parent)) or "mitmdump"
    mode = f"reverse:{upstream}@127.0.0.1:0"
    return Running(program, "--mode", mode, "--set", "flow_detail=0", *options)


@dataclass(frozen=True, slots=True)
class Contender:
    """A way to record and replay, and the file name that it wants."""

    name: str
    record: Start
    replay: Start
    tape: str

    def address(self, process: Running) -> str:
        """Wait until ``process`` listens and return its address."""
        if self.name == "tapestry":
            return process.base_url()
        process.wait_until(lambda lines: any("listening at" in line for line in lines), "ready")
        line = next(line for line in process.lines if "listening at" in line)
        found = re.search(r"listening at (\S+?)\.?$", line)
        assert found, line
        return f"http://{found[1]}"


CONTENDERS = (
    Contender("mitmproxy", mitm_record, mitm_replay, "day.flow"),
    Contender(
        "tapestry",
        lambda tape, upstream: server("record", upstream, "--out", str(tape)),
        lambda tape, upstream: server("replay", str(tape)),
        "day.yaml",
    ),
)


@contextmanager
def ended(*processes: Running) -> Iterator[None]:
    """See to it that ``processes`` end with the block."""
    try:
        yield
    finally:
        for process in processes:
            process.kill()


def record(contender: Contender, tape: Path) -> tuple[list[Line], str]:
    """Record the desktop; returns what it told, and the address of the server, now ended."""
    reference = server("reference")
    with ended(reference):
        upstream = reference.base_url()
        recorder = contender.record(tape, upstream)
        with ended(recorder):
            base = contender.address(recorder)
            desktop = Desktop(base, "alice", policy=POLICY, expect=NOTIFICATIONS)
            with ended(desktop):
                desktop.wait_for("ready")
                for number, subject in enumerate(("A question", "An advertisement"), start=1):
                    provision(upstream, subject, "alice")
                    desktop.wait_for("notification", 2 * number)
                lines = desktop.finish()
            recorder.stop()
    return lines, upstream


def replay(
    contender: Contender, tape: Path, upstream: str, think_ms: int
) -> tuple[list[Line], str]:
    """Let the desktop work at the recording; returns what it told and how it ended."""
    player = contender.replay(tape, upstream)
    with ended(player):
        base = contender.address(player)
        desktop = Desktop(base, "alice", policy=POLICY, think_ms=think_ms, expect=NOTIFICATIONS)
        with ended(desktop):
            try:
                code = desktop.wait(PATIENCE)
                how = "well" if code == 0 else f"gave up (exit {code})"
            except AssertionError:
                how = f"stuck after {PATIENCE:g} s"
                desktop.kill()
            return desktop.told(), how


def early(lines: list[Line]) -> int:
    """Count the notifications that came before the call which causes them."""
    sent: set[tuple[str, str]] = set()
    count = 0
    for line in lines:
        if line["kind"] == "call" and "/emails/" in line["path"]:
            sent.add((line["path"].rpartition("/")[2], line["body"]["operationName"]))
        elif line["kind"] == "notification":
            email = line["data"]["email"]
            cause = CAUSES.get(email["state"])
            count += cause is not None and (email["id"], cause) not in sent
    return count


def row(name: str, think_ms: int, lines: list[Line], how: str, recorded: list[str]) -> str:
    """Return one line of the table."""
    got = sum(line["kind"] == "notification" for line in lines)
    same = "yes" if steps(lines) == recorded else "no"
    refused = sum(line["kind"] == "answer" and line["status"] != 200 for line in lines)
    counts = f"{got:8}/{NOTIFICATIONS} {early(lines):6} {refused:8}"
    return f"{name:10} {think_ms:5} {counts} {same:6} {how}"


def main() -> int:
    """Run the comparison and print the table."""
    lack = missing()
    if lack:
        print(lack, file=sys.stderr)
        return 2
    print("player     think notified  early  refused same   ended")
    with tempfile.TemporaryDirectory() as folder:
        for contender in CONTENDERS:
            tape = Path(folder) / contender.tape
            told, upstream = record(contender, tape)
            for think_ms in (0, 800):
                lines, how = replay(contender, tape, upstream, think_ms)
                print(row(contender.name, think_ms, lines, how, steps(told)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
