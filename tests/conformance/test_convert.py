import itertools
import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.cli import main
from conformance.conversion import Format, convert, format_of, format_to_write
from tapestry.problems import Problem
from tapestry.tape import codec
from tapestry.tape.body import EMPTY, body_of
from tapestry.tape.model import Cassette, Exchange, Frame, Header, Request, Response
from tests.tape.tapes import cassettes

NAMES = ("b.yaml", "b.jsonl", "b.jsonl.zst", "b.har", "b.mitm", "b.flow")


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cassettes().filter(lambda one: one.entries), st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_whatever_way_a_tape_goes_it_comes_back_the_same(tmp_path, cassette, first, second):
    source, back = tmp_path / "a.yaml", tmp_path / "back.yaml"
    codec.save(cassette, source)
    way = [source, tmp_path / first, tmp_path / f"c{second}", back]
    for from_, to in itertools.pairwise(way):
        assert convert(from_, to).lost == ()
    assert codec.load(back) == cassette


@pytest.mark.parametrize("style", ["block", "flow"])
def test_the_style_of_a_yaml_cassette_can_be_chosen(tmp_path, style):
    source, target = tmp_path / "a.jsonl", tmp_path / "b.yaml"
    codec.save(Cassette(Header("now"), ()), source, "jsonl")
    assert main(["convert", str(source), str(target), "--style", style]) == 0
    assert target.read_text().startswith("tapestry: 1" if style == "block" else "--- {")


def browser_har(tmp_path: Path, **request) -> Path:
    entry = {
        "startedDateTime": "2026-11-21T09:30:00.000Z",
        "time": 5,
        "request": {"method": "GET", "url": "http://api.test/x", "headers": []} | request,
        "response": {"status": 200, "headers": [], "content": {"text": "hello woodpecker"}},
    }
    basic = {"name": "Authorization", "value": "Basic d29vZHBlY2tlcjpwdw=="}
    login = entry | {
        "startedDateTime": "2026-11-21T09:30:01.000Z",
        "request": entry["request"] | {"headers": [basic], "url": "http://api.test/y"},
    }
    file = tmp_path / "browser.har"
    file.write_text(json.dumps({"log": {"entries": [entry, login]}}))
    return file


def test_what_comes_from_outside_is_redacted_before_it_is_written(tmp_path, capsys):
    target = tmp_path / "b.yaml"
    source = browser_har(tmp_path, url="http://api.test/x?token=abc")
    assert main(["convert", str(source), str(target)]) == 0
    text = target.read_text()
    assert "abc" not in text
    assert "d29vZH" not in text
    assert "woodpecker" not in text, "named in an entry before the login that shows it"
    cassette = codec.load(target)
    assert cassette.header.redaction["policy"] == "default"
    assert cassette.entries[1].agent == "agent#1"
    assert "redacted: " in capsys.readouterr().err


def test_a_policy_applies_and_what_is_unused_is_told(tmp_path, capsys):
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        "policy: acme\nadd:\n- {name: bird, kind: name, values: [hello]}\n"
        "- {name: none, kind: token, keys: [nowhere]}\n"
    )
    target = tmp_path / "b.yaml"
    source = browser_har(tmp_path)
    assert main(["convert", str(source), str(target), "--policy", str(policy)]) == 0
    assert "hello" not in target.read_text()
    told = capsys.readouterr().err
    assert "nothing came under 'none'" in told
    assert "'bird'" not in told


def test_what_is_lost_is_listed(tmp_path, capsys):
    source, target = tmp_path / "a.yaml", tmp_path / "b.har"
    lonely = Frame(1.0, "w1", "server", body_of(b"x"))
    kept = Exchange(1.0, 1.0, Request("GET", "/"), Response(200, (), EMPTY))
    codec.save(Cassette(Header("now"), (kept, lonely)), source)
    assert main(["convert", str(source), str(target)]) == 0
    captured = capsys.readouterr()
    assert "lost: entry 2: a WebSocket message of w1" in captured.err
    assert captured.out == f"{target}: 2 entries read, 1 lost\n"


def test_what_a_file_is_is_told_by_its_content(tmp_path):
    heads = {
        b"120:9:version": Format.FLOWS,
        b'\xef\xbb\xbf {"log": {}}': Format.HAR,
        b'{"tapestry": 1}': Format.YAML,
        b"tapestry: 1\n": Format.YAML,
        b"\x28\xb5\x2f\xfd": Format.YAML,
    }
    for content, expected in heads.items():
        (tmp_path / "x").write_bytes(content)
        assert format_of(tmp_path / "x") is expected
    assert format_to_write(Path("a.jsonl.zst")) is Format.JSONL


@pytest.mark.parametrize(
    ("content", "target", "message"),
    [
        ("{", "b.yaml", "not JSON"),
        ("[" * 9, "b.yaml", "not a cassette|not YAML"),
        ("{" + '"a":[' * 99_999, "b.yaml", "not JSON"),
        ("tapestry: 1\nrecorded: now\n...\n", "b.txt", "no format is known by the name 'b.txt'"),
        ("tapestry: 1\nrecorded: now\n...\n", "no/b.har", "cannot write"),
        ("tapestry: 1\nrecorded: now\n...\n", "no/b.jsonl.zst", "cannot write"),
    ],
)
def test_what_cannot_be_converted_is_told(tmp_path, content, target, message):
    (tmp_path / "a").write_text(content)
    with pytest.raises(Problem, match=message):
        convert(tmp_path / "a", tmp_path / target)


def test_files_that_are_not_there_or_the_same_are_told(tmp_path, capsys):
    assert main(["convert", str(tmp_path / "none"), str(tmp_path / "b.yaml")]) == 2
    file = tmp_path / "a.jsonl"
    codec.save(Cassette(Header("now"), ()), file, "jsonl")
    assert main(["convert", str(file), str(file)]) == 2
    assert "same file" in capsys.readouterr().err


def test_a_compressed_tape_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path):
    file = tmp_path / "a.jsonl.zst"
    entry = Exchange(1.0, 1.0, Request("GET", "/"), Response(200, (), EMPTY))

    noise = random.Random(1)
    entries = tuple(
        Exchange(n, 1.0, Request("GET", f"/{noise.random()}"), entry.response) for n in range(9000)
    )
    codec.save(Cassette(Header("now"), entries), file, "jsonl")
    whole = file.read_bytes()
    assert len(whole) < 400_000
    file.write_bytes(whole[: len(whole) // 2])
    cut = codec.load(file)
    assert cut.entries == entries[: len(cut.entries)]
    assert 0 < len(cut.entries) < 9000
    assert "torn" in cut.warnings[0]
    file.write_bytes(whole[:4] + b"\xff" * 40)
    with pytest.raises(Problem, match="damaged"):
        codec.load(file)
