"""Our own Bayeux server with nothing around it: everybody may publish and subscribe.

The suite is proved on it, it takes its place in the table of grades, and its mutants show that
every check can fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from conformance.target import Agent, Target
from tapestry.bayeux.asgi import BayeuxEndpoint
from tapestry.bayeux.server import BayeuxServer, ServerSettings
from tapestry.serving import serving

NAME = "tapestry"


@contextmanager
def open_server(settings: ServerSettings | None = None) -> Iterator[Target]:
    """Serve an open server for the length of the block, as a target."""
    endpoint = BayeuxEndpoint(BayeuxServer(settings or ServerSettings()))
    with serving(endpoint, before_stop=endpoint.close) as url:
        yield open_target(url, NAME)


def open_target(url: str, name: str) -> Target:
    """Return the target at ``url`` that asks for no login and lets everybody publish."""
    return Target(name, url, {"anyone": Agent("anyone", "anyone")}, session="none")
