"""The writing end of a pipe that nobody waits for.

While the reader keeps up, bytes are in the kernel's hands before the call returns, so that they
outlive this process. When it does not, they queue in memory and a thread writes them in order.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

MAX_WAITING: Final = 256 * 1024 * 1024
"""Bytes that may wait in memory for the writing process."""

PIPE_BYTES: Final = 1 << 20


class Pipe:
    """The writing end of a pipe that is never waited for. ``lost`` counts what was not taken."""

    def __init__(self, file: int, on_broken: Callable[[], None], limit: int = MAX_WAITING) -> None:
        """Write to ``file``; ``on_broken`` is called when nobody reads it any more."""
        self.lost = 0
        self.waiting = 0
        self._file = file
        self._limit = limit
        self._on_broken = on_broken
        self._queue: deque[bytes | memoryview] = deque()
        self._turn = threading.Condition()
        self._broken = False
        self._drain: threading.Thread | None = None
        os.set_blocking(file, False)
        with contextlib.suppress(OSError, AttributeError):  # more than Linux gives by default
            fcntl.fcntl(file, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    def put(self, data: bytes, *, always: bool = False) -> bool:
        """Write ``data``, or queue it while there is room (or ``always``); tell whether it went."""
        with self._turn:
            if self._broken:
                self.lost += 1
                return False
            if not self._queue:
                done = self._write(data)
                if done == len(data):
                    return True
                if done:
                    return self._enqueue(memoryview(data)[done:])
            if self.waiting + len(data) > self._limit and not always:
                return False
            return self._enqueue(data)

    def close(self, patience: float) -> None:
        """Wait until all is written, but not longer than ``patience`` seconds."""
        with self._turn:
            self._turn.wait_for(lambda: not self._queue or self._broken, patience)

    def cut(self) -> bool:
        """Take no more; tell whether that is news."""
        with self._turn:
            news = not self._broken
            self._broken = True
            self.lost += len(self._queue)
            self._queue.clear()
            self.waiting = 0
            self._turn.notify_all()
        return news

    def _write(self, data: bytes | memoryview) -> int:
        try:
            return os.write(self._file, data)
        except BlockingIOError:
            return 0
        except OSError:
            threading.Thread(target=self._on_broken, daemon=True).start()
            return 0

    def _enqueue(self, data: bytes | memoryview) -> bool:
        self._queue.append(data)
        self.waiting += len(data)
        if self._drain is None:
            self._drain = threading.Thread(target=self._run, name="tapestry-pipe", daemon=True)
            self._drain.start()
        return True

    def _run(self) -> None:
        """Write what is queued as the reader takes it; ends when the queue is empty."""
        room = select.poll()
        room.register(self._file, select.POLLOUT)
        while True:
            room.poll()
            with self._turn:
                if self._broken or not self._queue:
                    self._drain = None
                    self._turn.notify_all()
                    return
                data = self._queue.popleft()
                done = self._write(data)
                self.waiting -= done
                if done < len(data):
                    self._queue.appendleft(memoryview(data)[done:])
