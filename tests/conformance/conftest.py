from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.language.scenario import Expect, Scenario

SHORT = 0.6


@pytest.fixture
def hurry() -> Callable[[Scenario], Scenario]:
    """Give a scenario short deadlines, so that what never comes costs little time."""

    def hurried(scenario: Scenario) -> Scenario:
        steps = tuple(
            replace(step, action=replace(step.action, within=SHORT))
            if isinstance(step.action, Expect)
            else step
            for step in scenario.steps
        )
        return replace(scenario, steps=steps)

    return hurried
