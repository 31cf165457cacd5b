"""The page that explains the language keeps to the language."""

import re

import pytest

from conformance.collect import SHIPPED
from conformance.judge import match_syntax
from conformance.language.load import read_scenario
from conformance.language.steps import ACTIONS
from conformance.verification import embedded_reference, run_on
from tapestry.documents import parse_documents

PAGE = (SHIPPED / "README.md").read_text()


def test_the_example_runs_and_passes() -> None:
    [text] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    [document] = parse_documents(text, "README.md")
    with embedded_reference() as target:
        run = run_on(target, [read_scenario(document)])
    assert {check.outcome for check in run.checks} == {"pass"}


@pytest.mark.parametrize("word", [*match_syntax.MATCHERS, *ACTIONS])
def test_every_matcher_and_every_step_is_explained(word: str) -> None:
    assert f"`{{{word}:" in PAGE or f"| `{word}` |" in PAGE
