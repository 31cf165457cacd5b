import argparse
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conformance.cli import main, record
from proxy_addons import recorder
from proxy_addons.mode import MEANING, Mode
from proxy_addons.settings import Settings
from tapestry.serving import Listen


@pytest.fixture
def recorded(monkeypatch):
    calls = []
    monkeypatch.setattr(recorder, "record", lambda *arguments: calls.append(arguments))
    return calls


def test_the_options_reach_the_recorder(recorded, capsys):
    arguments = ["record", "http://h:1/", "--listen", "127.0.0.1:5", "--out", "x.yaml"]
    assert main([*arguments, "--mode", "all"]) == 0
    ((plan, settings),) = recorded
    assert (plan.upstream, plan.out) == ("http://h:1", "x.yaml")
    assert settings == Settings(listen=Listen("127.0.0.1", 5), mode=Mode.ALL)
    output = capsys.readouterr()
    assert output.out == ""
    assert "recording http://h:1 into x.yaml" in output.err


def test_by_default_a_new_cassette_is_named_after_the_time(recorded):
    assert main(["record", "http://h:1"]) == 0
    ((plan, settings),) = recorded
    assert settings == Settings(listen=Listen("127.0.0.1", 0), mode=Mode.ONCE)
    assert Path(plan.out).match("cassette-*Z.yaml")
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
        (["http://h:1", "--mode", "none"], "plays a cassette"),
        (["http://h:1", "--rotate", "often"], "not a size or a time"),
    ],
)
def test_wrong_usage_is_told_with_exit_code_2(arguments, message, capsys):
    assert main(["record", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_the_modes_are_explained():
    parser = argparse.ArgumentParser()
    record.configure(parser)
    assert all(mode in parser.format_help() for mode in record.MODES)
    assert {str(mode): meaning for mode, meaning in MEANING.items()} == record.MODES


def test_all_options_reach_the_recorder(recorded):
    tape = ["--sync", "entry", "--rotate", "1h", "--split", "agent", "--validate"]
    traffic = ["--rewrite-uris", "http://gws.example.com", "--tls", "--insecure"]
    files = ["--cert", "c.pem", "--upstream-ca", "ca.pem"]
    assert main(["record", "http://h:1", *tape, *traffic, *files]) == 0
    ((plan, settings),) = recorded
    assert (plan.sync, plan.rotate, plan.split, plan.validate) == ("entry", "1h", True, True)
    assert settings.rewrite == ("http://gws.example.com",)
    assert (settings.tls, settings.insecure) == (True, True)
    assert (settings.cert, settings.upstream_ca) == (Path("c.pem"), Path("ca.pem"))


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("once", "playing {out}, which exists"),
        ("none", "playing {out}, which exists"),
        ("new_episodes", "adding what it lacks from http://h:1"),
        ("all", "recording http://h:1 into {out}"),
    ],
)
def test_it_says_what_it_is_about_to_do(recorded, tmp_path, capsys, mode, said):
    out = tmp_path / "x.yaml"
    out.touch()
    assert main(["record", "http://h:1", "--out", str(out), "--mode", mode]) == 0
    assert said.format(out=out) in capsys.readouterr().err
