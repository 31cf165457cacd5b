"""Decides which agent an entry belongs to when the recorder could not say.

The tape's own word wins. Otherwise what identifies somebody to a recorder (credentials, cookies, a
clientId) does so here too, and, last, a connection or a socket stands for one anonymous agent.
"""

from __future__ import annotations

from collections.abc import Iterable

from tapestry.tape.agents import AgentRegistry
from tapestry.tape.model import Exchange, Frame, Request


class Agents:
    """Names the agents of a tape; what one entry tells of an agent holds for all later ones."""

    def __init__(self, recorded: Iterable[str | None] = ()) -> None:
        """Start with the names that the tape itself gives, so that no other agent takes one.

        Where it names all there is nobody to find out.
        """
        self._registry = AgentRegistry()
        names = set(recorded)
        self._all_named = None not in names and bool(names)
        self._taken = {name for name in names if name is not None}
        self._names: dict[str, str] = {}
        self._sockets: dict[str, str] = {}

    def of_exchange(self, exchange: Exchange) -> str:
        """Return the agent of an exchange."""
        if self._all_named and exchange.agent is not None:
            return exchange.agent
        known = self._registry.identify(exchange.request, exchange.response)
        key = known or f"connection {exchange.connection}"
        if exchange.socket is not None:
            self._sockets[exchange.socket] = key
        return self._name(key, exchange.agent)

    def of_frame(self, frame: Frame) -> str:
        """Return the agent of a WebSocket message: whoever opened its socket."""
        if self._all_named and frame.agent is not None:
            return frame.agent
        known = self._registry.frame(frame.body, self._sockets.get(frame.socket))
        self._sockets.setdefault(frame.socket, known or f"socket {frame.socket}")
        return self._name(self._sockets[frame.socket], frame.agent)

    def of_end(self, of: str, request: Request | None, recorded: str | None) -> str:
        """Return the agent of what ended without a response: a request, or the socket ``of``."""
        known = self._registry.identify(request) if request else self._sockets.get(of)
        return self._name(known or f"connection {of}", recorded)

    def _name(self, key: str, recorded: str | None) -> str:
        if recorded is not None:
            self._names[key] = recorded
        elif key not in self._names:
            self._names[key] = self._new()
        return self._names[key]

    def _new(self) -> str:
        number = 1
        while f"agent#{number}" in self._taken:
            number += 1
        self._taken.add(f"agent#{number}")
        return f"agent#{number}"
