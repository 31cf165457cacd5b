"""The rules of playing a story, one by one, on hand-made stories and a virtual clock."""

from __future__ import annotations

import pytest

from tapestry.player.miss import Cause, Miss
from tapestry.player.stage import Timing


def cause(result):
    assert isinstance(result, Miss), result
    return result.cause


def start(live, who="A", session="S"):
    live.get("/api/v2/me", who)
    live.listen(who, session)
    live.me("StartContactCenterSession", who)
    live.me("Ready", who)


# Deliveries follow their causes.


def test_a_whole_workday_is_told_in_the_order_of_the_tape(workday):
    live = workday.live()
    start(live)
    assert live.news() == ["e1 Invited"]
    live.email("Accept", "e1")
    assert live.news() == ["e1 Processing"]
    live.email("Transfer", "e1", queueName="billing")
    assert live.news() == ["e1 Revoked"]
    live.me("EndContactCenterSession")
    assert live.play.waiting() == []


def test_think_time_changes_nothing(workday):
    live = workday.live()
    start(live)
    live.wait(3600)
    assert live.news() == ["e1 Invited"]
    assert live.news() == []
    live.wait(0.8)
    assert live.news() == []
    live.email("Accept", "e1")
    assert live.news() == ["e1 Processing"]


def test_a_delivery_recorded_before_the_answer_goes_out_before_it(tape):
    tape.session()
    tape.news("e1", "Processing", tape.email("Accept", "e1"), before_answer=True)
    live = tape.live()
    live.listen()
    live.ask("POST", "/api/v2/me/emails/e1", {"operationName": "Accept"})
    assert live.news() == ["e1 Processing"]


@pytest.mark.parametrize(("timing", "at_once"), [(Timing.CAUSAL, []), (Timing.NONE, ["e1 P"])])
def test_a_delivery_recorded_after_the_answer_waits_for_it_unless_timing_is_none(
    tape, timing, at_once
):
    tape.session()
    tape.news("e1", "P", tape.email("Accept", "e1"))
    live = tape.live(timing)
    live.listen()
    played = live.ask("POST", "/api/v2/me/emails/e1", {"operationName": "Accept"})
    assert live.news() == at_once
    live.play.answered(played, live.now)
    live.settle()
    assert at_once + live.news() == ["e1 P"]


def test_an_unsolicited_delivery_waits_for_the_answer_to_the_step_before_it(tape):
    tape.session()
    tape.me("Ready")
    tape.news("e1", "Invited")
    live = tape.live()
    live.listen()
    played = live.ask("POST", "/api/v2/me", {"operationName": "Ready"})
    assert live.news() == []
    live.play.answered(played, live.now)
    live.settle()
    assert live.news() == ["e1 Invited"]


def test_a_delivery_waits_until_somebody_subscribes(workday):
    live = workday.live()
    live.me("StartContactCenterSession")
    live.me("Ready")
    live.play.opened("A", "S", live.now)
    live.settle()
    assert live.news() == []
    live.play.subscribed("S", "/v2/me/*")
    live.settle()
    assert live.news() == ["e1 Invited"]


def test_after_unsubscribing_nothing_comes(workday):
    live = workday.live()
    live.listen()
    live.play.unsubscribed("S", "/v2/me/emails")
    live.me("StartContactCenterSession")
    live.me("Ready")
    assert live.news() == []


def test_a_channel_that_nobody_hears_does_not_hold_up_the_others(tape):
    tape.session()
    tape.me("Ready")
    tape.news("c", "Other", channel="/v2/me/channels")
    tape.news("e1", "Invited")
    live = tape.live()
    live.listen()
    live.me("Ready")
    assert live.news() == ["e1 Invited"]
    live.play.subscribed("S", "/v2/me/channels")
    live.settle()
    assert live.news() == ["c Other"]


def test_a_service_channel_needs_no_subscription(tape):
    tape.session()
    tape.news("e1", "Private", channel="/service/x")
    live = tape.live()
    live.play.opened("A", "S", live.now)
    live.settle()
    assert live.news() == ["e1 Private"]


