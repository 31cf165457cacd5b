"""Serves an ASGI application on loopback: in the foreground for a verb, in a thread for a caller.

Every Tapestry server behaves alike: it prints one ``listening on http://HOST:PORT`` line when it is
ready, takes a free port when asked for port 0, and ends cleanly on SIGINT and SIGTERM. Held polls
are released by ``before_stop``, because a server that waits for its long-polls never ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tapestry.problems import Problem

if TYPE_CHECKING:
    import uvicorn

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BACKLOG = 4096
CUT = "tapestry.cut"
"""The ASGI extension that lets an application cut the connection of a request: its member
``abort`` is a callable that does so at once, with no answer."""
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Listen:
    """An address to listen on; port 0 takes a free one."""

    host: str = LOOPBACK
    port: int = 0

    @classmethod
    def parse(cls, text: str) -> Listen:
        """Read ``HOST:PORT``, ``[V6]:PORT`` or ``PORT``. Raises :class:`Problem`."""
        host, _, port = text.rpartition(":")
        if not port.isdecimal() or not 0 <= int(port) <= 65535:
            raise Problem(f"not an address to listen on: {text!r}", remedy="write HOST:PORT")
        return cls(host.strip("[]") or LOOPBACK, int(port))

    @property
    def loopback(self) -> bool:
        """Tell whether only this machine can connect."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def bind(self) -> socket.socket:
        """Open the listening socket. Raises :class:`Problem` when the address cannot be had."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        opened = socket.socket(family, socket.SOCK_STREAM)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((self.host, self.port))
        except OSError as fault:
            opened.close()
            raise Problem(
                f"cannot listen on {self.host}:{self.port}: {fault.strerror or fault}",
                remedy="choose another --listen HOST:PORT; port 0 takes a free one",
            ) from None
        return opened


def base_url(opened: socket.socket) -> str:
    """Return the URL at which a bound socket is reached."""
    host, port = opened.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: App, listen: Listen, *, before_stop: Callable[[], None] = lambda: None) -> None:
    """Serve ``app`` until SIGINT or SIGTERM, announcing the address on standard output."""
    opened = listen.bind()
    with opened:
        asyncio.run(_serve_until_signalled(app, opened, before_stop), loop_factory=_loop_factory())


@contextmanager
def serving(
    app: App, listen: Listen | None = None, *, before_stop: Callable[[], None] = lambda: None
) -> Iterator[str]:
    """Serve ``app`` from a thread for the length of the block; yields its base URL."""
    opened = (listen or Listen()).bind()
    ready = threading.Event()
    server = _server(app, before_stop, ready.set)
    thread = threading.Thread(
        target=lambda: asyncio.run(server.serve([opened]), loop_factory=_loop_factory()),
        daemon=True,
    )
    with opened:
        thread.start()
        ready.wait()
        try:
            yield base_url(opened)
        finally:
            server.should_exit = True
            thread.join()


async def _serve_until_signalled(
    app: App, opened: socket.socket, before_stop: Callable[[], None]
) -> None:
    def announce() -> None:
        print(f"listening on {base_url(opened)}", flush=True)  # noqa: T201 - the contract

    server = _server(app, before_stop, announce)

    def stop() -> None:
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop)
    await server.serve([opened])


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # not made for this platform
        return None
    return uvloop.new_event_loop


def _server(app: App, before_stop: Callable[[], None], ready: Callable[[], None]) -> uvicorn.Server:
    import uvicorn  # imported here: 120 ms that only a serving verb should pay
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    class Server(uvicorn.Server):
        """Uvicorn without its own signal handling, and with our two moments told."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            before_stop()
            await super().shutdown(sockets)

    class Protocol(HttpToolsProtocol):
        """Uvicorn's protocol, with the extension that lets an application cut a connection."""

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self.scope["extensions"] = {CUT: {"abort": self.transport.abort}}

    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    return Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            loop="none",
            http=Protocol,
            ws="wsproto",
            backlog=BACKLOG,
            server_header=False,
            timeout_graceful_shutdown=2,
            timeout_keep_alive=75,
        )
    )
