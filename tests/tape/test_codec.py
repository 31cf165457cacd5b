import json
import math
import re
import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tapestry.problems import Problem
from tapestry.tape import codec
from tapestry.tape.model import (
    EMPTY,
    Body,
    BodyKind,
    Cassette,
    End,
    Exchange,
    Frame,
    Header,
    Request,
    Response,
)

any_text = st.text(
    st.one_of(st.characters(), st.sampled_from("\x00\r\n\t :#-'\"|>&*!%@`\u2028\u0085\ud800\udfff"))
)
names = st.text(string.ascii_letters + string.digits + "#-_", min_size=1)
moments = st.floats(0, 1e9).map(lambda value: round(value, 3))
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | any_text
    | st.sampled_from(
        ["null", "yes", "0x1F", "12:30", "2026-11-21", "~", "1e3", "-", "...", "---"]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=12,
)
bodies = st.one_of(
    st.just(EMPTY),
    st.builds(Body, st.just(BodyKind.JSON), json_values, st.integers(0, 9)),
    st.builds(Body, st.just(BodyKind.TEXT), any_text),
    st.builds(Body, st.just(BodyKind.BASE64), st.just("AAEC/w==")),
)
headers = st.lists(st.tuples(any_text, any_text), max_size=4).map(tuple)
queries = st.dictionaries(
    any_text, any_text | st.lists(any_text, min_size=2, max_size=3), max_size=3
)
requests = st.builds(Request, any_text, any_text, queries, headers, bodies)
responses = st.builds(Response, st.integers(100, 599), headers, bodies)
entries = st.one_of(
    st.builds(
        Exchange,
        moments,
        moments,
        requests,
        responses,
        st.none() | names,
        st.none() | names,
        st.none() | names,
    ),
    st.builds(
        Frame, moments, names, st.sampled_from(["client", "server"]), bodies, st.none() | names
    ),
    st.builds(
        End,
        moments,
        names,
        any_text,
        st.none() | moments,
        st.none() | names,
        st.none() | requests,
    ),
)
cassettes = st.builds(
    Cassette,
    st.builds(
        Header,
        any_text,
        st.none() | any_text,
        st.dictionaries(names, any_text, max_size=2),
        st.none() | st.just({"policy": "default", "rules": 3}),
    ),
    st.lists(entries, max_size=4).map(tuple),
)

HEADER = Header("2026-11-21T09:30:00.000Z", "http://127.0.0.1:8090", {"tapestry": "0.1.0"})
EXCHANGE = Exchange(
    at=1042.318,
    took=25.102,
    agent="agent#1",
    connection="c3",
    request=Request(
        "POST",
        "/api/v2/me/emails/00012a9HEEG0325N",
        headers=(("Content-Type", "application/json"),),
        body=Body(BodyKind.JSON, {"operationName": "Accept", "text": "grüße\nzwei"}),
    ),
    response=Response(200, body=Body(BodyKind.JSON, {"statusCode": 0, "referenceId": 2})),
)
FRAME = Frame(1101.0, "w1", "server", Body(BodyKind.TEXT, "[]"))
END = End(2000.0, "w1", "client disconnected")
SAMPLE = Cassette(HEADER, (EXCHANGE, FRAME, END))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cassette=cassettes, style=st.sampled_from(["block", "flow", "jsonl"]))
@example(SAMPLE, "block")
def test_what_is_saved_is_what_is_loaded(tmp_path_factory, cassette, style):
    path = tmp_path_factory.mktemp("t") / "x.yaml"
    codec.save(cassette, path, style)
    loaded = codec.load(path)
    assert loaded == cassette
    assert _typed(loaded) == _typed(cassette)


def _typed(cassette):
    """Equality that tells 1 from True and from 1.0."""
    return [codec.dump_jsonl(value) for value in (cassette.header, *cassette.entries)]


def test_block_style_reads_as_the_format_says():
    assert codec.dump_block(HEADER) == (
        "tapestry: 1\nrecorded: '2026-11-21T09:30:00.000Z'\nupstream: http://127.0.0.1:8090\n"
        "tool:\n  tapestry: 0.1.0\n...\n"
    )
    assert codec.dump_block(EXCHANGE) == (
        "---\nkind: exchange\nat: 1042.318\ntook: 25.102\nagent: agent#1\nconnection: c3\n"
        "request:\n  method: POST\n  path: /api/v2/me/emails/00012a9HEEG0325N\n  headers:\n"
        "  - [Content-Type, application/json]\n  body:\n    json:\n      operationName: Accept\n"
        "      text: |-\n        grüße\n        zwei\n"
        "response:\n  status: 200\n  body:\n    json:\n      statusCode: 0\n      referenceId: 2\n"
        "...\n"
    )


def test_flow_style_is_one_ascii_line():
    assert codec.dump_flow(END) == (
        '--- {"kind":"end","at":2000.0,"of":"w1","reason":"client disconnected"}\n'
    )
    assert codec.dump_flow(EXCHANGE).isascii()
    assert codec.dump_jsonl(EXCHANGE) == codec.dump_flow(EXCHANGE).removeprefix("--- ")