def test_earlier_deliveries_of_a_session_go_first(two_agents):
    """Bob's rejection comes before Alice's own next news on the tape, so she hears it first."""
    two_agents.news("e2", "Processing", two_agents.email("Accept", "e2"))
    live = two_agents.live()
    live.play.introduce("A", "agent#1", live.now)
    start(live)
    live.email("Accept", "e1")
    live.email("Transfer", "e1", userUri="http://gws/api/v2/users/bob")
    live.news()
    live.email("Accept", "e2")
    assert live.news() == []
    live.play.introduce("B", "agent#2", live.now)
    start(live, "B", "T")
    live.email("Reject", "e1", "B")
    assert live.news() == ["e1 Invited", "e2 Processing"]


def test_another_order_of_handling_two_emails_is_followed(tape):
    tape.session()
    tape.news("e1", "Invited")
    tape.news("e2", "Invited")
    tape.news("e1", "P", tape.email("Accept", "e1"))
    tape.news("e2", "P", tape.email("Accept", "e2"))
    live = tape.live()
    live.listen()
    assert live.news() == ["e1 Invited", "e2 Invited"]
    live.email("Accept", "e2")
    assert live.news() == ["e2 P"]
    live.email("Accept", "e1")
    assert live.news() == ["e1 P"]


def test_what_another_agent_leaves_out_holds_nothing_up_once_it_has_gone_on(tape):
    """On the tape Bob hears of Alice's second call before he hears of her first."""
    for agent, session in (("agent#1", "s1"), ("agent#2", "s2")):
        tape.get(f"/{agent}", None, agent)
        tape.session(agent, session)
    first = tape.email("Transfer", "e1")
    tape.news("e2", "Invited", tape.email("Transfer", "e2"), "agent#2", "s2")
    tape.news("e1", "Invited", first, "agent#2", "s2")
    tape.me("End")
    live = tape.live()
    live.get("/agent#2", "B")
    live.listen("B", "T")
    live.email("Transfer", "e1")
    assert live.news("T") == []
    live.me("End")
    assert live.news("T") == ["e1 Invited"]


# Unsolicited deliveries and the calls before them.


def test_an_invitation_does_not_wait_for_reads_that_another_desktop_leaves_out(workday):
    live = workday.live()
    live.listen()
    live.me("StartContactCenterSession")
    live.me("Ready")
    assert live.news() == ["e1 Invited"]


def test_what_another_agent_causes_waits_for_the_steps_of_its_own_lane(two_agents):
    """Alice may be quicker than on the tape; Bob is not offered an email before he is ready."""
    live = two_agents.live()
    live.play.introduce("A", "agent#1", live.now)
    live.play.introduce("B", "agent#2", live.now)
    live.listen("B", "T")
    start(live)
    live.email("Accept", "e1")
    live.email("Transfer", "e1", userUri="http://gws/api/v2/users/bob")
    assert live.news("T") == []
    live.me("StartContactCenterSession", "B")
    assert live.news("T") == []
    live.me("Ready", "B")
    assert live.news("T") == ["e1 Invited"]


def test_an_invitation_waits_for_the_steps_before_it(workday):
    live = workday.live()
    live.listen()
    live.me("StartContactCenterSession")
    assert live.news() == []


def test_a_refused_write_on_the_tape_holds_nothing_up(tape):
    tape.session()
    tape.me("Ready")
    tape.email("Accept", "nonsense", answer={"statusCode": 6})
    tape.call("POST", "/api/v2/me", {"operationName": "Bad"}, "no", status=500)
    tape.news("e1", "Invited")
    live = tape.live()
    live.listen()
    live.me("Ready")
    assert live.news() == ["e1 Invited"]


def test_a_write_that_left_the_state_as_it_was_may_be_left_out(tape):
    tape.session()
    tape.news("e1", "Invited")
    tape.news("e1", "Processing", tape.email("Accept", "e1"))
    tape.news("e1", "Processing", tape.email("AddComment", "e1"), kind="PropertiesUpdated")
    tape.news("e2", "Invited")
    tape.news("e1", "Revoked", tape.email("Transfer", "e1"))
    live = tape.live()
    live.listen()
    live.email("Accept", "e1")
    live.news()
    live.email("Transfer", "e1")
    assert live.news() == ["e2 Invited", "e1 Revoked"]


