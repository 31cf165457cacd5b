from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.cli import main
from conformance.offline.kinds import Kind, recognise
from tapestry import shipped
from tapestry.catalogue.own import check_own
from tapestry.documents import Document
from tapestry.tape.codec import save
from tapestry.tape.model import Body, BodyKind, Cassette, Entry, Exchange, Header, Request, Response

TOPIC = "/v2/me/emails"
EMAIL = {"id": "1", "state": "Processing", "capabilities": [], "uri": "/api/v2/me/emails/1"}
CHANGE = {
    "messageType": "EmailStateChangeMessage",
    "notificationType": "StatusChange",
    "referenceId": 1,
    "email": EMAIL,
}
SCENARIO = """\
id: one
title: One
agents: [alice]
steps:
  - never: {agent: alice, data: {}}
"""


def json_body(value: Any) -> Body:
    return Body(BodyKind.JSON, value)


def call(body: Any, answer: Any, path: str = "/api/v2/me/emails/1", status: int = 200) -> Exchange:
    response = Response(status, body=json_body(answer)) if answer is not None else Response(status)
    return Exchange(1, 1, Request("POST", path, body=json_body(body)), response, "agent#1")


def poll(*messages: Any) -> Exchange:
    connect = {"channel": "/meta/connect", "clientId": "c", "id": "1"}
    reply = connect | {"successful": True}
    request = Request("POST", "/api/v2/notifications", body=json_body([connect]))
    deliveries = [{"channel": channel, "data": data} for channel, data in messages]
    return Exchange(2, 9, request, Response(200, body=json_body([*deliveries, reply])), "agent#1")


def cassette(tmp_path: Path, *entries: Entry, name: str = "tape.yaml") -> Path:
    file = tmp_path / name
    style = "jsonl" if name.endswith("jsonl") else "block"
    save(Cassette(Header("2026-11-21T09:30:00.000Z"), entries), file, style)
    return file


def run(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, list[dict[str, Any]]]:
    code = main(["check", *map(str, arguments), "--format", "json"])
    printed = json.loads(capsys.readouterr().out)
    assert check_own(Document(printed, "-", {}), "check") == []
    return code, printed["findings"]


def lines(findings: list[dict[str, Any]]) -> list[str]:
    return [f"{one['level']} {one['requirement']} {one['entry']} {one['path']}" for one in findings]


def test_a_cassette_of_documented_traffic_has_no_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = cassette(
        tmp_path,
        call({"operationName": "Accept"}, {"statusCode": 0, "referenceId": 1}),
        poll((TOPIC, CHANGE)),
    )
    assert run(capsys, file) == (0, [])


@pytest.mark.parametrize("name", ["tape.yaml", "tape.jsonl"])
def test_every_call_and_delivery_is_held_against_the_documented_shapes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    file = cassette(
        tmp_path,
        call({"operationName": "Accept", "saveLAR": 1}, {"statusCode": "0"}),
        call({"operationName": "Transfer"}, {"statusCode": 1}, status=400),
        call({"operationName": "Forward"}, {"statusCode": 0}),
        call({}, {"statusCode": 1, "statusMessage": "no operation"}, status=400),
        call({"x": 1}, {"id": 1}, path="/admin/emails"),
        poll((TOPIC, CHANGE | {"email": EMAIL | {"state": "Gone"}}), (TOPIC, CHANGE | {"new": 1})),
        name=name,
    )
    code, findings = run(capsys, file)
    assert code == 1
    assert sorted(lines(findings)) == sorted(
        [
            "MUST GWS-ACCEPT-03 1 $.saveLAR",
            "MUST GWS-RETURN-02 1 $.statusCode",
            "MUST GWS-TRANSFER-03 2 $",
            "MUST GWS-RETURN-04 2 $",
            "INFO TAPESTRY-03 3 $.operationName",
            "MUST GWS-REQUEST-01 4 $",
            "MUST GWS-EMAIL-02 6 $.data.email.state",
            "INFO TAPESTRY-01 6 $.data.new",
        ]
    )


def test_only_a_broken_must_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = cassette(tmp_path, poll((TOPIC, CHANGE | {"email": EMAIL | {"subject": 1}})))
    code, findings = run(capsys, file)
    assert code == 0
    assert lines(findings) == ["SHOULD GWS-EMAIL-04 1 $.data.email.subject"]


def test_an_accepted_reading_is_told_and_does_not_fail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, findings = run(capsys, cassette(tmp_path, call({"operationName": "Accept"}, None)))
    assert code == 0
    assert [one["anomaly"] for one in findings] == ["GWS-ANOMALY-EMPTY-200"]


def test_a_torn_cassette_is_told_and_the_rest_is_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = cassette(tmp_path, poll((TOPIC, {})), name="tape.jsonl")
    file.write_text(file.read_text() + '{"kind": "exch')
    code, findings = run(capsys, file)
    assert code == 1
    assert [one["requirement"] for one in findings] == ["TAPESTRY-07", "GWS-NOTIFY-03"]


