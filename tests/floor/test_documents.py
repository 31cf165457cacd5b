import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tapestry.documents import (
    MAX_DEPTH,
    Document,
    dump_document,
    parse_documents,
    read_document,
    resolve_scalar,
)
from tapestry.problems import Place, Problem

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abcé 1:-", min_size=1), inner),
    max_leaves=15,
)


def parse(text: str) -> Document:
    (document,) = parse_documents(text, "f.yaml")
    return document


def test_every_node_knows_its_place() -> None:
    document = parse("a: 1\nb:\n  - x\n  - c: off\n")
    assert document.value == {"a": 1, "b": ["x", {"c": "off"}]}
    assert document.place("b", 1, "c") == Place("f.yaml", 4, 5)
    assert document.place("b", 0) == Place("f.yaml", 3, 5)


def test_the_place_of_what_is_absent_is_that_of_its_nearest_ancestor() -> None:
    document = parse("a:\n  b: 1\n")
    assert document.place("a", "missing", 3) == document.place("a")
    assert document.place("nothing") == Place("f.yaml", 1, 1)


def test_places_count_from_where_the_text_begins_in_its_file() -> None:
    (document,) = parse_documents("a: 1", "f.yaml", first_line=40)
    assert document.place("a").line == 40


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("off", "off"),
        ("yes", "yes"),
        ("12:30", "12:30"),
        ("2026-11-21", "2026-11-21"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("-7", -7),
        ("017", 17),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
    ],
)
def test_plain_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    assert resolve_scalar(text) == value
    assert type(resolve_scalar(text)) is type(value)
    assert parse(f"k: {text}").value == {"k": value}


def test_quoted_scalars_are_text() -> None:
    assert parse('["1", \'true\', "null"]').value == ["1", "true", "null"]


@pytest.mark.parametrize(
    ("text", "what", "line", "column"),
    [
        ("a: &x [1]\nb: *x\n", "aliases are not allowed", 2, 4),
        ("a: !!python/object:os.system x", "tag", 1, 4),
        ("a: !mine x", "tag", 1, 4),
        ("a: 1\nb: 2\na: 3\n", "duplicate key 'a'", 3, 1),
        ("? [a]\n: 1", "a key must be a scalar", 1, 3),
        ("x:\n  - " + "[" * MAX_DEPTH, "nested deeper", 2, 103),
        ("a: [1,\n", "not YAML", 2, 1),
        ("a: " + "9" * 5000, "the number is too long", 1, 4),
    ],
)
def test_what_is_refused_is_refused_at_its_place(
    text: str, what: str, line: int, column: int
) -> None:
    with pytest.raises(Problem) as caught:
        list(parse_documents(text, "f.yaml"))
    assert what in caught.value.what
    assert caught.value.where == Place("f.yaml", line, column)


def test_a_control_character_is_a_problem_not_a_traceback() -> None:
    with pytest.raises(Problem, match="not YAML"):
        parse("a: \x00")


def test_unreadable_files_are_problems(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"a: \xe9")
    two = tmp_path / "two.yaml"
    two.write_text("a: 1\n---\nb: 2\n")
    for file, what in [
        (tmp_path / "absent.yaml", "No such file"),
        (tmp_path, "Is a directory"),
        (latin, "byte 3"),
        (two, "found 2"),
    ]:
        with pytest.raises(Problem, match=what):
            read_document(file)


@given(json_values)
def test_what_is_dumped_reads_back_the_same(value: Any) -> None:
    read = parse(dump_document({"k": value})).value["k"]
    assert json.dumps(read) == json.dumps(value)


@given(json_values)
def test_what_is_dumped_reads_the_same_under_yaml_1_1(value: Any) -> None:
    assert yaml.safe_load(dump_document({"k": value})) == {"k": value}


def test_text_of_several_lines_is_written_as_people_write_it() -> None:
    assert dump_document({"body": "one\ntwo\n"}) == "body: |\n  one\n  two\n"
