import pytest

from tapestry.tape import codec
from tapestry.tape.hindsight import revise
from tapestry.tape.model import Cassette, Exchange, Header, Request, Response
from tapestry.tape.redact import Redactor

BASIC = ("Authorization", "Basic d29vZHBlY2tlcjpwdw==")
FILES = [("t.yaml", "block"), ("t.yaml", "flow"), ("t.jsonl", "jsonl"), ("t.jsonl.zst", "jsonl")]


def exchange(path, *headers):
    return Exchange(1.0, 1.0, Request("GET", path, {}, headers), Response(200))


def recorded(path, style, *exchanges):
    redactor = Redactor(b"key")
    entries = tuple(map(redactor.exchange, exchanges))
    codec.save(Cassette(Header("now"), entries), path, style)
    return redactor


@pytest.mark.parametrize(("name", "style"), FILES)
def test_a_name_that_came_before_its_login_is_replaced_in_the_same_style(tmp_path, name, style):
    path = tmp_path / name
    redactor = recorded(path, style, exchange("/of/woodpecker"), exchange("/me", BASIC))
    before = codec.load(path)
    assert before.entries[0].request.path == "/of/woodpecker"
    assert revise(path, redactor) == 1
    after = codec.load(path)
    assert "woodpecker" not in str(after)
    assert after.entries[1] == before.entries[1]
    if name == "t.yaml":
        assert path.read_text().startswith("tapestry" if style == "block" else "--- {")


def test_a_cassette_without_any_is_not_written_again(tmp_path):
    path = tmp_path / "t.yaml"
    redactor = recorded(path, "block", exchange("/me", BASIC), exchange("/of/woodpecker"))
    stamp = path.stat().st_mtime_ns, path.stat().st_ino
    assert revise(path, redactor) == 0
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == stamp
