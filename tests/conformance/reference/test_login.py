"""Basic credentials open a session; then the cookie suffices, until it has idled away."""

from base64 import b64encode

import pytest

from conformance.reference.agents import HOUSE_AGENTS, Roster
from conformance.reference.login import COOKIE, Login


def basic(text: str) -> str:
    return "Basic " + b64encode(text.encode()).decode()


@pytest.fixture
def login() -> Login:
    return Login(Roster(HOUSE_AGENTS), idle=100)


def test_the_cookie_alone_suffices_afterwards(login):
    session = login.session({}, basic("alice:alice-pw"), 0)
    assert session.agent.user_name == "alice"
    assert login.session({COOKIE: session.id}, None, 1) is session
    assert login.session({COOKIE: session.id}, basic("alice:alice-pw"), 2) is session


def test_another_agents_credentials_open_another_session(login):
    alice = login.session({}, basic("alice:alice-pw"), 0)
    bob = login.session({COOKIE: alice.id}, basic("bob:bob-pw"), 0)
    assert bob.agent.user_name == "bob"
    assert login.session({COOKIE: alice.id}, None, 0) is alice


@pytest.mark.parametrize(
    "authorization",
    [
        basic("alice:bob-pw"),
        basic("alice:"),
        basic("alice"),
        basic("mallory:mallory-pw"),
        basic(":"),
        "Basic",
        "Basic !!!",
        "Basic /////w==",
        "Bearer abc",
        "",
    ],
)
def test_bad_credentials_let_nobody_in(login, authorization):
    assert login.session({}, authorization, 0) is None
    alice = login.session({}, basic("alice:alice-pw"), 0)
    assert login.session({COOKIE: alice.id}, authorization, 0) is None


def test_an_unknown_cookie_is_nobody(login):
    assert login.session({COOKIE: "guess"}, None, 0) is None
    assert login.session({}, None, 0) is None


def test_a_session_ends_when_it_is_not_used(login):
    session = login.session({}, basic("alice:alice-pw"), 0)
    other = login.session({}, basic("bob:bob-pw"), 50)
    assert login.find({COOKIE: session.id}, 90) is session
    assert login.find({COOKIE: other.id}, 160) is None
    assert login.find({COOKIE: session.id}, 190) is session
    assert login.find({COOKIE: session.id}, 290.1) is None


def test_everybody_can_be_sent_away(login):
    session = login.session({}, basic("alice:alice-pw"), 0)
    login.forget_all()
    assert login.find({COOKIE: session.id}, 0) is None


def test_a_token_belongs_to_its_session_and_no_secret_is_shown(login):
    session = login.session({}, basic("alice:alice-pw"), 0)
    other = login.session({}, basic("alice:alice-pw"), 0)
    assert session.has_token(session.csrf_token)
    assert not session.has_token(other.csrf_token)
    assert not session.has_token("é")
    shown = repr(session)
    assert not any(s in shown for s in (session.id, session.csrf_token, "alice-pw"))
