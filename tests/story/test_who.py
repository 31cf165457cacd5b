"""Whose an entry is, when the recorder did not say."""

import base64

import pytest


def basic(user):
    return ("Authorization", "Basic " + base64.b64encode(f"{user}:pw".encode()).decode())


def cookie(text):
    return ("Cookie", text)


def agents(tape):
    return [call.agent for call in tape.story().calls]


def ask(tape, *headers, agent=None, set_cookie=None, connection="c1"):
    answered = (("Set-Cookie", set_cookie),) if set_cookie else ()
    at = 10.0 * len(tape.entries)
    tape.exchange(
        at, "GET", "/x", agent=agent, headers=headers, set_headers=answered, connection=connection
    )


def test_the_tape_s_own_word_wins(tape):
    ask(tape, basic("alice"), agent="agent#5")
    assert agents(tape) == ["agent#5"]


def test_a_user_is_one_agent_over_all_connections(tape):
    ask(tape, basic("alice"), connection="c1")
    ask(tape, basic("bob"), connection="c1")
    ask(tape, basic("alice"), connection="c2")
    assert agents(tape) == ["agent#1", "agent#2", "agent#1"]


@pytest.mark.parametrize("value", ["Basic user-5f2a", "Basic ////", "Bearer token-1", "x"])
def test_credentials_that_cannot_be_read_still_name_an_agent(tape, value):
    ask(tape, ("Authorization", value), connection="c1")
    ask(tape, ("Authorization", value), connection="c2")
    assert agents(tape) == ["agent#1", "agent#1"]


def test_the_session_cookie_of_an_authenticated_answer_names_its_agent(tape):
    ask(tape, basic("alice"), set_cookie="JSESSIONID=a; Path=/; HttpOnly")
    ask(tape, basic("bob"), set_cookie="JSESSIONID=b; Path=/")
    ask(tape, cookie("JSESSIONID=b"))
    ask(tape, cookie("theme=dark; JSESSIONID=a"))
    assert agents(tape) == ["agent#1", "agent#2", "agent#2", "agent#1"]


def test_a_cookie_that_two_agents_share_tells_nothing(tape):
    for user in ("alice", "bob"):
        ask(tape, basic(user), set_cookie="AWSELB=node1; Path=/")
    ask(tape, cookie("AWSELB=node1; login=b"), connection="c9")
    assert agents(tape) == ["agent#1", "agent#2", "agent#3"]


def test_a_known_agent_is_recognised_by_what_the_tape_told_of_it_before(tape):
    ask(tape, basic("alice"), agent="agent#2", set_cookie="JSESSIONID=a")
    ask(tape, cookie("JSESSIONID=a"), connection="c2")
    ask(tape, basic("bob"), connection="c3")
    assert agents(tape) == ["agent#2", "agent#2", "agent#1"]


def test_without_a_login_each_cookie_jar_is_an_agent(tape):
    for jar in ("one", "two", "one"):
        ask(tape, cookie(f"BAYEUX_BROWSER={jar}"))
    assert agents(tape) == ["agent#1", "agent#2", "agent#1"]


def test_without_cookies_each_clientid_is_an_agent_and_else_each_connection(tape):
    tape.handshake(0, "one", agent=None, connection="c1")
    tape.handshake(10, "two", agent=None, connection="c2")
    tape.connect(20, client="two", agent=None, connection="c1")
    ask(tape, connection="c3")
    story = tape.story()
    assert [event.agent for event in story.events] == ["agent#1", "agent#2", "agent#3"]


def test_a_handshake_ties_its_session_to_the_agent_of_its_cookies(tape):
    ask(tape, basic("alice"), set_cookie="JSESSIONID=a")
    tape.handshake(10, "x", agent=None, headers=(cookie("JSESSIONID=a"),), connection="c2")
    tape.connect(20, {"n": 1}, client="x", agent=None, connection="c3")
    assert tape.story().agents == ("agent#1",)


def test_broken_cookies_are_passed_over(tape):
    ask(tape, cookie("; =; nonsense"), set_cookie="nonsense")
    assert agents(tape) == ["agent#1"]
