"""Finds where on a tape Bayeux was spoken, so that the player speaks it there too.

Clients append the kind of message to the endpoint's URL, or a slash, or nothing; so a recorded path
without such an ending is the endpoint, and all its spellings lead there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tapestry.player.likeness import resource
from tapestry.story.traffic import sent_messages
from tapestry.tape.model import Cassette, End, Exchange

DEFAULT = "/api/v2/notifications"
"""Where GWS has it; served when the tape has no Bayeux at all."""

_SUFFIX = re.compile(r"(?<=.)/(?:handshake|connect|disconnect)$")


class Mount:
    """The Bayeux endpoints of a cassette."""

    def __init__(self, cassette: Cassette) -> None:
        """Find them by the bodies of requests and by the WebSockets that were opened."""
        self.paths = frozenset(map(_endpoint, _paths(cassette))) or frozenset({DEFAULT})

    def covers(self, path: str) -> bool:
        """Tell whether ``path`` leads to a Bayeux endpoint."""
        return _endpoint(path) in self.paths or resource(path) in self.paths


def _endpoint(path: str) -> str:
    return _SUFFIX.sub("", resource(path))


def _paths(cassette: Cassette) -> Iterator[str]:
    for entry in cassette.entries:
        request = entry.request if isinstance(entry, Exchange | End) else None
        opened = isinstance(entry, Exchange) and entry.socket is not None
        if request is not None and (opened or sent_messages(request)):
            yield request.path
