import threading
from dataclasses import replace
from pathlib import Path

import pytest

import conformance
from conformance.reference.variants import variant
from conformance.target import Agent
from conformance.verification import embedded_reference, unusable, verify
from tapestry.problems import Problem, TargetUnusable

SCENARIO = """\
id: mine.me
title: An agent can read the own user
agents: [alice]
steps:
  - call: {agent: alice, request: GET /api/v2/me, answer: {json: {statusCode: 0}}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.tapestry.yaml"
    path.write_text(SCENARIO)
    return path


def test_the_front_door_offers_verify_and_load_scenario(file: Path) -> None:
    assert conformance.load_scenario(file).id == "mine.me"
    assert conformance.verify is verify
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        conformance.nothing  # noqa: B018 - the access is the test


def test_without_a_target_the_reference_is_judged(file: Path) -> None:
    run = verify([file])
    assert (run.target, run.verdict, run.exit_code) == ("reference", "conformant", 0)
    assert run.timeline[0].title == "logged in"
    assert run.started.endswith("Z")
    assert run.seconds > 0


def test_a_target_can_be_a_value_and_runs_can_start_in_any_thread(file: Path) -> None:
    runs = []
    with embedded_reference(variant("upgraded")) as target:
        thread = threading.Thread(target=lambda: runs.append(verify([file], target=target)))
        thread.start()
        thread.join()
    assert runs[0].target == "reference, upgraded"


def test_a_target_can_be_a_file(file: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PW", "alice-pw")
    with embedded_reference() as target:
        text = f"name: t\nbase_url: {target.base_url}\nagents: {{alice: {{password_env: PW}}}}\n"
        (tmp_path / "t.yaml").write_text(text)
        assert verify([file], target=str(tmp_path / "t.yaml")).exit_code == 0


def test_faults_of_the_input_come_before_the_target_is_touched(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no such file"):
        verify([tmp_path / "absent"], target="http://127.0.0.1:1")


def test_a_target_that_is_not_there_is_no_verdict(file: Path) -> None:
    with pytest.raises(TargetUnusable) as caught:
        verify([file], target="http://127.0.0.1:1")
    run = unusable("t", caught.value)
    assert (run.verdict, run.exit_code, len(run.checks)) == ("inconclusive", 3, 1)
    assert "cannot reach" in (run.checks[0].reason or "")


def test_where_nothing_applies_nothing_is_asked_of_the_target(file: Path) -> None:
    file.write_text(SCENARIO.replace("agents: [alice]", "agents: [alice, b, c, d]"))
    run = verify([file], target="http://127.0.0.1:1")
    assert (run.verdict, run.exit_code) == ("inconclusive", 5)


def test_every_agent_that_takes_part_must_be_let_in(file: Path) -> None:
    with embedded_reference() as target:
        agents = {"alice": Agent("alice", "alice", "wrong")}
        with pytest.raises(TargetUnusable, match="refuses alice"):
            verify([file], target=replace(target, agents=agents))


@pytest.mark.parametrize("transport", ["websocket", "callback-polling"])
def test_a_scenario_is_judged_over_every_transport(transport: str) -> None:
    scenario = Path(conformance.__file__).parent / "scenarios" / "email" / "accept.tapestry.yaml"
    run = verify([scenario], transport=transport)
    assert run.verdict == "conformant"
    assert {check.transport for check in run.checks} == {transport}
