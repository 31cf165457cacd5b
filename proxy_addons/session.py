"""One recording: what is in flight, who is who, and what goes into the journal when it is over.

It hears of requests, answers, breaks and frames by key and knows nothing of mitmproxy, so all of it
can be tried without a proxy. Whatever goes wrong in here is counted and told; it never reaches the
traffic that is being recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from tapestry.tape.agents import AgentRegistry
from tapestry.tape.journal import Journal
from tapestry.tape.model import Body, End, Entry, Exchange, Frame, Header, Request, Response
from tapestry.tape.redact import Redactor

Clock = Callable[[], float]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Pending:
    at: float
    request: Request
    connection: str


@dataclass(frozen=True, slots=True)
class _Socket:
    name: str
    agent: str | None


class RecordingSession:
    """Turns what happens on the wire into entries. Times come from ``clock``, in seconds."""

    def __init__(self, journal: Journal, redactor: Redactor, clock: Clock, tell: Tell) -> None:
        """Record into ``journal``; ``tell`` is given every fault, in words for people."""
        self._journal = journal
        self._redactor = redactor
        self._clock = clock
        self._tell = tell
        self._began = clock()
        self._agents = AgentRegistry()
        self._pending: dict[str, _Pending] = {}
        self._sockets: dict[str, _Socket] = {}
        self._socket_count = 0
        self._faults = 0

    def request(self, key: str, connection: str, request: Request) -> None:
        """Note that the request of exchange ``key`` is complete."""
        self._pending[key] = _Pending(self._now(), request, connection)

    def response(self, key: str, response: Response, *, upgraded: bool = False) -> None:
        """Record exchange ``key``; ``upgraded`` when its connection is a WebSocket from now on."""
        pending = self._pending.pop(key, None)
        if pending is None:
            return
        agent = self._agents.identify(pending.request, response)
        socket = self._open_socket(key, agent) if upgraded else None
        self._keep(
            Exchange(
                at=pending.at,
                took=round(self._now() - pending.at, 3),
                request=pending.request,
                response=response,
                agent=agent,
                connection=pending.connection,
                socket=socket,
            )
        )

    def broken(self, key: str, reason: str) -> None:
        """Record that exchange ``key`` ended without a response."""
        pending = self._pending.pop(key, None)
        if pending is None:
            return
        self._keep(
            End(
                at=pending.at,
                of=pending.connection,
                reason=reason,
                took=round(self._now() - pending.at, 3),
                agent=self._agents.identify(pending.request),
                request=pending.request,
            )
        )

    def frame(self, key: str, sender: Literal["client", "server"], body: Body) -> None:
        """Record a WebSocket message on the connection that exchange ``key`` upgraded."""
        socket = self._sockets.get(key)
        if socket is None:
            return
        agent = self._agents.frame(body, socket.agent)
        if agent != socket.agent:
            self._sockets[key] = _Socket(socket.name, agent)
        self._keep(Frame(self._now(), socket.name, sender, body, agent))

    def socket_closed(self, key: str, reason: str) -> None:
        """Record the end of a WebSocket."""
        socket = self._sockets.pop(key, None)
        if socket is not None:
            self._keep(End(self._now(), socket.name, reason, agent=socket.agent))

    def fault(self, fault: Exception) -> None:
        """Count an entry that could not be recorded; only the type is told, never a value."""
        self._faults += 1
        self._tell(f"an entry was not recorded: {type(fault).__name__}")

    def close(self) -> None:
        """Record what is still in flight as ended, and end the journal."""
        for key in list(self._pending):
            self._attempt(self.broken, key)
        for key in list(self._sockets):
            self._attempt(self.socket_closed, key)
        self._journal.close()

    def summary(self) -> str:
        """Return one line on what was recorded."""
        rules = self._redactor.summary["rules"]
        written = self._journal.written
        return (
            f"{self._journal.path}: {written} {'entry' if written == 1 else 'entries'},"
            f" {self._journal.lost + self._faults} not recorded,"
            f" {len(self._redactor.hits)} of {rules} redaction rules applied"
        )

    def _attempt(self, end: Callable[[str, str], None], key: str) -> None:
        try:
            end(key, "recorder stopped")
        except Exception as fault:  # noqa: BLE001 - one entry must not cost the others
            self.fault(fault)

    def _open_socket(self, key: str, agent: str | None) -> str:
        self._socket_count += 1
        name = f"w{self._socket_count}"
        self._sockets[key] = _Socket(name, agent)
        return name

    def _keep(self, entry: Entry) -> None:
        match entry:
            case Exchange():
                self._journal.append(self._redactor.exchange(entry))
            case Frame():
                self._journal.append(self._redactor.frame(entry))
            case End():
                self._journal.append(self._redactor.end(entry))

    def _now(self) -> float:
        """Return milliseconds since the recording began."""
        return round((self._clock() - self._began) * 1000, 3)


def open_session(
    out: Path,
    upstream: str | None,
    clock: Clock,
    tell: Tell,
    *,
    replace: bool = False,
    key: bytes | None = None,
) -> RecordingSession:
    """Begin a cassette at ``out``; ``key`` makes its pseudonyms, a fresh one when absent.

    Raises :class:`~tapestry.problems.Problem`.
    """
    redactor = Redactor(key)
    header = Header(
        recorded=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        upstream=upstream,
        tool={"tapestry": _version("bayeux-tapestry"), "mitmproxy": _version("mitmproxy")},
        redaction=redactor.summary,
    )
    journal = Journal(out, header, replace=replace, on_failure=tell)
    return RecordingSession(journal, redactor, clock, tell)


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "unknown"
