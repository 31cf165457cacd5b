"""Who is who among live clients."""

from __future__ import annotations

from tapestry.player.casting import How
from tapestry.player.miss import Cause, Miss


def cast(live):
    return [(casting.who, casting.agent, casting.how) for casting in live.play.castings]


def test_with_one_agent_on_the_tape_everybody_is_that_agent(workday):
    live = workday.live()
    live.listen("A")
    live.get("/api/v2/me", "B")
    live.play.introduce("A", "agent#1", live.now)
    assert cast(live) == [("A", "agent#1", How.ONLY), ("B", "agent#1", How.ONLY)]


def test_credentials_decide_whatever_the_order_of_arrival(two_agents):
    live = two_agents.live()
    live.play.introduce("B", "agent#2", live.now)
    live.play.introduce("B", "agent#2", live.now)
    assert live.get("/api/v2/me", "B")["user"]["userName"] == "agent#2"
    assert cast(live) == [("B", "agent#2", How.CREDENTIALS)]


def test_a_call_that_only_one_lane_has_decides(two_agents):
    two_agents.get("/bob", None, "agent#2")
    live = two_agents.live()
    live.get("/bob", "B")
    assert cast(live) == [("B", "agent#2", How.CALL)]


def test_reads_with_the_same_answer_leave_it_open_who_a_client_is(tape):
    for agent in ("agent#1", "agent#2"):
        tape.get("/version", {"v": 1}, agent)
        tape.get(f"/{agent}", None, agent)
    live = tape.live()
    assert live.get("/version", "X") == {"v": 1}
    assert cast(live) == []
    live.get("/agent#2", "X")
    assert cast(live) == [("X", "agent#2", How.CALL)]
    version = live.play.script.lanes["agent#2"].calls[0]
    assert live.play.was_played(version)


def test_each_call_narrows_down_who_a_client_may_be(tape):
    for agent, paths in (("agent#1", "ab"), ("agent#2", "bc"), ("agent#3", "ac")):
        for path in paths:
            tape.get(f"/{path}", {"same": path}, agent)
    live = tape.live()
    live.get("/a", "X")
    live.get("/c", "X")
    assert cast(live) == [("X", "agent#3", How.CALL)]


def test_else_order_of_arrival_decides_and_it_is_told(two_agents):
    live = two_agents.live()
    assert live.get("/api/v2/me", "X")["user"]["userName"] == "agent#1"
    assert live.get("/api/v2/me", "Y")["user"]["userName"] == "agent#2"
    assert [(who, agent) for who, agent, _ in cast(live)] == [("X", "agent#1"), ("Y", "agent#2")]
    assert {how for *_, how in cast(live)} == {How.ARRIVAL}


def test_a_guess_is_given_up_when_a_later_call_fits_another_agent_only(two_agents):
    two_agents.get("/bob", {"it is": "bob"}, "agent#2")
    live = two_agents.live()
    live.me("Ready", "X")
    live.listen("X", "S")
    assert live.get("/bob", "X") == {"it is": "bob"}
    assert [(agent, how) for _, agent, how in cast(live)] == [
        ("agent#1", How.ARRIVAL),
        ("agent#2", How.CALL),
    ]


def test_a_guess_is_kept_when_the_other_agent_is_taken(two_agents):
    two_agents.get("/bob", {"it is": "bob"}, "agent#2")
    live = two_agents.live()
    live.play.introduce("B", "agent#2", live.now)
    live.me("Ready", "X")
    miss = live.get("/bob", "X")
    assert isinstance(miss, Miss)
    assert miss.cause is Cause.WRONG_AGENT


def test_credentials_that_come_later_correct_a_guess_and_move_its_sessions(two_agents):
    live = two_agents.live()
    live.me("StartContactCenterSession", "X")
    live.listen("X", "S")
    live.play.introduce("X", "agent#2", live.now)
    live.play.introduce("A", "agent#1", live.now)
    for who in ("X", "A"):
        live.me("StartContactCenterSession", who)
        live.me("Ready", who)
    live.email("Accept", "e1", "A")
    live.email("Transfer", "e1", "A", userUri="http://other/api/v2/users/bob")
    assert live.news("S") == ["e1 Invited"]


def test_a_client_that_only_listens_becomes_somebody_for_whom_there_is_news(tape):
    tape.session("agent#1", "s1")
    tape.me("Ready", "agent#1")
    tape.news("e1", "Invited", None, "agent#1", "s1")
    tape.session("agent#2", "s2")
    tape.news("e2", "Invited", None, "agent#2", "s2")
    live = tape.live()
    live.listen("X", "S")
    assert live.news() == ["e2 Invited"]
    assert cast(live)[0][1:] == ("agent#2", How.ARRIVAL)


def test_a_listener_with_cookies_of_its_own_becomes_the_agent_who_called(two_agents):
    live = two_agents.live()
    live.play.introduce("A", "agent#1", live.now)
    live.listen("cometd", "S")
    live.me("StartContactCenterSession")
    live.me("Ready")
    assert live.news() == ["e1 Invited"]


def test_an_undecided_client_may_come_and_go(two_agents):
    live = two_agents.live()
    live.listen("X", "S")
    live.play.closed("S")
    assert cast(live) == []


def test_a_call_that_nobody_made_decides_nothing(two_agents):
    live = two_agents.live()
    miss = live.get("/nowhere", "X")
    assert (miss.agent, miss.cause) == (None, Cause.NO_SUCH_EXCHANGE)
    assert cast(live) == []
