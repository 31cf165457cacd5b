from collections.abc import Callable, Iterator

import pytest

from conformance.language.load import read_scenario
from conformance.language.scenario import Scenario
from conformance.target import Target
from conformance.verification import embedded_reference
from tapestry.documents import parse_documents

Read = Callable[[str], Scenario]


@pytest.fixture
def read() -> Read:
    """Read a scenario from its text; agents and id are given, steps are the caller's."""

    def reading(steps: str, head: str = "agents: [alice]\n") -> Scenario:
        text = f"id: test.one\ntitle: A test\n{head}steps:\n{steps}"
        [document] = parse_documents(text, "test.tapestry.yaml")
        return read_scenario(document)

    return reading


@pytest.fixture(scope="module")
def reference() -> Iterator[Target]:
    with embedded_reference() as target:
        yield target