def test_a_write_whose_notification_shows_no_state_is_a_step(tape):
    tape.session()
    ready = tape.me("Ready")
    tape.news("channel", None, ready, kind="ChannelState")
    tape.news("e1", "Invited")
    live = tape.live()
    live.listen()
    assert live.news() == []
    live.me("Ready")
    assert live.news() == ["channel None", "e1 Invited"]


def test_a_later_step_about_the_same_thing_makes_an_earlier_one_pointless(tape):
    tape.session()
    tape.me("SetPlace")
    tape.me("Ready")
    tape.news("e1", "Invited")
    live = tape.live()
    live.listen()
    live.me("Ready")
    assert live.news() == ["e1 Invited"]


def test_leaving_out_the_end_of_a_session_does_not_block_the_other_agent(two_agents):
    two_agents.me("EndContactCenterSession")
    two_agents.news("e2", "Invited", None, "agent#2", "s2")
    live = two_agents.live()
    live.play.introduce("B", "agent#2", live.now)
    start(live, "B", "T")
    live.play.introduce("A", "agent#1", live.now)
    start(live)
    live.email("Accept", "e1")
    live.email("Transfer", "e1", userUri="/api/v2/users/bob")
    live.email("Reject", "e1", "B")
    assert live.news("T") == ["e1 Invited", "e1 Completed", "e2 Invited"]


def test_ending_early_lets_no_flood_of_invitations_out(workday):
    workday.news("e2", "Invited")
    workday.email("Accept", "e2")
    workday.me("EndContactCenterSession")
    live = workday.live()
    start(live)
    assert live.news() == ["e1 Invited"]
    live.me("EndContactCenterSession")
    assert live.news() == []


def test_the_control_route_lets_an_unsolicited_delivery_go_before_all_others(workday):
    live = workday.live()
    live.listen()
    delivery = live.play.force("agent#1", live.now)
    live.settle()
    assert delivery.interaction == "e1"
    assert live.news() == ["e1 Invited"]
    assert live.play.force("agent#1", live.now) is None
    assert live.email("Accept", "e1") == {"statusCode": 0}


def test_what_is_forced_for_one_tab_is_forced_for_all_that_were_told_it(tape):
    tape.session(session="s1")
    tape.session(session="s2")
    tape.me("Ready")
    tape.news("e1", "Invited", session="s1")
    tape.news("e1", "Invited", session="s2")
    tape.news("e2", "Invited", session="s1")
    live = tape.live()
    live.listen(session="S")
    live.listen(session="T")
    live.play.force("agent#1", live.now)
    live.settle()
    assert (live.news("S"), live.news("T")) == (["e1 Invited"], ["e1 Invited"])


def test_a_change_of_status_is_a_step_even_when_the_state_reads_the_same(tape):
    """GWS shows a transferred email as Processing still."""
    tape.session()
    tape.news("e1", "Processing", tape.email("Accept", "e1"))
    tape.news("e1", "Processing", tape.email("Transfer", "e1"))
    tape.news("e2", "Invited")
    live = tape.live()
    live.listen()
    live.email("Accept", "e1")
    assert live.news() == ["e1 Processing"]
    live.email("Transfer", "e1")
    assert live.news() == ["e1 Processing", "e2 Invited"]


# Calls.


def test_a_repeated_read_gets_the_answer_that_held_then(workday):
    live = workday.live()
    start(live)
    assert live.get("/api/v2/me/emails", fields="*")["emails"] == []
    assert live.get("/api/v2/me/emails", fields="*")["emails"] == []
    live.email("Accept", "e1")
    assert live.get("/api/v2/me/emails", fields="*")["emails"] != []
    assert live.get("/api/v2/me/emails", fields="*")["emails"] != []


def test_a_read_that_was_left_out_does_not_answer_a_later_one(workday):
    live = workday.live()
    start(live)
    live.email("Accept", "e1")
    assert live.get("/api/v2/me/emails", fields="*")["emails"] != []


