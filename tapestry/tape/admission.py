"""Makes of what another program recorded what our recorder would have made of it.

Other formats hold secrets as they were and know of no agents. Both must be settled before anything
of it is written: who is who while credentials can still be read, and then redaction, twice, because
here, unlike in a running recording, everything is known before the first byte reaches the disk.
"""

from __future__ import annotations

from dataclasses import replace

from tapestry.tape.agents import AgentRegistry
from tapestry.tape.model import Cassette, End, Entry, Exchange, Frame
from tapestry.tape.redact import Redactor


def admitted(cassette: Cassette, redactor: Redactor) -> Cassette:
    """Return ``cassette`` with its agents told and nothing left that may not stand on a tape.

    One that says that it was redacted is returned as it is: pseudonyms are not replaced again.
    """
    if cassette.header.redaction is not None:
        return cassette
    entries = [redactor.entry(entry) for entry in _identified(cassette)]
    hindsight = redactor.hindsight()
    header = replace(cassette.header, redaction=redactor.summary)
    return Cassette(header, tuple(map(hindsight.entry, entries)), cassette.warnings)


def _identified(cassette: Cassette) -> list[Entry]:
    registry = AgentRegistry()
    sockets: dict[str, str | None] = {}
    return [_with_agent(entry, registry, sockets) for entry in cassette.entries]


def _with_agent(entry: Entry, registry: AgentRegistry, sockets: dict[str, str | None]) -> Entry:
    match entry:
        case Exchange():
            agent = entry.agent or registry.identify(entry.request, entry.response)
            if entry.socket:
                sockets[entry.socket] = agent
        case Frame():
            agent = entry.agent or registry.frame(entry.body, sockets.get(entry.socket))
            sockets[entry.socket] = agent
        case End():
            known = registry.identify(entry.request) if entry.request else sockets.get(entry.of)
            agent = entry.agent or known
    return replace(entry, agent=agent)
