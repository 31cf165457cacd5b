from pathlib import Path

import pytest

from conformance.collect import SUITES, collect
from tapestry.problems import Problem, Problems

SCENARIO = """\
id: ID
title: x
agents: [alice]
steps:
  - call: {agent: alice, request: GET /api/v2/me}
"""
CASSETTE = """\
tapestry: 1
recorded: 2026-11-21T09:30:00.000Z
...
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b", "a"):
        (tmp_path / f"{name}.tapestry.yaml").write_text(SCENARIO.replace("ID", name))
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "tape.yaml").write_text(CASSETTE)
    (tmp_path / "deep" / "flow.yaml").write_text(
        '--- {"tapestry": 1, "recorded": "2026-11-21T09:30:00.000Z"}\n'
    )
    (tmp_path / "mine.target.yaml").write_text("name: t\nbase_url: http://x\n")
    (tmp_path / "notes.txt").write_text("tapestry: no\n")
    return tmp_path


def test_without_a_word_all_shipped_suites_are_run() -> None:
    ids = [scenario.id for scenario in collect()]
    assert {id_.partition(".")[0] for id_ in ids} == set(SUITES)
    assert len(ids) == len(set(ids))


def test_a_suite_can_be_named() -> None:
    assert {one.id.partition(".")[0] for one in collect(suites=["session"])} == {"session"}


def test_a_folder_gives_its_scenarios_and_cassettes_in_order(folder: Path) -> None:
    assert [scenario.id for scenario in collect([folder])] == ["a", "b", "flow", "tape"]


def test_a_file_that_is_named_twice_is_run_once(folder: Path) -> None:
    file = folder / "a.tapestry.yaml"
    assert [scenario.id for scenario in collect([file, folder, file])] == ["a", "b", "flow", "tape"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("absent.tapestry.yaml", "no such file or folder"),
        ("mine.target.yaml", "neither a scenario nor a cassette"),
        ("notes.txt", "neither a scenario nor a cassette"),
        ("empty", "no scenario and no cassette"),
    ],
)
def test_what_cannot_be_run_is_told(folder: Path, name: str, words: str) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(Problem, match=words):
        collect([folder / name])


def test_the_faults_of_all_files_are_told_together(folder: Path) -> None:
    for name in ("x", "y"):
        (folder / f"{name}.tapestry.yaml").write_text("id: 5\n")
    (folder / "z.tapestry.yaml").write_text("[\n")
    with pytest.raises(Problems) as caught:
        collect([folder])
    files = {problem.where.file for problem in caught.value.problems if problem.where}
    assert {Path(file).name[0] for file in files} == {"x", "y", "z"}


def test_two_scenarios_cannot_share_a_check_id(folder: Path) -> None:
    (folder / "c.tapestry.yaml").write_text(SCENARIO.replace("ID", "a"))
    with pytest.raises(Problems, match="check id 'a' is taken") as caught:
        collect([folder])
    assert "c.tapestry.yaml:1" in str(caught.value)
