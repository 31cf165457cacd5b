import pytest

from conformance.template import fill, names_in, parse_template

SCOPE = {"id": 7, "name": "x", "mail.subject": "Hello", "tricky": "${id} {$any: true}"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("plain", "plain"),
        ("", ""),
        ("${id}", 7),
        ("/emails/${id}", "/emails/7"),
        ("${name}${id}", "x7"),
        ("${mail.subject}!", "Hello!"),
        ("$${id} costs $5", "${id} costs $5"),
        ("{$}", "{$}"),
    ],
)
def test_a_template_takes_values_and_keeps_the_type_of_a_lone_one(
    text: str, filled: object
) -> None:
    assert parse_template(text).fill(SCOPE) == filled


def test_a_value_is_never_read_as_a_template() -> None:
    assert fill({"a": ["${tricky}"]}, SCOPE) == {"a": ["${id} {$any: true}"]}


def test_a_variable_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        fill("${nobody}", SCOPE)


def test_names_are_found_at_any_depth() -> None:
    assert names_in({"a": ["${x}", {"b": "${y}-${z}"}], "c": 1}) == {"x", "y", "z"}