def test_a_faulty_entry_is_told_where_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = cassette(tmp_path, call({"operationName": "Accept"}, {"statusCode": 0}))
    text = file.read_text().replace("took:", "tok:")
    file.write_text(text)
    code, findings = run(capsys, file)
    line = text.split("\n").index(next(row for row in text.split("\n") if "tok:" in row)) + 1
    assert code == 2
    told = [(one["line"], one["message"]) for one in findings]
    assert (
        line,
        "'tok' is not a key that is known here; the format of a cassette says so; "
        "did you mean 'took'?",
    ) in told


def test_a_cassette_that_is_not_utf_8_is_told_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "tape.jsonl"
    file.write_bytes(b'{"tapestry": 1, "recorded": "\xff"}\n')
    code, [finding] = run(capsys, file)
    assert code == 2
    assert "UTF-8" in finding["message"]


@pytest.mark.parametrize(
    ("name", "text", "code", "told"),
    [
        ("s.yaml", SCENARIO.replace("title", "titel"), 2, "did you mean 'title'?"),
        ("s.tapestry.yaml", "id: one\n", 2, "steps is missing"),
        ("t.yaml", "name: x\nbase_url: ftp://x\n", 2, "does not have the form"),
        ("x.yaml", "a: [1\n", 2, "not YAML"),
        ("x.json", '{"a": 1,}', 2, "not JSON"),
        ("x.json", "[" * 100_000, 2, "not JSON that can be read"),
        ("x.json", "9" * 5000, 2, "not JSON that can be read"),
        ("x.jsonl", '{"tapestry": 1, "recorded": ' + "9" * 5000 + "}\n", 2, "not JSON"),
        ("x.yaml", "tapestry: 1\nrecorded: " + "9" * 5000 + "\n...\n", 2, "number is too long"),
        (
            "x.schema.json",
            '{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "x"}',
            2,
            "is not one of",
        ),
        ("m.json", json.dumps({"channel": TOPIC, "data": {}}), 1, "messageType is missing"),
        ("m.json", json.dumps([{"channel": TOPIC, "data": {}}]), 1, "messageType is missing"),
        ("m.json", json.dumps(CHANGE), 1, "data is missing"),
        ("m.json", json.dumps({"operationName": "Transfer"}), 1, "exactly one of"),
        ("m.json", json.dumps({"statusCode": 6}), 1, "statusMessage is missing"),
        ("p.txt", '"statusCode": 0', 1, "a brace is lost"),
        ("p.txt", '{"a": 1,}', 1, "not JSON, and no known defect says why"),
        ("p.txt", 'POST /api/v2/me/emails/1 {"operationName": "Transfer"}', 1, "exactly one of"),
        ("p.txt", '{"messageType": "X", "channel": "/x", "data": {}}', 0, "no table"),
    ],
)
def test_each_kind_of_file_is_checked_in_its_way(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    text: str,
    code: int,
    told: str,
) -> None:
    file = tmp_path / name
    file.write_text(text)
    found, findings = run(capsys, file)
    assert found == code
    assert any(told in one["message"] for one in findings), findings


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("m.json", json.dumps({"channel": TOPIC, "data": CHANGE})),
        ("m.json", json.dumps({"channel": "/meta/connect", "successful": True})),
        ("m.json", json.dumps({"operationName": "Accept"})),
        ("m.json", json.dumps({"operationName": "Reply"})),
        ("m.json", json.dumps([{"statusCode": 0}, 7])),
        ("p.txt", '{ "statusCode": 0 }'),
        ("p.txt", 'POST /api/v2/other/1 {"operationName": "Transfer"}'),
        ("t.yaml", "name: x\nbase_url: http://127.0.0.1:8090\n"),
        ("x.json", json.dumps({"agents": [], "sessions": [], "events": []})),
    ],
)
def test_what_is_as_it_should_be_has_no_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)
    assert run(capsys, tmp_path / name) == (0, [])


