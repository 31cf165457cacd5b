from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from conformance.bayeux.mutants import all_mutants
from conformance.bayeux.mutants.fault import serve_mutants
from conformance.bayeux.open_server import open_server
from conformance.target import Target
from tapestry.bayeux.server import ServerSettings

PATIENCE = 1.0


@pytest.fixture(scope="session")
def server() -> Iterator[Target]:
    """Serve our own server, with sessions that expire soon."""
    with open_server(ServerSettings(max_interval=3.0)) as target:
        yield target


@pytest.fixture(scope="session")
def mutant() -> Iterator[Callable[[str], Target]]:
    """Serve all mutants; the value makes a target of a name."""
    with serve_mutants(all_mutants()) as target:
        yield target