def test_block_flow_and_bare_json_lines_may_stand_in_one_file():
    text = (
        "# by hand\n"
        + codec.dump_block(HEADER)
        + codec.dump_flow(EXCHANGE)
        + "\n# a frame\n"
        + codec.dump_block(FRAME)
        + "---\n"
        + codec.dump_jsonl(END)
        + "...\n"
        + codec.dump_jsonl(END)
    )
    assert codec.parse(text, "x").entries == (EXCHANGE, FRAME, END, END)
    assert codec.parse(text.replace("\n", "\r\n"), "x").entries == (EXCHANGE, FRAME, END, END)


def test_inline_yaml_as_in_the_documentation_is_read():
    text = (
        "tapestry: 1\nrecorded: 2026-11-21T09:30:00.000Z\nredaction: {policy: default, rules: 14}\n"
        "...\n---\nkind: frame\nat: 1101\nsocket: w1\nfrom: server # or client\n"
        "body: {json: [{channel: /v2/me/emails, data: {messageType: X}}]}\n...\n"
    )
    (frame,) = codec.parse("\ufeff" + text, "x").entries
    assert frame.body.json == [{"channel": "/v2/me/emails", "data": {"messageType": "X"}}]


def test_only_the_last_document_needs_its_closing_line():
    text = codec.dump_block(HEADER) + codec.dump_block(FRAME)
    text = text.replace("...\n---", "---") + codec.dump_block(END)
    cassette = codec.parse(text, "x")
    assert (cassette.entries, cassette.warnings) == ((FRAME, END), ())


@pytest.mark.parametrize("dump", [codec.dump_block, codec.dump_flow, codec.dump_jsonl])
def test_a_torn_last_entry_is_dropped_at_every_cut_point(tmp_path, dump):
    path = tmp_path / "torn.yaml"
    whole = (dump(HEADER) + dump(FRAME)).encode()
    last = dump(EXCHANGE).encode()
    # Whole without its line feed: nothing is missing but the feed itself.
    for cut in range(1, len(last) - 1):
        path.write_bytes(whole + last[:cut])
        cassette = codec.load(path)
        assert cassette.entries == (FRAME,), last[:cut]
        assert len(cassette.warnings) == 1
        assert "torn" in cassette.warnings[0]
    path.write_bytes(whole + last[:-1])
    assert codec.load(path) == Cassette(HEADER, (FRAME, EXCHANGE))


@pytest.mark.parametrize("dump", [codec.dump_block, codec.dump_flow])
def test_a_torn_header_is_no_cassette(dump):
    whole = dump(HEADER)
    for cut in range(len(whole) - 1):
        with pytest.raises(Problem, match="no whole header"):
            codec.parse(whole[:cut], "x")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("kind: ecxhange\n...", "x:3:1: 'ecxhange' is not one of.*\n  do: did you mean 'exchange'"),
        ("kind: end\nat: 1\noff: w1\nreason: x\n...", "x:5:1: unknown key 'off'.*\n.*mean 'of'"),
        ("kind: end\nat: soon\nof: w1\nreason: x\n...", r"x:4:1: expected a number, found text"),
        ("kind: end\nat: 1\nof: w1\n...", "x:3:1: key 'reason' is missing"),
        ("kind: end\nat: -1\nof: w1\nreason: x\n...", "x:4:1: expected a finite number"),
        ("at: 1\n...", "key 'kind' is missing"),
        ("- kind\n...", "expected a mapping, found a list"),
        ("null\n...", "expected a mapping, found nothing"),
        ("kind: [\n...", "x:\\d+:1: not YAML"),
        ("kind: &a end\nat: *a\n...", "x:4:5: aliases are not allowed"),
        ("kind: !!python/name:os.system end\n...", "tag .* is not allowed"),
        ("n: " + "1" * 5000 + "\n...", "the number is too long"),
        ('{"kind": "end", "at" 1}\n', "x:3:22: not JSON"),
        ('{"kind": "end", "at": NaN}\n', "NaN is not a JSON number"),
        ('{"kind": "end", "att": 1, "of": "a", "reason": "b"}\n', "unknown key 'att'.*\n.*'at'"),
        ("kind: frame\nat: 1\nsocket: w\nfrom: me\nbody: {empty: true}\n...", "not one of: client"),
        ("kind: frame\nat: 1\nsocket: w\nfrom: client\nbody: {}\n...", "exactly one of"),
        ("kind: frame\nat: 1\nsocket: w\nfrom: client\nbody: {empty: 1}\n...", "empty: true"),
        ("kind: frame\nat: 1\nsocket: 1\nfrom: client\nbody: {empty: true}\n...", "found a number"),
        (
            "kind: frame\nat: 1\nsocket: w\nfrom: client\nbody: {text: true}\n...",
            r"true or false \(at \$.body.text\)",
        ),
        (
            "kind: end\nat: 1\nof: w\nreason: r\n"
            "request: {method: GET, path: /, headers: [[a]]}\n...",
            r"header is \[name, value\].*\(at \$.request.headers\[0\]\)",
        ),
        ("kind: end\nat: 1\nof: w\nreason: r\nrequest: {method: GET, path: /, headers: a}\n...",
         "expected a list"),
        (
            "kind: exchange\nat: 1\ntook: 1\nrequest: {method: GET, path: /}\n"
            "response: {status: ok}\n...",
            "expected a whole number",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_at_its_place(entry, message):
    text = codec.dump_flow(HEADER) + "---\n" + entry + "\n" + codec.dump_flow(END)
    with pytest.raises(Problem) as caught:
        codec.parse(text, "x")
    assert re.search(message, str(caught.value))


def test_a_fault_before_the_end_is_never_taken_for_a_torn_tail():
    broken = codec.dump_flow(EXCHANGE)[:50]
    with pytest.raises(Problem, match="not JSON"):
        codec.parse(codec.dump_flow(HEADER) + broken + "\n" + codec.dump_flow(END), "x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("kind: end\nat: 1\nof: w\nreason: r\n...\n", "not a cassette header"),
        ("tapestry: 2\nrecorded: x\n...\n", "format 2 cannot be read"),
        ("tapestry: '1'\nrecorded: x\n...\n", "expected a whole number"),
        ("tapestry: 1\n...\n", "'recorded' is missing"),
        ("a: 1\n...\nb: 1\n...\n", "not a cassette header"),
    ],
)
def test_a_file_without_a_readable_header_is_refused(text, message):
    with pytest.raises(Problem, match=message):
        codec.parse(text, "x")


