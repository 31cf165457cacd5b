import json

import pytest

from tapestry.tape import body as bodies
from tapestry.tape.body import body_of, content_of
from tapestry.tape.model import EMPTY, Body, BodyKind


@pytest.mark.parametrize(
    ("content", "content_type", "expected"),
    [
        (b"", "application/json", EMPTY),
        (b'{"a": 1}', "", Body(BodyKind.JSON, {"a": 1})),
        (b' [{"channel": "/x"}]', "text/plain", Body(BodyKind.JSON, [{"channel": "/x"}])),
        (b"0", "application/json;charset=UTF-8", Body(BodyKind.JSON, 0)),
        (b"0", "text/plain", Body(BodyKind.TEXT, "0")),
        (b"<html>", "application/json", Body(BodyKind.TEXT, "<html>")),
        (b'{"a": NaN}', "application/json", Body(BodyKind.TEXT, '{"a": NaN}')),
        (b'{"a": 1e999}', "application/json", Body(BodyKind.TEXT, '{"a": 1e999}')),
        (b"[" + b"1" * 5000 + b"]", "", Body(BodyKind.TEXT, "[" + "1" * 5000 + "]")),
        (b"[" * 200 + b"]" * 200, "", Body(BodyKind.TEXT, "[" * 200 + "]" * 200)),
        (b"[" * 99999, "", Body(BodyKind.TEXT, "[" * 99999)),
        ("grüße".encode(), "text/plain", Body(BodyKind.TEXT, "grüße")),
        (b"\x89PNG\r\n", "image/png", Body(BodyKind.BASE64, "iVBORw0K")),
    ],
)
def test_bytes_take_the_form_that_loses_nothing(content, content_type, expected):
    assert body_of(content, content_type) == expected


@pytest.mark.parametrize(
    "content", [b"", b'{"a":[1,2.5,null,"\xc3\xa9"]}', b"text \x00", b"\xff\xfe\x00"]
)
def test_a_body_gives_its_bytes_back(content):
    assert content_of(body_of(content)) == content


def test_a_lone_surrogate_is_written_as_an_escape():
    assert content_of(Body(BodyKind.JSON, ["\ud800"])) == b'["\\ud800"]'


def test_what_is_cut_off_is_counted_and_no_character_is_halved(monkeypatch):
    monkeypatch.setattr(bodies, "MAX_BODY_BYTES", 4)
    assert body_of(b"abcdef") == Body(BodyKind.TEXT, "abcd", truncated=2)
    assert body_of("abcé€".encode()) == Body(BodyKind.TEXT, "abc", truncated=5)
    assert body_of(json.dumps({"a": 1}).encode()).kind is BodyKind.TEXT
