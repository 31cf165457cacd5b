"""The recorder: mitmproxy's master with only what recording needs, as a reverse proxy.

The default set of addons costs more than half of each request, so they are left out. Runs in the
foreground for the command line and in a thread for Python callers.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from mitmproxy.addons.core import Core
from mitmproxy.addons.next_layer import NextLayer
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.addons.tlsconfig import TlsConfig
from mitmproxy.master import Master
from mitmproxy.options import Options

from proxy_addons.address import AddressAddon
from proxy_addons.control import ControlAddon
from proxy_addons.crowd import allow_many_connections, widen_backlog
from proxy_addons.deck import Deck
from proxy_addons.mode import Mode, mode_of
from proxy_addons.observe import ObserveAddon, tell
from proxy_addons.plan import Plan
from proxy_addons.replay import ReplayAddon
from proxy_addons.rewrite import Origins, RewriteRequests, RewriteResponses
from proxy_addons.settings import Settings
from proxy_addons.status import StatusAddon
from proxy_addons.validate import ValidateAddon
from tapestry.problems import Problem
from tapestry.serving import Listen, base_url

__all__ = ["Settings", "check_upstream", "record", "recording"]

OnReady = Callable[[str], None]

CONFDIR = Path("~/.mitmproxy")
"""Where mitmproxy keeps its certificate authority, for its own programs and for this one."""

_PROXYSERVER: Any = Proxyserver

# mitmproxy keeps its options and its master in module globals, so two recorders would share them.
_ALONE = threading.Lock()


def record(plan: Plan, settings: Settings) -> None:
    """Record in the foreground until SIGINT or SIGTERM, announcing the address on stdout.

    A line on standard error says at the end what was recorded, and on a terminal another one all
    the while how it goes. Raises :class:`Problem` for an upstream, a file or an address that cannot
    be used.
    """

    def announce(url: str) -> None:
        print(f"listening on {url}", flush=True)  # noqa: T201 - the contract

    async def until_signalled() -> None:
        recorder = _Recorder(plan, settings, announce, watched=sys.stderr.isatty())
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, recorder.stop)
        for summary in await recorder.run():
            tell(summary)

    with _alone():
        asyncio.run(until_signalled())


@contextmanager
def recording(
    upstream: str,
    out: Path | str,
    *,
    listen: Listen | None = None,
    mode: Mode | str = Mode.ONCE,
    key: bytes | None = None,
    plan: Plan | None = None,
    settings: Settings | None = None,
) -> Iterator[str]:
    """Record from a thread for the length of the block; yields the base URL to talk to.

    The cassette is whole when the block has ended. Recordings made with the same secret ``key``
    have the same pseudonyms, so that their people and texts can be compared; each has a key of its
    own when there is none. ``plan`` and ``settings`` say more where that is needed. Raises
    :class:`Problem` like :func:`record`, and when another recording runs in this process.
    """
    plan = replace(plan or Plan(""), out=str(out), upstream=check_upstream(upstream), key=key)
    settings = replace(settings or Settings(), listen=listen or Listen(), mode=mode_of(mode))
    with _alone():
        thread = _RecordingThread(plan, settings)
        url = thread.begin()
        try:
            yield url
        finally:
            thread.end()


class _Recorder:
    """One run of the proxy, on the running loop."""

    def __init__(
        self, plan: Plan, settings: Settings, on_ready: OnReady, *, watched: bool = False
    ) -> None:
        for problem in settings.problems():
            raise problem
        assert plan.upstream is not None
        origins = None
        if settings.rewrite is not None:
            origins = Origins([*settings.rewrite, plan.upstream])
        with settings.listen.bind() as opened:  # tells in our own words when it cannot be had
            self._url = base_url(opened)
            port = opened.getsockname()[1]
        if settings.tls or settings.cert:
            self._url = self._url.replace("http:", "https:", 1)
        allow_many_connections()
        self._validate = ValidateAddon(tell)
        self._deck = Deck(plan, tell, self._validate.flag)
        self._deck.change(settings.mode)
        self._settings = settings
        self._secure = plan.upstream.startswith("https:")
        self._authority = urlsplit(plan.upstream).netloc
        self._on_ready = on_ready
        self._watched = watched
        self._told: list[str] = []
        # mitmproxy is typed in part: its master, options and addons are taken as they are.
        self._options: Any = Options(
            mode=[f"reverse:{plan.upstream}"], listen_host=settings.listen.host, listen_port=port
        )
        self._master: Any = Master(self._options)
        self._proxy: Any = _PROXYSERVER()
        self._origins = origins

    async def run(self) -> list[str]:
        """Serve until :meth:`stop`, and return what was recorded and played."""
        asyncio.get_running_loop().set_exception_handler(_ignore_cancelled)
        with _confdir(self._settings) as folder:
            self._options.update(confdir=str(folder))
            self._master.addons.add(*self._addons(), self)
            # Connect upstream with the first request: else a server that is down closes the
            # client's connection before there is an exchange to record.
            self._options.update(
                connection_strategy="lazy", keep_host_header=True, **self._settings.tls_options()
            )
            await self._master.run()
        return self._told

    def stop(self) -> None:
        """End the run; may be called from any thread."""
        self._master.shutdown()

    def running(self) -> None:
        """Announce the address; mitmproxy calls this when its servers stand."""
        if self._proxy.listen_addrs():
            widen_backlog(self._proxy)
            self._on_ready(self._url)
        else:
            self.stop()

    def done(self) -> None:
        """End the tapes. Held polls break off only after this hook, so they are ended here."""
        self._told = self._deck.close()

    def _addons(self) -> list[Any]:
        settings = self._settings
        addons: list[Any] = [Core(), self._proxy, NextLayer()]
        if self._secure or settings.tls or settings.cert:
            addons.append(TlsConfig())
        addons += [self._validate, ControlAddon(self._deck, tell), ReplayAddon(self._deck)]
        addons.append(AddressAddon(self._authority))
        if self._origins is not None:
            addons.append(RewriteRequests(self._origins))
        addons.append(ObserveAddon(self._deck))
        if self._origins is not None:
            addons.append(RewriteResponses(self._origins))
        if self._watched:
            addons.append(StatusAddon(lambda: (self._deck.mode, self._deck.state())))
        return addons


class _RecordingThread:
    """Runs a recorder on a loop of its own."""

    def __init__(self, plan: Plan, settings: Settings) -> None:
        self._plan = plan
        self._settings = settings
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
        self._recorder = _Recorder(self._plan, self._settings, self._ready)
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


@contextmanager
def _confdir(settings: Settings) -> Iterator[Path]:
    """Return where mitmproxy keeps certificates: for clients that trust them, a lasting place."""
    if settings.tls:
        yield CONFDIR.expanduser()
        return
    with TemporaryDirectory(prefix="tapestry-") as folder:
        yield Path(folder)


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
