import json
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.scan.files import scan_paths
from conformance.scan.report import render_json, render_text
from tapestry import shipped
from tapestry.catalogue.own import check_own
from tapestry.documents import Document
from tapestry.problems import Problem
from tapestry.tape import codec
from tapestry.tape.body import body_of
from tapestry.tape.model import Cassette, Exchange, Header, Request, Response

TAPE = Cassette(
    Header("2026-11-21T09:30:00.000Z"),
    (
        Exchange(
            1.0,
            1.0,
            Request("GET", "/x", {"password": "hunter2"}, (("Cookie", "A=abcdefgh1"),)),
            Response(200, (), body_of(b'{"data": [{"mail": "jo@corp.org", "firstName": "Al"}]}')),
        ),
    ),
)


@pytest.mark.parametrize("name", ["t.yaml", "t.jsonl", "t.jsonl.zst"])
def test_a_finding_in_a_cassette_names_entry_path_and_place(tmp_path, name):
    file = tmp_path / name
    codec.save(TAPE, file, "block" if name == "t.yaml" else "jsonl")
    found = {finding.kind: finding for finding in scan_paths([file]).findings}
    assert set(found) == {"named-password", "cookie", "mail-address"}
    mail = found["mail-address"]
    assert (mail.entry, mail.path) == (1, "$.response.body.json.data[0].mail")
    assert "jo@corp" not in mail.shown


def test_lines_are_told_in_block_style(tmp_path):
    file = tmp_path / "t.yaml"
    codec.save(TAPE, file)
    lines = file.read_text().splitlines()
    for finding in scan_paths([file]).findings:
        line = lines[finding.where.line - 1]
        assert any(word in line for word in ("hunter2", "abcdefgh1", "jo@corp.org"))


def test_anything_else_is_read_by_lines(tmp_path):
    (tmp_path / "page.html").write_text("<p>fine</p>\n<p>jo@corp.org</p>\n")
    (tmp_path / "dump.bin").write_bytes(b"\xff\x00\nsee jo@corp.org \xfe\n")
    (tmp_path / "broken.json").write_text('{"a": 1,\n "password": "hunter2", nonsense\n')
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x").write_text("jo@corp.org")
    places = [str(finding.where) for finding in scan_paths([tmp_path]).findings]
    assert [Path(place).name for place in places] == [
        "broken.json:2", "dump.bin:2", "page.html:2",
    ]  # fmt: skip


def test_names_that_nobody_replaced_are_found_together(tmp_path):
    file = tmp_path / "report.json"
    people = [{"firstName": "Elisa", "lastName": "Castello"}, {"firstName": "Ruben"}]
    file.write_text(json.dumps({"users": people, "subject": "qxzv kwjq xqz"}))
    assert {finding.kind for finding in scan_paths([file]).findings} == {"readable-name"}


def test_exit_codes_and_output(tmp_path, capsys):
    clean, empty = tmp_path / "clean.txt", tmp_path / "empty"
    clean.write_text("nothing here but 10.0.0.7")
    empty.mkdir()
    assert main(["scan", str(clean)]) == 0
    assert "scanned 1 file: 0 secret, 0 personal, 1 info" in capsys.readouterr().out
    assert main(["scan", str(empty)]) == 5
    assert main(["scan", str(tmp_path / "none")]) == 2
    clean.write_text("password=hunter2")
    assert main(["scan", str(clean)]) == 1
    captured = capsys.readouterr()
    assert f"{clean}:1: secret named-password … (7 characters)" in captured.out
    assert main(["scan", str(clean), "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["kind"] == "named-password"


def test_the_json_keeps_to_its_schema(tmp_path):
    (tmp_path / "a.txt").write_text("jo@corp.org")
    scanned = scan_paths([tmp_path])
    value = json.loads(render_json(scanned))
    assert check_own(Document(value, "out", {}), "scan") == []
    assert "corp" not in render_json(scanned) + render_text(scanned).replace(str(tmp_path), "")


def test_shipped_data_is_clean():
    scanned = scan_paths([shipped.cassettes()])
    assert [finding for finding in scanned.findings if finding.level.value != "info"] == []


def test_a_missing_path_is_told():
    with pytest.raises(Problem, match="no such file"):
        scan_paths([Path("nowhere")])