def test_two_reads_at_one_place_are_answered_in_order_and_then_the_last_holds(tape):
    tape.get("/x", {"n": 1})
    tape.get("/x", {"n": 2})
    live = tape.live()
    assert [live.get("/x")["n"] for _ in range(3)] == [1, 2, 2]


def test_a_read_may_come_earlier_than_on_the_tape_unless_it_shows_the_future(tape):
    tape.session()
    tape.me("Ready")
    tape.get("/settings", {"colour": "blue"})
    tape.news("e1", "Invited")
    tape.email("Accept", "e1")
    tape.get("/emails", {"uris": ["http://gws/api/v2/me/emails/e1"]})
    live = tape.live()
    assert live.get("/settings") == {"colour": "blue"}
    early = live.get("/emails")
    assert cause(early) is Cause.OUT_OF_ORDER
    assert [call.operation for call in early.awaited] == ["Ready", "Accept"]


def test_a_read_does_not_show_what_another_agent_has_still_to_bring_about(two_agents):
    two_agents.get("/list", {"ids": ["e1"]}, "agent#2")
    live = two_agents.live()
    live.play.introduce("B", "agent#2", live.now)
    start(live, "B", "T")
    assert cause(live.get("/list", "B")) is Cause.OUT_OF_ORDER


def test_like_writes_are_played_in_order(tape):
    tape.call("POST", "/x", {"a": 1}, {"n": 1})
    tape.call("POST", "/x", {"a": 1}, {"n": 2})
    live = tape.live()
    assert live.call("POST", "/x", {"a": 1}) == {"n": 1}
    assert live.call("POST", "/x", {"a": 1}) == {"n": 2}
    assert cause(live.call("POST", "/x", {"a": 1})) is Cause.ALREADY_USED


def test_a_write_prefers_its_place_after_the_progress_of_the_lane(tape):
    tape.call("POST", "/state", {"s": "Ready"}, {"n": 1})
    tape.call("POST", "/state", {"s": "NotReady"}, {"n": 2})
    tape.call("POST", "/state", {"s": "Ready"}, {"n": 3})
    live = tape.live()
    assert live.call("POST", "/state", {"s": "NotReady"}) == {"n": 2}
    assert live.call("POST", "/state", {"s": "Ready"}) == {"n": 3}
    assert live.call("POST", "/state", {"s": "Ready"}) == {"n": 1}


def test_a_write_beyond_the_tape_is_a_miss(workday):
    live = workday.live()
    start(live)
    live.email("Accept", "e1")
    assert cause(live.email("Accept", "e1")) is Cause.ALREADY_USED


def test_steps_about_one_interaction_keep_their_order(workday):
    live = workday.live()
    start(live)
    miss = live.email("Transfer", "e1", queueName="billing")
    assert cause(miss) is Cause.OUT_OF_ORDER
    assert [call.operation for call in miss.awaited] == ["Accept"]
    live.email("Accept", "e1")
    assert live.email("Transfer", "e1", queueName="billing") == {"statusCode": 0}


def test_an_email_cannot_be_accepted_before_it_is_offered(two_agents):
    live = two_agents.live()
    live.play.introduce("B", "agent#2", live.now)
    start(live, "B", "T")
    miss = live.email("Reject", "e1", "B")
    assert cause(miss) is Cause.OUT_OF_ORDER
    assert [(call.agent, call.operation) for call in miss.awaited] == [("agent#1", "Transfer")]


def test_a_call_of_another_agent_is_a_miss(two_agents):
    live = two_agents.live()
    live.play.introduce("B", "agent#2", live.now)
    miss = live.email("Accept", "e1", "B")
    assert cause(miss) is Cause.WRONG_AGENT
    assert [found.call.agent for found in miss.candidates] == ["agent#1"]


def test_an_unknown_call_is_a_miss_with_the_nearest_calls(workday):
    miss = workday.live().get("/api/v2/me/calls")
    assert cause(miss) is Cause.NO_SUCH_EXCHANGE
    assert miss.candidates[0].call.path in ("/api/v2/me", "/api/v2/me/emails")


