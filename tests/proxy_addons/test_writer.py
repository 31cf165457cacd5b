"""The writing process, run in this one."""

import os

import msgpack
import pytest

from proxy_addons import writer
from proxy_addons.plan import Plan, open_sink
from proxy_addons.report import Begun, Ended, Refused, State, Told, Violated, line_of, report_of
from proxy_addons.sighting import (
    Answered,
    Asked,
    Broken,
    Closed,
    Dropped,
    Finished,
    Payload,
    Said,
    pack,
)
from tapestry.problems import Problem
from tapestry.tape import codec
from tapestry.tape.redact import Redactor

JSON = ((b"Content-Type", b"application/json"),)
DELIVERY = b'[{"channel": "/v2/me/emails", "data": {"messageType": "EmailStateChangeMessage"}}]'


def written(plan, *sightings, clock=lambda: 5.0):
    reading, writing = os.pipe()
    os.write(writing, msgpack.packb(plan.as_dict()) + b"".join(map(pack, sightings)))
    os.close(writing)
    reports = []
    try:
        code = writer.run(reading, reports.append, clock)
    finally:
        os.close(reading)
    return code, reports


def asked(key, target=b"/api/v2/me", content=b"", method=b"GET"):
    return Asked(key, 5.0, "c1", method, target, Payload(JSON, content))


def answered(key, status=200, content=b""):
    return Answered(key, 6.0, status, Payload(JSON, content))


@pytest.fixture
def out(tmp_path):
    return tmp_path / "x.yaml"


def test_every_kind_of_sighting_finds_its_place(out):
    code, reports = written(
        Plan(str(out)),
        asked("a"),
        answered("a", content=b'{"statusCode": 0}'),
        asked("w"),
        answered("w", 101),
        Said("w", 6.0, False, DELIVERY),
        Closed("w", 7.0, "closed by client"),
        asked("b"),
        Broken("b", 7.0, "connection refused"),
        asked("d"),
        Dropped("d"),
        Finished(8.0),
    )
    entries = codec.load(out).entries
    assert code == 0
    assert [type(entry).__name__ for entry in entries] == [
        "Exchange",
        "Exchange",
        "Frame",
        "End",
        "End",
    ]
    assert isinstance(reports[0], Begun)
    state = next(one for one in reversed(reports) if isinstance(one, State))
    assert (state.calls, state.deliveries, state.entries, state.lost) == (1, 1, 5, 1)
    assert isinstance(reports[-1], Ended)


def test_a_proxy_that_was_killed_leaves_its_open_polls_on_the_tape(out):
    written(Plan(str(out)), asked("a"), answered("a"), asked("poll"))
    _, end = codec.load(out).entries
    assert end.reason == "recorder killed"


def test_a_fault_costs_one_entry(out):
    bad = Asked("a", "no time", "c1", b"GET", b"/", Payload(()))
    _, reports = written(Plan(str(out)), bad, asked("b"), answered("b"), Finished(8.0))
    assert len(codec.load(out).entries) == 1
    assert Told("an entry was not recorded: TypeError") in reports


def test_violations_are_told_with_their_requirement_and_without_values(out):
    secret = b'{"statusCode": "s3cr3t-zero", "user": {"userName": "alice"}}'
    _, reports = written(
        Plan(str(out), validate=True),
        asked("a"),
        answered("a", content=secret),
        asked("p", b"/api/v2/notifications", b'[{"channel": "/meta/connect"}]', b"POST"),
        answered("p", content=DELIVERY),
        Finished(8.0),
    )
    found = [report for report in reports if isinstance(report, Violated)]
    assert {report.key for report in found} == {"a", "p"}
    assert any("MUST" in report.message for report in found)
    assert "alice" not in str(found)
    state = next(one for one in reversed(reports) if isinstance(one, State))
    assert state.violations == len(found)


def test_files_that_cannot_be_opened_are_refused(tmp_path):
    code, (refused,) = written(Plan(str(tmp_path / "none" / "x.yaml")))
    assert code == 2
    assert isinstance(refused, Refused)
    assert "cannot write" in refused.what


