import errno
import os
import signal
import subprocess
import sys
from contextlib import closing

import pytest

from tapestry.problems import Problem
from tapestry.tape import codec, journal
from tapestry.tape.journal import Journal, Sync
from tapestry.tape.model import End, Header

HEADER = Header("2026-11-21T09:30:00.000Z")


def end(n):
    return End(float(n), f"c{n}", "aborted")


def test_every_entry_is_in_the_file_before_the_next(tmp_path):
    path = tmp_path / "x.yaml"
    open_journal = Journal(path, HEADER)
    for n in range(3):
        open_journal.append(end(n))
        assert codec.load(path).entries == tuple(map(end, range(n + 1)))
    assert path.read_text().count("\n--- {") == 3


def test_a_clean_end_rewrites_in_block_style(tmp_path):
    path = tmp_path / "x.yaml"
    open_journal = Journal(path, HEADER)
    open_journal.append(end(1))
    before = codec.load(path)
    open_journal.close()
    assert path.read_text().endswith("reason: aborted\n...\n")
    assert codec.load(path) == before
    assert [item.name for item in tmp_path.iterdir()] == ["x.yaml"]
    open_journal.close()
    open_journal.append(end(2))
    assert codec.load(path) == before


def test_a_large_recording_and_json_lines_stay_as_they_are(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "MAX_BLOCK_ENTRIES", 1)
    for name in ("x.yaml", "x.jsonl", "y.yaml"):
        open_journal = Journal(tmp_path / name, HEADER)
        for n in range(1 if name != "x.yaml" else 2):
            open_journal.append(end(n))
        before = (tmp_path / name).read_text()
        open_journal.close(rewrite=name != "y.yaml")
        assert (tmp_path / name).read_text() == before
    assert not (tmp_path / "x.jsonl").read_text().startswith("---")


def test_an_older_cassette_is_replaced_only_when_told(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("precious")
    with pytest.raises(Problem, match="exists and would be overwritten"):
        Journal(path, HEADER)
    assert path.read_text() == "precious"
    Journal(path, HEADER, replace=True).close()
    assert codec.load(path).header == HEADER


@pytest.mark.parametrize("place", ["none/x.yaml", "/dev/full"])
def test_a_file_that_cannot_be_begun_is_a_problem(tmp_path, place):
    with pytest.raises(Problem, match="cannot write: No"):
        Journal(tmp_path / place, HEADER, replace=True)


def test_a_full_disk_is_told_and_counted_and_leaves_no_torn_entry(tmp_path, monkeypatch):
    path = tmp_path / "x.yaml"
    told = []
    open_journal = Journal(path, HEADER, on_failure=told.append)
    write, room = os.write, [10]

    def scarce(file, data):
        if not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = write(file, data[: room[0]])
        room[0] -= written
        return written

    with monkeypatch.context() as patched:
        patched.setattr(journal.os, "write", scarce)
        open_journal.append(end(1))
    open_journal.append(end(2))
    assert (open_journal.written, open_journal.lost) == (1, 1)
    assert told == [
        f"{path}: an entry was lost: No space left on device",
        f"{path}: recording goes on; 1 entry is missing",
    ]
    assert codec.load(path).entries == (end(2),)


def test_what_cannot_be_taken_back_is_told(tmp_path, monkeypatch):
    told = []
    open_journal = Journal(tmp_path / "x.yaml", HEADER, on_failure=told.append)

    def broken(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(journal.os, "write", broken)
    monkeypatch.setattr(journal.os, "ftruncate", broken)
    open_journal.append(end(1))
    assert [message.split(": ", 1)[1] for message in told] == [
        "a torn entry stays in it: Input/output error",
        "an entry was lost: Input/output error",
    ]


def test_a_rewrite_that_fails_leaves_the_recording(tmp_path, monkeypatch):
    path = tmp_path / "x.yaml"
    told = []
    open_journal = Journal(path, HEADER, on_failure=told.append)
    open_journal.append(end(1))

    def full(*_):
        raise Problem("cannot write: No space left on device")

    monkeypatch.setattr(journal.codec, "save", full)
    open_journal.close()
    assert told == [f"{path}: left in flow style: cannot write: No space left on device"]
    assert codec.load(path).entries == (end(1),)


def test_an_entry_that_cannot_be_written_costs_only_itself(tmp_path):
    told = []
    open_journal = Journal(tmp_path / "x.yaml", HEADER, on_failure=told.append)
    open_journal.append(end(float("nan")))
    open_journal.append(end(1))
    assert (open_journal.written, open_journal.lost) == (1, 1)
    assert told[0].endswith("an entry was lost: ValueError")


KILLED = """
import sys
from pathlib import Path
from tapestry.tape.journal import Journal, Sync
from tapestry.tape.model import End, Header
journal = Journal(Path(sys.argv[1]), Header("x"))
for n in range(10_000_000):
    journal.append(End(float(n), "c", "aborted"))
    if n % 50 == 0:
        print(n, flush=True)
"""


def test_a_killed_recorder_loses_no_acknowledged_entry(tmp_path):
    path = tmp_path / "x.yaml"
    command = [sys.executable, "-c", KILLED, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        acknowledged = [int(process.stdout.readline()) for _ in range(5)][-1]
        process.send_signal(signal.SIGKILL)
        acknowledged = max([acknowledged, *map(int, process.stdout.read().split("\n")[:-1])])
    entries = codec.load(path).entries
    assert [entry.at for entry in entries] == [float(n) for n in range(len(entries))]
    assert len(entries) > acknowledged


def test_losses_are_told_now_and_then_and_not_each(tmp_path, monkeypatch):
    told = []
    open_journal = Journal(tmp_path / "x.yaml", HEADER, on_failure=told.append)

    def full(file, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(journal.os, "write", full)
        for n in range(100):
            open_journal.append(end(n))
    assert open_journal.lost == 100
    assert [line.split(": ")[1] for line in told] == [
        "an entry was lost",
        "10 entries were lost",
        "100 entries were lost",
    ]


@pytest.mark.parametrize(
    ("sync", "synced"), [(Sync.ENTRY, [2, 2, 2]), (Sync.SECOND, [0, 0, 1]), (Sync.NEVER, [0, 0, 0])]
)
def test_entries_are_synced_as_the_policy_says(tmp_path, monkeypatch, sync, synced):
    calls = []
    monkeypatch.setattr(journal.os, "fdatasync", lambda file: calls.append(file))
    open_journal = Journal(tmp_path / "x.yaml", HEADER, sync=sync)
    open_journal.append(end(1))
    open_journal.append(end(2))
    counts = []
    for now in (5.0, 5.9, 6.0):
        open_journal.tick(now)
        counts.append(len(calls))
    assert counts == synced


def test_a_recording_can_go_on_where_it_ended(tmp_path):
    path = tmp_path / "x.yaml"
    with closing(Journal(path, HEADER)) as first:
        first.append(end(1))
    with closing(Journal(path, None)) as second:
        second.append(end(2))
    assert codec.load(path).entries == (end(1), end(2))
    with pytest.raises(Problem, match="cannot write"):
        Journal(tmp_path / "none" / "y.yaml", None)
