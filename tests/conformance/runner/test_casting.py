from dataclasses import replace

from conformance.runner.casting import Unfit, cast_for, plays_alone
from conformance.target import HOUSE_PROVISION, Agent, HttpProvision, Target

AGENTS = {name: Agent(name, name) for name in ("carol", "alice", "bob")}
TARGET = Target("t", "http://x", AGENTS, provision={"email": HOUSE_PROVISION})
PROVISION = "  - provision: {as: mail}\n"
CALL = "  - call: {agent: alice, request: GET /x}\n"


def test_parts_go_to_agents_of_the_same_name_and_else_in_order(read) -> None:
    cast = cast_for(read(CALL, "agents: [zoe, alice, yan]\n".replace("zoe", "zoe")), TARGET)
    assert not isinstance(cast, Unfit)
    assert {role: agent.name for role, agent in cast.items()} == {
        "zoe": "carol",
        "alice": "alice",
        "yan": "bob",
    }


def test_what_is_not_claimed_is_not_applicable(read) -> None:
    scenario = read(CALL, "agents: [alice]\nneeds: [transfer-queue]\n")
    assert not isinstance(cast_for(scenario, TARGET), Unfit)
    verdict = cast_for(scenario, replace(TARGET, capabilities=frozenset()))
    assert verdict == Unfit("the target does not claim transfer-queue")


def test_what_cannot_be_brought_about_is_not_applicable(read) -> None:
    verdict = cast_for(read(PROVISION), replace(TARGET, provision={}))
    assert verdict == Unfit("the target file does not say how an email comes to be")


def test_too_few_agents_is_not_applicable(read) -> None:
    scenario = read(CALL, "agents: [alice, b, c, d]\n")
    assert cast_for(scenario, TARGET) == Unfit("it takes 4 agents, and the target has 3")


def test_what_can_be_acted_out_nowhere_is_not_applicable(read) -> None:
    assert cast_for(replace(read(CALL), unfit="empty"), TARGET) == Unfit("empty")


def test_a_scenario_plays_alone_when_it_says_so_or_the_target_cannot_aim(read) -> None:
    aimless = replace(TARGET, provision={"email": HttpProvision("/x", json={"to": "${to}"})})
    assert not plays_alone(read(PROVISION), TARGET)
    assert plays_alone(read(PROVISION, "agents: [alice]\nalone: true\n"), TARGET)
    assert plays_alone(read(PROVISION), aimless)
    assert not plays_alone(read(CALL), aimless)
