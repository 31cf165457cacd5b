"""Knowing a recorded agent by live credentials."""

from __future__ import annotations

import base64

import pytest

from tapestry.catalogue import catalogue
from tapestry.player.credentials import Credentials, basic_user
from tapestry.story.derive import derive

ALICE, BOB = "agent#1", "agent#2"


def basic(text):
    return "Basic " + base64.b64encode(text.encode()).decode()


def credentials(tape):
    cassette = tape.cassette()
    return Credentials(cassette, derive(cassette, catalogue()).calls)


def test_an_agent_is_known_by_what_the_server_told_it(taped_day):
    known = credentials(taped_day)
    assert known.agent_of(basic("alice:pw")) == ALICE
    assert known.agent_of(basic("bob:pw")) == BOB
    assert known.agent_of(basic("eve:pw")) is None


def test_an_agent_is_known_by_recorded_credentials(taping):
    taping.exchange("GET", "/x", sent={"Authorization": basic("carol:pw")})
    assert credentials(taping).agent_of(basic("carol:pw")) == ALICE


def test_without_redaction_the_form_of_a_name_is_no_evidence(taped_day):
    assert credentials(taped_day).agent_of(basic("rob:pw")) is None


def test_a_form_that_fits_two_agents_decides_nothing(taping):
    taping.redaction = {"policy": "default"}
    for agent, name in ((ALICE, "abc"), (BOB, "xyz")):
        taping.exchange("GET", "/api/v2/me", answer={"user": {"userName": name}}, agent=agent)
    assert credentials(taping).agent_of(basic("bob:pw")) is None


@pytest.mark.parametrize(
    ("header", "user"),
    [
        (basic("bob:pw"), "bob"),
        (basic("jürgen:x:y").replace("Basic", "basic"), "jürgen"),
        ("Basic token-0123456789abcdef", None),
        (basic("no colon"), None),
        ("Basic " + base64.b64encode(b"\xff:x").decode(), None),
        ("Bearer abc", None),
        ("", None),
    ],
)
def test_the_user_of_basic_credentials(header, user):
    assert basic_user(header) == user
