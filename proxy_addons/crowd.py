"""Makes room for many clients at once: a shift of agents logs in within the same minute."""

from __future__ import annotations

import os
import resource
import socket
from contextlib import suppress
from typing import Any

from tapestry.serving import BACKLOG


def widen_backlog(proxy: Any) -> None:
    """Let many clients come at once: mitmproxy's servers queue a hundred, and then make them wait.

    Listening again changes the length of the queue of a socket that listens already.
    """
    for instance in proxy.servers:
        for server in getattr(instance, "_servers", ()):
            for listening in getattr(server, "sockets", ()):
                with suppress(OSError), socket.socket(fileno=os.dup(listening.fileno())) as same:
                    same.listen(BACKLOG)


def allow_many_connections() -> None:
    """Raise the limit on open files as far as this user may: a held poll takes two."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
