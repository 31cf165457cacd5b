"""The recorder: mitmproxy's master with only what recording needs, as a reverse proxy.

The default set of addons costs more than half of each request, so they are left out. Runs in the
foreground for the command line and in a thread for Python callers.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal
from urllib.parse import urlsplit

from mitmproxy.addons.core import Core
from mitmproxy.addons.next_layer import NextLayer
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.addons.tlsconfig import TlsConfig
from mitmproxy.master import Master
from mitmproxy.options import Options

from proxy_addons.record import RecordAddon, tell
from proxy_addons.session import RecordingSession, open_session
from tapestry.problems import Place, Problem
from tapestry.serving import Listen, base_url

Mode = Literal["once", "all", "passthrough"]
OnReady = Callable[[str], None]

_PROXYSERVER: Any = Proxyserver

# mitmproxy keeps its options and its master in module globals, so two recorders would share them.
_ALONE = threading.Lock()


def record(upstream: str, listen: Listen, out: Path, mode: Mode = "once") -> None:
    """Record in the foreground until SIGINT or SIGTERM, announcing the address on stdout.

    A line on standard error says at the end what was recorded. Raises :class:`Problem` for an
    upstream, a file or an address that cannot be used.
    """
    plan = _Plan(check_upstream(upstream), listen, out, mode)

    def announce(url: str) -> None:
        print(f"listening on {url}", flush=True)  # noqa: T201 - the contract

    async def until_signalled() -> None:
        recorder = _Recorder(plan, announce)
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, recorder.stop)
        summary = await recorder.run()
        if summary:
            tell(summary)

    with _alone():
        asyncio.run(until_signalled())


@contextmanager
def recording(
    upstream: str,
    out: Path | str,
    *,
    listen: Listen | None = None,
    mode: Mode = "once",
    key: bytes | None = None,
) -> Iterator[str]:
    """Record from a thread for the length of the block; yields the base URL to talk to.

    The cassette is whole when the block has ended. Recordings made with the same secret ``key``
    have the same pseudonyms, so that their people and texts can be compared; each has a key of its
    own when there is none. Raises :class:`Problem` like :func:`record`, and when another recording
    runs in this process.
    """
    plan = _Plan(check_upstream(upstream), listen or Listen(), Path(out), mode, key)
    with _alone():
        thread = _RecordingThread(plan)
        url = thread.begin()
        try:
            yield url
        finally:
            thread.end()


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be recorded, and how."""

    upstream: str
    listen: Listen
    out: Path
    mode: Mode
    key: bytes | None = field(default=None, repr=False)

    def open_session(self) -> RecordingSession | None:
        """Begin the cassette, unless nothing is to be recorded. Raises :class:`Problem`."""
        if self.mode == "passthrough":
            return None
        if self.mode == "once" and self.out.exists():
            raise Problem(
                "this cassette exists, and mode 'once' records only when there is none",
                where=Place(str(self.out)),
                remedy=f"play it with 'tapestry replay {self.out}', replace it with --mode all, or"
                " choose another --out",
            )
        replace = self.mode == "all"
        return open_session(
            self.out, self.upstream, time.monotonic, tell, replace=replace, key=self.key
        )


class _Recorder:
    """One run of the proxy, on the running loop."""

    def __init__(self, plan: _Plan, on_ready: OnReady) -> None:
        with plan.listen.bind() as opened:  # tells in our own words when it cannot be had
            self._url = base_url(opened)
            port = opened.getsockname()[1]
        self._session = plan.open_session()
        self._secure = plan.upstream.startswith("https:")
        self._on_ready = on_ready
        # mitmproxy is typed in part: its master, options and addons are taken as they are.
        self._options: Any = Options(
            mode=[f"reverse:{plan.upstream}"], listen_host=plan.listen.host, listen_port=port
        )
        self._master: Any = Master(self._options)
        self._proxy: Any = _PROXYSERVER()

    async def run(self) -> str | None:
        """Serve until :meth:`stop`, and return the summary of what was recorded."""
        asyncio.get_running_loop().set_exception_handler(_ignore_cancelled)
        with TemporaryDirectory(prefix="tapestry-") as folder:
            self._options.update(confdir=folder)
            self._add_addons()
            await self._master.run()
        return self._session.summary() if self._session is not None else None

    def stop(self) -> None:
        """End the run; may be called from any thread."""
        self._master.shutdown()

    def running(self) -> None:
        """Announce the address; mitmproxy calls this when its servers stand."""
        if self._proxy.listen_addrs():
            self._on_ready(self._url)
        else:
            self.stop()

    def _add_addons(self) -> None:
        addons: list[Any] = [Core(), self._proxy, NextLayer()]
        if self._secure:
            addons.append(TlsConfig())
        if self._session is not None:
            addons.append(RecordAddon(self._session))
        self._master.addons.add(*addons, self)
        # Connect upstream with the first request: else a server that is down closes the client's
        # connection before there is an exchange to record.
        self._options.update(connection_strategy="lazy")


class _RecordingThread:
    """Runs a recorder on a loop of its own."""

    def __init__(self, plan: _Plan) -> None:
        self._plan = plan
        self._started = threading.Event()
        self._url: str | None = None
        self._recorder: _Recorder | None = None
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="tapestry-recorder", daemon=True)

    def begin(self) -> str:
        """Start and return the URL, or raise what kept it from starting."""
        self._thread.start()
        self._started.wait()
        if self._url is None:
            self._thread.join()
            raise self._fault or Problem("the recorder could not listen")
        return self._url

    def end(self) -> None:
        if self._recorder is not None:
            self._recorder.stop()
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._record())
        except BaseException as fault:  # noqa: BLE001 - handed to the thread that waits
            self._fault = fault
        finally:
            self._started.set()

    async def _record(self) -> None:
        self._recorder = _Recorder(self._plan, self._ready)
        await self._recorder.run()

    def _ready(self, url: str) -> None:
        self._url = url
        self._started.set()


def check_upstream(upstream: str) -> str:
    """Return ``upstream`` as ``http(s)://host[:port]``. Raises :class:`Problem`."""
    remedy = "write http://HOST:PORT or https://HOST[:PORT]"
    try:
        parts = urlsplit(upstream)
        port = parts.port
    except ValueError:
        raise Problem(f"not an upstream: {upstream!r}", remedy=remedy) from None
    if parts.username is not None or parts.password is not None:
        raise Problem("an upstream must not hold credentials", remedy=remedy)
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise Problem(f"not an upstream: {upstream!r}", remedy=remedy)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise Problem(
            f"an upstream is a server without a path: {upstream!r}",
            why="paths are recorded as the client sends them",
            remedy=f"write {parts.scheme}://{parts.netloc}",
        )
    return f"{parts.scheme}://{parts.netloc}"


def _ignore_cancelled(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Let held polls be cancelled at the end without a traceback for each."""
    if not isinstance(context.get("exception"), asyncio.CancelledError):
        loop.default_exception_handler(context)


@contextmanager
def _alone() -> Iterator[None]:
    if not _ALONE.acquire(blocking=False):
        raise Problem(
            "another recording runs in this process",
            remedy="end it first, or record in a process of its own with 'tapestry record'",
        )
    try:
        yield
    finally:
        _ALONE.release()