def test_a_folder_is_searched_and_what_is_left_out_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "p.txt").write_text('"statusCode": 0')
    (tmp_path / "deep" / "p.txt").write_text('"statusCode": 0')
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    assert main(["check", str(tmp_path), str(tmp_path / "deep" / "p.txt")]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed == [
        f"{tmp_path}/deep/p.txt:1:1: MUST TAPESTRY-05 a brace is lost (GWS-ANOMALY-BRACES): "
        '"statusCode": 0',
        "checked 1 file: 1 finding (1 MUST, 0 SHOULD, 0 INFO); 2 files skipped, nothing to check",
    ]


def test_a_folder_with_nothing_in_it_is_exit_5(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, tmp_path) == (5, [])


@pytest.mark.parametrize("name", ["missing.yaml", "notes.txt", "list.json"])
def test_a_path_of_no_use_is_exit_2_and_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / "list.json").write_text("[1]")
    assert main(["check", str(tmp_path / name)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert name in told.err
    assert "Traceback" not in told.err


def test_the_same_remark_on_many_entries_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = cassette(tmp_path, *(poll((TOPIC, CHANGE | {"new": 1})) for _ in range(3)))
    assert main(["check", str(file)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{file} entry 1: INFO TAPESTRY-01 $.data.new: no page documents this member (3 times)",
        "checked 1 file: 3 findings (0 MUST, 0 SHOULD, 3 INFO)",
    ]


def test_control_characters_of_a_recording_do_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = CHANGE | {"email": EMAIL | {"state": "\x1b[31mred\x07"}}
    main(["check", str(cassette(tmp_path, poll((TOPIC, bad))))])
    assert "\x1b" not in capsys.readouterr().out


def test_secrets_and_bodies_are_not_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = {"operationName": "Accept", "saveLAR": {"password": "hunter2"}, "password": "hunter2"}
    file = cassette(tmp_path, call(body, {"statusCode": 1, "statusMessage": ["hunter2"]}))
    assert main(["check", str(file)]) == 1
    assert "hunter2" not in capsys.readouterr().out


def test_the_printed_samples_that_ship_are_reported_and_the_repaired_are_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    samples = shipped.schemas() / "samples"
    code, findings = run(capsys, samples / "as-printed")
    assert code == 1
    assert {"GWS-ANOMALY-QUOTES", "GWS-ANOMALY-NO-DATA"} <= {one["anomaly"] for one in findings}
    assert run(capsys, samples / "repaired", samples / "samples.yaml") == (0, [])


def test_the_shipped_tables_and_schemas_keep_their_own_schemas(
    capsys: pytest.CaptureFixture[str],
) -> None:
    room = shipped.schemas()
    paths = [room / name for name in ("common", "email", "me", "tapestry")]
    assert run(capsys, *paths, *room.glob("*.yaml")) == (0, [])


def test_the_shipped_scenarios_and_cassettes_hold(capsys: pytest.CaptureFixture[str]) -> None:
    import conformance

    scenarios = Path(conformance.__file__).parent / "scenarios"
    if not any(scenarios.rglob("*.yaml")):
        pytest.skip("no scenario ships yet")
    code, findings = run(capsys, scenarios)
    assert (code, findings) == (0, [])


def test_a_scenario_is_checked_beyond_its_shape(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "s.yaml").write_text(SCENARIO.replace("agent: alice", "agent: bob"))
    code, findings = run(capsys, tmp_path / "s.yaml")
    assert code == 2
    assert any("bob" in one["message"] and one["line"] == 5 for one in findings)


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.yaml", "# a comment\n\ntapestry: 1\nrecorded: x\n", Kind.CASSETTE),
        ("a.yml", '--- {"tapestry": 1, "recorded": "x"}\n', Kind.CASSETTE),
        ("a.yaml", "\ufefftapestry: 1\n", Kind.CASSETTE),
        ("a.jsonl", "", Kind.CASSETTE),
        ("a.yaml", SCENARIO, Kind.OWN),
        ("a.json", '{"statusCode": 0}', Kind.MESSAGE),
        ("a.yaml", "statusCode: 0\n", Kind.MESSAGE),
        ("a.txt", "POST api/v2/me", Kind.PRINTED),
        ("a.yaml", "$schema: x\n", Kind.SCHEMA),
        ("a.yaml", "just text\n", None),
        ("a.json", "[]", None),
    ],
)
def test_a_file_is_known_by_what_stands_in_it(
    tmp_path: Path, name: str, text: str, kind: Kind | None
) -> None:
    (tmp_path / name).write_text(text)
    found = recognise(tmp_path / name)
    assert (found.kind if found else None) == kind


def test_the_verb_costs_nothing_heavy_until_it_runs() -> None:
    import subprocess
    import sys

    script = (
        "import sys, argparse; from conformance.cli import check;"
        "check.configure(argparse.ArgumentParser());"
        "print(sorted({'jsonschema', 'yaml', 'aiohttp'} & sys.modules.keys()))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    from tapestry.problems import Problem

    for name in ("gone.yaml", "gone.txt", "gone.json"):
        with pytest.raises(Problem, match="cannot read"):
            recognise(tmp_path / name)


def test_a_profile_says_how_grave_the_findings_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = cassette(tmp_path, poll((TOPIC, CHANGE | {"new": 1})))
    assert main(["check", "--format", "json", "--profile", "strict", str(file)]) == 0
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert lines(findings) == ["SHOULD TAPESTRY-01 1 $.data.new"]
    assert main(["check", "--profile", "lenient", str(file)]) == 2
    assert "known are documented, observed, strict" in capsys.readouterr().err


def test_a_compressed_cassette_is_a_cassette_too(tmp_path: Path) -> None:
    header = Header(recorded="2026-11-21T09:30:00.000Z")
    packed = tmp_path / "day.jsonl.zst"
    accept = call({"operationName": "Accept"}, {"statusCode": 0})
    save(Cassette(header, (accept,)), packed, "jsonl")
    assert main(["check", str(packed)]) == 0
    assert main(["check", str(tmp_path)]) == 0
