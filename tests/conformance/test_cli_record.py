import argparse
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conformance.cli import main, record
from proxy_addons import recorder
from tapestry.serving import Listen


@pytest.fixture
def recorded(monkeypatch):
    calls = []
    monkeypatch.setattr(recorder, "record", lambda *arguments: calls.append(arguments))
    return calls


def test_the_options_reach_the_recorder(recorded, capsys):
    arguments = ["record", "http://h:1/", "--listen", "127.0.0.1:5", "--out", "x.yaml"]
    assert main([*arguments, "--mode", "all"]) == 0
    assert recorded == [("http://h:1", Listen("127.0.0.1", 5), Path("x.yaml"), "all")]
    output = capsys.readouterr()
    assert output.out == ""
    assert "recording http://h:1 into x.yaml" in output.err


def test_by_default_a_new_cassette_is_named_after_the_time(recorded):
    assert main(["record", "http://h:1"]) == 0
    ((_, listen, out, mode),) = recorded
    assert (listen, mode) == (Listen("127.0.0.1", 0), "once")
    assert out.match("cassette-*Z.yaml")
    moment = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    assert record.default_name(moment) == "cassette-20261121T093000Z.yaml"


def test_passthrough_says_nothing_of_a_cassette(recorded, capsys):
    assert main(["record", "http://h:1", "--mode", "passthrough"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["h:1"], "not an upstream"),
        (["http://h:1", "--listen", "here"], "not an address"),
        (["http://h:1", "--mode", "passthrough", "--out", "x"], "--out has no meaning"),
        (["http://h:1", "--out", __file__], "mode 'once' records only"),
    ],
)
def test_wrong_usage_is_told_with_exit_code_2(arguments, message, capsys):
    assert main(["record", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_the_modes_are_explained():
    parser = argparse.ArgumentParser()
    record.configure(parser)
    assert all(mode in parser.format_help() for mode in record.MODES)
