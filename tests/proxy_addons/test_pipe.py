import contextlib
import os
import threading

import pytest

from proxy_addons.pipe import Pipe


@pytest.fixture
def ends():
    reading, writing = os.pipe()
    yield reading, writing
    for end in (reading, writing):
        with contextlib.suppress(OSError):
            os.close(end)


def drained(reading, size):
    data = b""
    while len(data) < size:
        data += os.read(reading, 1 << 16)
    return data


def test_a_full_pipe_makes_nobody_wait_and_keeps_the_order(ends):
    reading, writing = ends
    pipe = Pipe(writing, lambda: None)
    pieces = [bytes([number % 256]) * 100_000 for number in range(40)]
    assert all(pipe.put(piece) for piece in pieces)
    assert pipe.waiting > 0
    assert drained(reading, 4_000_000) == b"".join(pieces)
    pipe.close(10)
    assert pipe.waiting == 0


def test_beyond_the_bound_things_are_refused_but_not_what_must_go(ends):
    reading, writing = ends
    pipe = Pipe(writing, lambda: None, limit=100_000)
    assert pipe.put(b"a" * 2_000_000)  # in the pipe in part: the rest must follow
    assert not pipe.put(b"b" * 10)
    assert pipe.put(b"c" * 10, always=True)
    assert drained(reading, 2_000_010).endswith(b"ac" + b"c" * 9)


def test_a_pipe_that_nobody_reads_is_told_once_and_counts(ends):
    reading, writing = ends
    told = threading.Event()
    pipe = Pipe(writing, lambda: told.set() if pipe.cut() else None)
    os.close(reading)
    pipe.put(b"x")
    assert told.wait(10)
    assert not pipe.put(b"y")
    assert not pipe.cut()
    assert pipe.lost >= 1
