"""The progress line, as the bytes that a terminal gets."""

import io

import pytest

from conformance.model import Check, Level, Outcome
from conformance.progress import WIDTH, progress
from conformance.runner.events import RunStarted, ScenarioEnded, ScenarioStarted, ignore


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


def ended(scenario: str, *outcomes: Outcome) -> ScenarioEnded:
    checks = tuple(Check(f"c{n}", "t", Level.MUST, o) for n, o in enumerate(outcomes))
    return ScenarioEnded(0.0, scenario, checks)


def test_nothing_is_shown_where_there_is_no_terminal() -> None:
    assert progress(io.StringIO()) is ignore


def test_one_line_rewrites_itself_and_is_gone_at_the_end(terminal: Terminal) -> None:
    tell = progress(terminal)
    tell(RunStarted(0.0, "t", scenarios=2, checks=3))
    tell(ScenarioStarted(0.0, "email.accept", "Accept", ()))
    tell(ended("email.accept", Outcome.PASS, Outcome.FAIL))
    tell(ScenarioStarted(0.0, "email.reject", "Reject", ()))
    tell(ended("email.reject", Outcome.PASS))
    written = terminal.getvalue().split("\r\x1b[K")
    assert written == [
        "",
        "0/2 scenarios  email.accept",
        "1/2 scenarios, 1 checks failed  ",
        "1/2 scenarios, 1 checks failed  email.reject",
        "2/2 scenarios, 1 checks failed  ",
        "",
    ]
    assert "\n" not in terminal.getvalue()


def test_a_long_name_never_wraps_the_line(terminal: Terminal) -> None:
    tell = progress(terminal)
    tell(RunStarted(0.0, "t", scenarios=1, checks=1))
    tell(ScenarioStarted(0.0, "x" * 500, "t", ()))
    assert max(map(len, terminal.getvalue().split("\r\x1b[K"))) == WIDTH