def test_bytes_that_are_no_utf8_are_told_unless_they_are_torn_off(tmp_path):
    path = tmp_path / "x.yaml"
    head = codec.dump_block(HEADER).encode()
    path.write_bytes(head + b"---\nkind: \xff\n...\n" + codec.dump_block(END).encode())
    with pytest.raises(Problem, match="not UTF-8"):
        codec.load(path)
    path.write_bytes(head + b"---\nkind: gr\xc3")
    assert codec.load(path).entries == ()


def test_nesting_and_size_are_bounded(monkeypatch):
    deep = '{"kind":"frame","body":{"json":' + "[" * 200 + "]" * 200 + "}}\n"
    with pytest.raises(Problem, match="nested deeper than 100"):
        codec.parse(codec.dump_flow(HEADER) + deep, "x")
    with pytest.raises(Problem, match="not JSON"):
        codec.parse(codec.dump_flow(HEADER) + "{" + '"a":[' * 200_000 + "\n", "x")
    monkeypatch.setattr("tapestry.tape.pieces.MAX_ENTRY_BYTES", 100)
    for large in ("a: " + "b" * 60 + "\nb: " + "c" * 60 + "\n...\n", '{"a":"' + "b" * 120 + '"}\n'):
        with pytest.raises(Problem, match="larger than"):
            codec.parse(codec.dump_jsonl(Header("x")) + large, "x")


def test_reading_is_a_stream(tmp_path):
    path = tmp_path / "x.jsonl"
    codec.save(SAMPLE, path, "jsonl")
    with codec.reading(path) as tape:
        assert tape.header == HEADER
        assert next(iter(tape)) == EXCHANGE


def test_a_file_that_cannot_be_read_or_written_is_a_problem(tmp_path):
    with pytest.raises(Problem, match="cannot read: No such file"):
        codec.load(tmp_path / "none.yaml")
    with pytest.raises(Problem, match="cannot write: No such file"):
        codec.save(SAMPLE, tmp_path / "none" / "x.yaml")


def test_saving_keeps_the_old_file_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "x.yaml"
    codec.save(SAMPLE, path)
    faulty = Cassette(HEADER, (Frame(math.nan, "w", "client", EMPTY),))
    with pytest.raises(ValueError, match="Out of range"):
        codec.save(faulty, path, "flow")
    assert codec.load(path) == SAMPLE
    assert [item.name for item in tmp_path.iterdir()] == ["x.yaml"]


@pytest.mark.parametrize("text", ["\ud800", "a\nb\udfff", "\udc80 \ud83d"])
def test_what_yaml_cannot_carry_stands_in_flow_style_in_a_block_file(tmp_path, text):
    entry = End(1.0, "c1", text)
    assert codec.dump_block(entry) == codec.dump_flow(entry)
    codec.save(Cassette(Header(text), (END, entry, END)), tmp_path / "x.yaml")
    assert codec.load(tmp_path / "x.yaml") == Cassette(Header(text), (END, entry, END))


def test_integers_keep_their_digits():
    large = 10**400
    text = codec.dump_block(Frame(1.0, "w", "client", Body(BodyKind.JSON, [large])))
    (frame,) = codec.parse(codec.dump_block(HEADER) + text, Path("x").name).entries
    assert frame.body.json == [large]
    assert json.dumps(frame.body.json)
