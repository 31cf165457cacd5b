"""The pytest fixtures, as a user's own test suite sees them."""

from __future__ import annotations

import pytest

from tapestry.shipped import cassettes

pytest_plugins = ["pytester"]

TAPE = cassettes() / "email-morning.yaml"


@pytest.fixture
def suite(pytester):
    """Return a function that runs a test file beside a cassette."""

    def run(text):
        pytester.makeini("[pytest]\nfilterwarnings =\n    ignore")
        (pytester.path / "day.yaml").write_text(TAPE.read_text())
        pytester.makepyfile(text)
        return pytester.runpytest_subprocess("--strict-markers")

    return run


ASK = """
import json, urllib.error, urllib.request
import pytest

def ask(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)
"""


def test_a_test_names_a_cassette_and_gets_an_address(suite):
    result = suite(
        ASK
        + """
@pytest.mark.tapestry("day.yaml", timing="none")
def test_it(tapestry_url):
    assert ask(tapestry_url + "/api/v2/me")["statusCode"] == 0
"""
    )
    result.assert_outcomes(passed=1)


def test_a_miss_fails_the_test_unless_it_says_otherwise(suite):
    result = suite(
        ASK
        + """
@pytest.mark.parametrize("strict", [True, False])
def test_it(tapestry_play, strict):
    url = tapestry_play("day.yaml", strict=strict)
    with pytest.raises(urllib.error.HTTPError):
        ask(url + "/api/v2/unheard/of")
"""
    )
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*miss: no such exchange: GET /api/v2/unheard/of*"])


def test_the_address_needs_the_marker(suite):
    result = suite("def test_it(tapestry_url): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*tapestry_url needs @pytest.mark.tapestry(CASSETTE)*"])


def test_what_a_test_does_is_recorded(suite, pytester):
    result = suite(
        ASK
        + """
def test_it(tapestry_play, tapestry_record, tmp_path):
    url = tapestry_record(tapestry_play("day.yaml"), "again.yaml")
    assert ask(url + "/api/v2/me")["statusCode"] == 0
"""
    )
    result.assert_outcomes(passed=1)
    assert "/api/v2/me" in (pytester.path / "again.yaml").read_text()
