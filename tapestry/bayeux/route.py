"""Which way a client's requests go: the transport in use, and the server's host.

Both can change in the life of a session or between two: the handshake settles on a transport that
both sides speak, one that turns out unusable gives way to the next, and a server may send its
clients to other hosts (Bayeux 1.0, "Connection Negotiation", "hosts advice field").
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from typing import Any

from tapestry.bayeux.message import Transport


class TransportChoice:
    """The transports that have not failed yet, best first, and the one in use."""

    def __init__(self, transports: Sequence[Transport], opening: Transport | None) -> None:
        """Begin with ``opening``, or else the best."""
        self._usable = list(transports)
        self.current = opening or self._usable[0]

    @property
    def offered(self) -> list[str]:
        """Return the value of ``supportedConnectionTypes``."""
        return [transport.value for transport in self._usable]

    def agree(self, supported: Any) -> bool:
        """Take the best transport that the server ``supported`` too; ``False`` if there is none.

        A server that gives no list is taken to support what it was just spoken to in.
        """
        if not isinstance(supported, list):
            return True
        common = [transport for transport in self._usable if transport in supported]
        if common:
            self.current = common[0]
        return bool(common)

    def give_up(self) -> bool:
        """Go on with the next best transport for good; ``False`` if there is no other."""
        others = [transport for transport in self._usable if transport is not self.current]
        if not others:
            return False
        self._usable = others
        self.current = others[0]
        return True


class Hosts:
    """The host in use, ``None`` for the configured one, and those to try if it fails.

    ``home`` are the names by which advice may call the configured host.
    """

    def __init__(self, home: Collection[str]) -> None:
        """Begin at home."""
        self.current: str | None = None
        self._home = frozenset(home)
        self._to_try: deque[str] = deque()

    def advised(self, hosts: Sequence[str]) -> None:
        """Take the hosts that came with advice to shake hands; stay if this is one of them."""
        names = {self.current} if self.current is not None else self._home
        if not hosts or not names.isdisjoint(hosts):
            self._to_try.clear()
            return
        self._to_try = deque(hosts)
        self.failed()

    def failed(self) -> None:
        """Turn to the next host, and after the last to the first again."""
        if self._to_try:
            following = self._to_try[0]
            self._to_try.rotate(-1)
            self.current = None if following in self._home else following

    def succeeded(self) -> None:
        """Stay here."""
        self._to_try.clear()
