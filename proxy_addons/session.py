"""One recording: what is in flight, who is who, and what goes onto the tape when it is over.

It hears of requests, answers, breaks and frames by key and moment, and knows neither mitmproxy nor
clocks nor processes, so all of it can be tried in memory. What goes wrong in here is counted and
told; it never reaches the traffic that is being recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from tapestry.tape.agents import AgentRegistry
from tapestry.tape.model import Body, End, Entry, Exchange, Frame, Request, Response
from tapestry.tape.redact import Redactor
from tapestry.tape.split import Part

Tell = Callable[[str], None]
Watch = Callable[[str, Entry], None]


class Sink(Part, Protocol):
    """Where entries go: a journal, or several."""

    path: Path


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a recording begins: ``began`` on the clock in seconds, or further on an older tape."""

    began: float
    offset_ms: float = 0.0
    agents: int = 0
    sockets: int = 0


@dataclass(frozen=True, slots=True)
class _Pending:
    at: float
    request: Request
    connection: str
    agent: str | None


@dataclass(frozen=True, slots=True)
class _Socket:
    name: str
    agent: str | None


class RecordingSession:
    """Turns what happens on the wire into entries. Moments are seconds on one monotonic clock."""

    def __init__(
        self,
        sink: Sink,
        redactor: Redactor,
        origin: Origin,
        tell: Tell,
        watch: Watch = lambda key, entry: None,
    ) -> None:
        """Record into ``sink``.

        ``tell`` is given every fault, in words for people; ``watch`` every entry as it is kept,
        that is after redaction, with the key of what it came from.
        """
        self.faults = 0
        self._sink = sink
        self._redactor = redactor
        self._origin = origin
        self._tell = tell
        self._watch = watch
        self._registry = AgentRegistry(origin.agents)
        self._pending: dict[str, _Pending] = {}
        self._sockets: dict[str, _Socket] = {}
        self._socket_count = origin.sockets
        self._seen: set[str] = set()

    @property
    def agents(self) -> int:
        """Return how many agents were seen."""
        return len(self._seen)

    @property
    def open(self) -> int:
        """Return how many requests and sockets are in flight."""
        return len(self._pending) + len(self._sockets)

    def request(
        self, key: str, now: float, connection: str, request: Request, agent: str | None = None
    ) -> None:
        """Note that the request of exchange ``key`` is complete; ``agent`` made it, if known."""
        self._pending[key] = _Pending(self._ms(now), request, connection, agent)

    def response(self, key: str, now: float, response: Response, *, upgraded: bool = False) -> None:
        """Record exchange ``key``; ``upgraded`` when its connection is a WebSocket from now on."""
        pending = self._pending.pop(key, None)
        if pending is None:
            return
        agent = pending.agent or self._registry.identify(pending.request, response)
        socket = self._open_socket(key, agent) if upgraded else None
        self._keep(
            key,
            Exchange(
                at=pending.at,
                took=round(self._ms(now) - pending.at, 3),
                request=pending.request,
                response=response,
                agent=agent,
                connection=pending.connection,
                socket=socket,
            ),
        )

    def broken(self, key: str, now: float, reason: str) -> None:
        """Record that exchange ``key`` ended without a response."""
        pending = self._pending.pop(key, None)
        if pending is None:
            return
        self._keep(
            key,
            End(
                at=pending.at,
                of=pending.connection,
                reason=reason,
                took=round(self._ms(now) - pending.at, 3),
                agent=pending.agent or self._registry.identify(pending.request),
                request=pending.request,
            ),
        )

    def frame(self, key: str, now: float, sender: Literal["client", "server"], body: Body) -> None:
        """Record a WebSocket message on the connection that exchange ``key`` upgraded."""
        socket = self._sockets.get(key)
        if socket is None:
            return
        agent = self._registry.frame(body, socket.agent)
        if agent != socket.agent:
            self._sockets[key] = _Socket(socket.name, agent)
        self._keep(key, Frame(self._ms(now), socket.name, sender, body, agent))

    def socket_closed(self, key: str, now: float, reason: str) -> None:
        """Record the end of a WebSocket."""
        socket = self._sockets.pop(key, None)
        if socket is not None:
            self._keep(key, End(self._ms(now), socket.name, reason, agent=socket.agent))

    def dropped(self, key: str) -> None:
        """Forget exchange ``key``: a part of it was lost on the way here."""
        self._pending.pop(key, None)
        self.faults += 1

    def fault(self, fault: Exception) -> None:
        """Count an entry that could not be recorded; only the type is told, never a value."""
        self.faults += 1
        self._tell(f"an entry was not recorded: {type(fault).__name__}")

    def close(self, now: float, reason: str = "recorder stopped") -> None:
        """Record what is still in flight as ended by ``reason``, and end the tape."""
        for key in list(self._pending):
            self._attempt(self.broken, key, now, reason)
        for key in list(self._sockets):
            self._attempt(self.socket_closed, key, now, reason)
        self._sink.close()

    def summary(self) -> str:
        """Return one line on what was recorded."""
        rules = self._redactor.summary["rules"]
        written = self._sink.written
        return (
            f"{self._sink.path}: {written} {'entry' if written == 1 else 'entries'},"
            f" {self._sink.lost + self.faults} not recorded,"
            f" {len(self._redactor.hits)} of {rules} redaction rules applied"
        )

    def _attempt(
        self, end: Callable[[str, float, str], None], key: str, now: float, reason: str
    ) -> None:
        try:
            end(key, now, reason)
        except Exception as fault:  # noqa: BLE001 - one entry must not cost the others
            self.fault(fault)

    def _open_socket(self, key: str, agent: str | None) -> str:
        self._socket_count += 1
        name = f"w{self._socket_count}"
        self._sockets[key] = _Socket(name, agent)
        return name

    def _keep(self, key: str, entry: Entry) -> None:
        if entry.agent is not None:
            self._seen.add(entry.agent)
        kept = self._redacted(entry)
        self._sink.append(kept)
        self._watch(key, kept)

    def _redacted(self, entry: Entry) -> Entry:
        match entry:
            case Exchange():
                return self._redactor.exchange(entry)
            case Frame():
                return self._redactor.frame(entry)
            case End():
                return self._redactor.end(entry)

    def _ms(self, now: float) -> float:
        """Return milliseconds since the beginning of the tape."""
        passed = max(0.0, now - self._origin.began)
        return round(passed * 1000 + self._origin.offset_ms, 3)