def test_an_empty_tape_misses_everything(tape):
    live = tape.live()
    live.listen()
    assert cause(live.get("/x")) is Cause.NO_SUCH_EXCHANGE


# Sessions.


def test_a_new_session_goes_on_where_the_last_one_was(workday):
    live = workday.live()
    start(live)
    live.play.closed("S")
    live.email("Accept", "e1")
    live.listen(session="S2")
    assert live.news("S2") == ["e1 Processing"]


def test_a_page_that_is_loaded_again_hears_what_comes_next_too(workday):
    """The old session lives on at the server for some seconds."""
    live = workday.live()
    start(live)
    live.listen(session="S2")
    live.email("Accept", "e1")
    assert (live.news("S"), live.news("S2")) == (["e1 Invited", "e1 Processing"], ["e1 Processing"])


def test_each_live_tab_plays_a_recorded_tab_in_order_of_opening(tape):
    tape.session(session="s1")
    tape.session(session="s2")
    tape.news("one", "A", session="s1")
    tape.news("two", "B", session="s2")
    live = tape.live()
    live.listen(session="S")
    live.listen(session="T")
    assert (live.news("S"), live.news("T")) == (["one A"], ["two B"])


def test_sessions_that_follow_one_another_are_one_tab(tape):
    """The tape has a rehandshake; the live client keeps its session and must miss nothing."""
    tape.session(session="s1")
    tape.news("one", "A", session="s1")
    tape.session(session="s1", action="close")
    tape.session(session="s2")
    tape.news("two", "B", session="s2")
    live = tape.live()
    live.listen()
    assert live.news() == ["one A", "two B"]


def test_an_agent_who_never_listened_on_the_tape_may_listen(tape):
    tape.me("Ready")
    live = tape.live()
    live.listen()
    live.me("Ready")
    live.play.closed("S")
    assert live.news() == []


# Recorded timing.


def test_recorded_timing_keeps_the_gap_after_the_cause(tape):
    tape.session()
    tape.news("e1", "P", tape.email("Accept", "e1"))  # 80 ms after the answer
    live = tape.live(Timing.RECORDED)
    live.listen()
    live.wait(60)
    played = live.ask("POST", "/api/v2/me/emails/e1", {"operationName": "Accept"})
    assert played.at == pytest.approx(live.now + 0.020)
    live.wait(0.020)
    live.play.answered(played, live.now)
    live.wait(0.079)
    assert live.news() == []
    assert live.play.next_deadline() == pytest.approx(live.now + 0.001)
    live.wait(0.0011)
    assert live.news() == ["e1 P"]
    assert live.play.next_deadline() is None


def test_speed_scales_recorded_gaps(tape):
    tape.session()
    tape.news("e1", "A")  # 100 ms after the session began
    tape.news("e2", "B")
    live = tape.live(Timing.RECORDED, speed=2)
    live.listen()
    live.wait(0.049)
    assert live.news() == []
    live.wait(0.0011)
    assert live.news() == ["e1 A"]
    live.wait(0.0499)
    assert live.news() == []
    live.wait(0.0002)
    assert live.news() == ["e2 B"]


def test_recorded_timing_does_not_add_up_recorded_think_time(tape):
    tape.session()
    tape.news("e1", "Invited")
    tape.at += 60_000  # the recorded agent had a cup of tea
    tape.news("e1", "P", tape.email("Accept", "e1"))
    live = tape.live(Timing.RECORDED)
    live.listen()
    live.wait(0.2)
    live.email("Accept", "e1")
    live.wait(0.081)
    assert live.news() == ["e1 Invited", "e1 P"]


def test_recorded_timing_never_lets_a_delivery_overtake_the_one_before(tape):
    tape.session()
    accept = tape.email("Accept", "e1")
    tape.news("e1", "A", accept)
    tape.news("e1", "B", accept)
    live = tape.live(Timing.RECORDED)
    live.email("Accept", "e1")
    live.wait(30)
    live.listen()
    live.wait(0.2)
    assert live.news() == ["e1 A", "e1 B"]
