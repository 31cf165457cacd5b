"""``tapestry verify`` as a user runs it: what it prints, where, and how it ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from conformance.cli import main
from conformance.verification import embedded_reference

SCENARIO = """\
id: mine.me
title: An agent can read the own user
level: LEVEL
agents: [alice]
steps:
  - call: {agent: alice, request: GET /api/v2/me, answer: {json: {statusCode: CODE}}}
"""


TOUCHING = """\
name: t
base_url: {url}
agents: {{alice: {{password_env: ALICE_PW}}}}
provision:
  email:
    command: ["{python}", "-c", "open('{fifo}', 'w').close()"]
"""


@pytest.fixture
def scenario(tmp_path: Path):
    def write(code: int = 0, level: str = "MUST", extra: str = "") -> str:
        file = tmp_path / "mine.tapestry.yaml"
        text = SCENARIO.replace("CODE", str(code)).replace("LEVEL", level) + extra
        file.write_text(text)
        return str(file)

    return write


def last_line(text: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in text.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("code", "level", "verdict", "exit_code"),
    [
        (0, "MUST", "conformant", 0),
        (7, "MUST", "non-conformant", 1),
        (7, "SHOULD", "conditionally-conformant", 0),
        (7, "MAY", "conformant", 0),
    ],
)
def test_the_verdict_decides_the_exit_code(
    scenario, capsys, code: int, level: str, verdict: str, exit_code: int
) -> None:
    assert main(["verify", scenario(code, level)]) == exit_code
    line = last_line(capsys.readouterr().out)
    assert (line["verdict"], line["exit"]) == (verdict, str(exit_code))


def test_the_counts_of_the_last_line_add_up(scenario, capsys) -> None:
    extra = (
        "  - {requires: [step-1], check: {id: b, title: b}, call: {agent: alice, request: GET /}}\n"
    )
    main(["verify", scenario(7, extra=extra)])
    line = last_line(capsys.readouterr().out)
    outcomes = ("pass", "fail", "warn", "error", "skip", "na", "waived")
    assert sum(int(line[name]) for name in outcomes) == int(line["checks"]) == 2
    assert (line["fail"], line["skip"]) == ("1", "1")


def test_json_goes_to_standard_output_and_nothing_else_does(scenario, capsys) -> None:
    assert main(["verify", scenario(7), "--format", "json"]) == 1
    printed = capsys.readouterr()
    report = json.loads(printed.out)
    assert (report["verdict"], report["exit"]) == ("non-conformant", 1)
    assert report["counts"]["checks"] == 1
    [check] = report["checks"]
    assert (check["id"], check["level"], check["outcome"]) == ("mine.me", "MUST", "fail")
    assert (check["scenario"], check["transport"]) == ("mine.me", "long-polling")
    [finding] = check["findings"]
    assert (finding["class"], finding["path"]) == ("mismatch", "$.statusCode")
    assert (finding["expected"], finding["observed"]) == (7, 0)
    assert printed.err.splitlines()[-1].startswith("verdict=non-conformant ")


def test_reports_are_written_where_asked(scenario, tmp_path: Path, capsys) -> None:
    folder, junit = tmp_path / "deep" / "report", tmp_path / "j.xml"
    main(["verify", scenario(7), "--report", str(folder), "--junitxml", str(junit)])
    assert sorted(file.name for file in folder.iterdir()) == [
        "junit.xml",
        "report.html",
        "run.json",
    ]
    assert json.loads((folder / "run.json").read_text())["exit"] == 1
    assert "mine.me" in (folder / "report.html").read_text()
    for file in (junit, folder / "junit.xml"):
        [case] = ET.parse(file).getroot().iter("testcase")
        assert case.find("failure") is not None


def test_a_target_that_cannot_be_used_is_no_verdict(scenario, tmp_path: Path, capsys) -> None:
    report = tmp_path / "report"
    command = ["verify", scenario(), "--target", "http://127.0.0.1:1", "--report", str(report)]
    assert main(command) == 3
    printed = capsys.readouterr()
    assert "cannot reach http://127.0.0.1:1" in printed.err
    assert last_line(printed.out)["verdict"] == "inconclusive"
    assert json.loads((report / "run.json").read_text())["exit"] == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no/such/file"], "no such file or folder"),
        (["--target", "no-such-target.yaml"], "no-such-target.yaml"),
        (["--junitxml", "/no/such/folder/j.xml"], "no such folder"),
        (["--report", "/dev/null/x"], "cannot write"),
    ],
)
def test_wrong_input_is_told_in_words_and_exits_2(capsys, arguments: list[str], words: str) -> None:
    assert main(["verify", *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert "Traceback" not in error


@pytest.mark.parametrize("arguments", [["-n", "0"], ["-n", "x"], ["--suite", "nope"]])
def test_wrong_usage_exits_2(capsys, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["verify", *arguments])
    assert caught.value.code == 2


def test_a_fault_in_a_scenario_is_told_at_its_line(scenario, capsys) -> None:
    file = scenario(extra="  - {cal: {}}\n")
    assert main(["verify", file]) == 2
    assert f"{file}:7:6: " in capsys.readouterr().err


def test_nothing_that_applies_exits_5(tmp_path: Path, scenario, capsys, monkeypatch) -> None:
    target = tmp_path / "t.yaml"
    target.write_text(
        "name: t\nbase_url: http://127.0.0.1:1\nagents: {alice: {}}\ncapabilities: []\n"
    )
    file = Path(scenario())
    file.write_text(file.read_text() + "needs: [magic]\n")
    assert main(["verify", str(file), "--target", str(target)]) == 5
    assert last_line(capsys.readouterr().out)["na"] == "1"


def test_a_report_that_cannot_be_written_is_told(scenario, tmp_path: Path, capsys) -> None:
    (tmp_path / "report" / "run.json").mkdir(parents=True)
    assert main(["verify", scenario(), "--report", str(tmp_path / "report")]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_a_suite_and_a_path_can_be_run_together(scenario, capsys) -> None:
    assert main(["verify", scenario(), "--suite", "session", "-v"]) == 0
    printed = capsys.readouterr().out
    assert "mine.me" in printed
    assert "session.me" in printed


def test_an_interrupt_ends_with_a_partial_report(scenario, tmp_path: Path) -> None:
    fifo, report, target = tmp_path / "fifo", tmp_path / "report", tmp_path / "t.yaml"
    os.mkfifo(fifo)
    waits = "  - provision: {as: m}\n  - expect: {agent: alice, within: 60s, data: {no: 1}}\n"
    with embedded_reference() as reference:
        target.write_text(TOUCHING.format(url=reference.base_url, python=sys.executable, fifo=fifo))
        command = [sys.executable, "-m", "conformance.cli", "verify", scenario(extra=waits)]
        command += ["--target", str(target), "--report", str(report), "--format", "json"]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"ALICE_PW": "alice-pw"},
        )
        fifo.read_text()  # returns when the email is asked for: the scenario is under way
        process.send_signal(signal.SIGINT)
        printed, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    result = json.loads(printed)
    assert (result["interrupted"], result["exit"]) == (True, 130)
    assert result["checks"][0]["reason"] == "interrupted"
    assert (report / "report.html").is_file()