def test_no_plan_is_an_end():
    reading, writing = os.pipe()
    os.close(writing)
    with pytest.raises(SystemExit):
        writer.run(reading, print)
    os.close(reading)


@pytest.mark.parametrize(
    "report",
    [Begun(), Refused("x", why="y"), Told("x"), Violated("k", "m"), State(lost=1), Ended("x")],
)
def test_reports_survive_their_line(report):
    assert report_of(line_of(report)) == report


def test_an_older_recording_is_extended_where_it_ends(out):
    written(Plan(str(out)), asked("a"), answered("a"), Finished(6.0))
    with out.open("ab") as file:
        file.write(b'--- {"kind": "exchange", "at": 1')
    written(Plan(str(out), extend=True), asked("b"), answered("b"), Finished(6.0))
    first, second = codec.load(out).entries
    assert codec.load(out).warnings == ()
    assert second.at >= first.at + first.took


@pytest.mark.parametrize("more", [{"split": True}, {"rotate": "1h"}])
def test_only_one_file_can_be_extended(out, more):
    with pytest.raises(Problem, match="as one file"):
        open_sink(Plan(str(out), extend=True, **more), Redactor(), 0.0, print)


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ({"split": True}, {"x.agent-1.yaml", "x.unknown.yaml"}),
        ({"rotate": "1h"}, {"x-0001.yaml", "x-latest.yaml"}),
        (
            {"rotate": "1h", "split": True},
            {
                f"x.{who}-{part}.yaml"
                for who in ("agent-1", "unknown")
                for part in ("0001", "latest")
            },
        ),
    ],
)
def test_split_and_rotation_make_the_files_they_promise(tmp_path, out, more, names):
    basic = Payload(((b"Authorization", b"Basic YWxpY2U6YWxpY2UtcHc="),))
    plan = Plan(str(out), replace=True, **more)
    for _ in range(2):
        written(
            plan,
            Asked("a", 5.0, "c1", b"GET", b"/", basic),
            answered("a"),
            asked("b"),
            answered("b"),
            Finished(6.0),
        )
        assert {found.name for found in tmp_path.iterdir()} == names
    assert len(plan.older()) == len(names) - sum("latest" in name for name in names)


def test_a_folder_that_cannot_be_written_is_told_at_once_when_split(tmp_path):
    with pytest.raises(Problem, match="cannot write"):
        open_sink(Plan(str(tmp_path / "no" / "x.yaml"), split=True), Redactor(), 0.0, print)
    assert Plan(str(tmp_path / "no" / "x.yaml")).older() == []


def test_a_name_told_before_any_key_showed_it_is_gone_when_the_recording_ends(out):
    early = b'{"note": "ask ", "label": "zebulon"}'
    written(
        Plan(str(out)),
        asked("a"),
        answered("a", content=early),
        asked("b"),
        answered("b", content=b'{"user": {"userName": "zebulon"}}'),
        Finished(7.0),
    )
    assert "zebulon" not in out.read_text()
    assert len(codec.load(out).entries) == 2


def test_a_policy_file_adds_to_the_redaction_and_what_it_does_in_vain_is_told(out, tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        "policy: house\n"
        "add:\n"
        "  - {name: account, kind: token, keys: [accountNumber]}\n"
        "  - {name: badge, kind: token, keys: [badgeNumber]}\n"
    )
    content = b'{"accountNumber": "DE-4711-0815"}'
    _, reports = written(
        Plan(str(out), policy=str(policy)),
        asked("a"),
        answered("a", content=content),
        Finished(7.0),
    )
    assert "4711-0815" not in out.read_text()
    assert Told("policy: nothing came under 'badge'") in reports


def test_a_policy_that_does_not_fit_refuses_to_record(out, tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text("policy: house\nadds: []\n")
    code, reports = written(Plan(str(out), policy=str(policy)))
    assert code == 2
    assert isinstance(reports[0], Refused)
    assert not out.exists()
