"""Makes a tape's absolute uris lead to the player.

Bodies and notifications name resources by absolute uris. A desktop that followed them would leave
the player for the recorded server; so the recorded host gives way to the one the client used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from tapestry.tape.model import Cassette, Exchange


class Hosts:
    """The hosts under which the recorded server was known."""

    def __init__(self, cassette: Cassette) -> None:
        """Find them: the upstream of the recording, and the Host of every request."""
        hosts = sorted(set(_hosts(cassette)), key=len, reverse=True)
        names = "|".join(re.escape(host) for host in hosts)
        self._names = tuple(host.lower().encode() for host in hosts)
        self._uri = re.compile(rf"https?://(?:{names})(?![\w.:-])", re.I) if hosts else None

    def may_be_in(self, text: bytes) -> bool:
        """Tell whether a JSON text may hold a uri of the recorded server."""
        lower = text.lower()
        return b"\\" in lower or any(name in lower for name in self._names)

    def live(self, value: Any, base_url: str) -> Any:
        """Return a JSON value with every uri of the recorded server moved to ``base_url``."""
        if self._uri is None:
            return value
        if isinstance(value, dict):
            return {key: self.live(member, base_url) for key, member in value.items()}
        if isinstance(value, list):
            return [self.live(member, base_url) for member in value]
        if not isinstance(value, str) or "://" not in value:
            return value
        return self._uri.sub(lambda _: base_url, value)


def _hosts(cassette: Cassette) -> Iterator[str]:
    if cassette.header.upstream:
        yield urlsplit(cassette.header.upstream).netloc.rpartition("@")[2]
    for entry in cassette.entries:
        if isinstance(entry, Exchange):
            yield from (value for name, value in entry.request.headers if name.lower() == "host")
