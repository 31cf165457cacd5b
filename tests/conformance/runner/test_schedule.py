"""Which scenarios run at once; the acting itself is a stand-in that waits to be let go."""

import asyncio
from dataclasses import replace

import pytest

from conformance.model import Outcome
from conformance.runner import schedule
from conformance.runner.ledger import undone
from conformance.runner.scene import Stage
from conformance.runner.schedule import run_scenarios
from conformance.target import HOUSE_PROVISION, Agent, Target

AGENTS = {name: Agent(name, name) for name in ("alice", "bob", "carol")}
TARGET = Target("t", "http://x", AGENTS, provision={"email": HOUSE_PROVISION})
STAGE = Stage(TARGET, catalogue=None)  # type: ignore[arg-type]
CALL = "  - call: {agent: AGENT, request: GET /x}\n"


class Stand:
    """Stands in for acting out: notes who plays, and ends when let go."""

    def __init__(self) -> None:
        self.playing: list[str] = []
        self.most = 0
        self.log: list[str] = []

    async def __call__(self, scenario, cast, stage):
        self.playing.append(scenario.id)
        self.most = max(self.most, len(self.playing))
        self.log.append("+".join(self.playing))
        try:
            for _ in range(5):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.playing.remove(scenario.id)
            return undone(scenario, "x", Outcome.SKIP, "interrupted")
        self.playing.remove(scenario.id)
        return undone(scenario, "x", Outcome.PASS, scenario.id)


@pytest.fixture
def stand(monkeypatch) -> Stand:
    made = Stand()
    monkeypatch.setattr(schedule, "enact", made)
    return made


@pytest.fixture
def scenarios(read):
    def making(*agents: str, alone: tuple[int, ...] = ()):
        return [
            replace(
                read(CALL.replace("AGENT", agent), f"agents: [{agent}]\n"),
                id=str(n),
                alone=n in alone,
            )
            for n, agent in enumerate(agents)
        ]

    return making


async def test_results_come_in_the_order_of_the_scenarios(scenarios, stand) -> None:
    results = await run_scenarios(scenarios("alice", "bob", "alice", "carol"), STAGE, limit=3)
    assert [checks[0].reason for checks in results] == ["0", "1", "2", "3"]


async def test_two_scenarios_that_share_an_agent_never_run_at_once(scenarios, stand) -> None:
    await run_scenarios(scenarios("alice", "alice", "alice"), STAGE, limit=3)
    assert stand.most == 1


async def test_no_more_run_at_once_than_allowed(scenarios, stand) -> None:
    await run_scenarios(scenarios("alice", "bob", "carol"), STAGE, limit=2)
    assert stand.most == 2


async def test_one_that_must_be_alone_is_alone_and_gets_its_turn(scenarios, stand) -> None:
    await run_scenarios(scenarios("alice", "bob", "carol", alone=(1,)), STAGE, limit=3)
    assert stand.log == ["0", "1", "2"]


async def test_what_does_not_apply_is_not_run(scenarios, stand) -> None:
    given = [replace(one, needs=("magic",)) for one in scenarios("alice")]
    stage = replace(STAGE, target=replace(TARGET, capabilities=frozenset()))
    [[check]] = await run_scenarios(given, stage)
    assert (check.outcome, check.reason) == (Outcome.NA, "the target does not claim magic")
    assert stand.log == []


async def test_an_interrupt_breaks_off_what_runs_and_skips_the_rest(scenarios, stand) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().call_soon(stop.set)
    results = await run_scenarios(scenarios("alice", "alice"), STAGE, interrupted=stop)
    assert [checks[0].reason for checks in results] == [
        "interrupted",
        "interrupted before it began",
    ]


async def test_nothing_to_run_ends_at_once(stand) -> None:
    assert await run_scenarios([], STAGE) == []
