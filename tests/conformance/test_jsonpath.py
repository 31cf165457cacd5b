import pytest

from conformance.jsonpath import MISSING, find, parse_path, write_path

VALUE = {"email": {"to": ["a", {"b c": 1}], "odd'key": 2}}


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        ("$", (), VALUE),
        ("$.email.to[0]", ("email", "to", 0), "a"),
        ("$.email.to[1]['b c']", ("email", "to", 1, "b c"), 1),
        ('$.email["odd\'key"]', ("email", "odd'key"), 2),
        ("$.email.to[7]", ("email", "to", 7), MISSING),
        ("$.email.from", ("email", "from"), MISSING),
        ("$.email.to.length", ("email", "to", "length"), MISSING),
        ("$.email[0]", ("email", 0), MISSING),
    ],
)
def test_a_path_names_one_node_or_none(text: str, path: tuple, found: object) -> None:
    assert parse_path(text) == path
    assert find(path, VALUE) == found
    assert parse_path(write_path(path)) == path


@pytest.mark.parametrize(
    "text", ["", "email", "$email", "$..email", "$.", "$[x]", "$.a[*]", "$.a b"]
)
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"a path starts|cannot read"):
        parse_path(text)


def test_the_missing_value_equals_no_json_value() -> None:
    assert MISSING is not None
    assert repr(MISSING) == "MISSING"
