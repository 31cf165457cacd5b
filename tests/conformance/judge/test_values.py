"""Redacted tapes: pseudonyms are no difference, mixing them up is, and so is another format."""

import pytest

from conformance.judge.values import Values, format_of
from tapestry.catalogue import catalogue

EMAIL, OTHER = "00012a9HEEG0325N", "00012a9HEEG033EC"


def mail(day, *people, subject="Cj jzrrg", **more):
    made = day()
    for email, person in zip((EMAIL, OTHER, EMAIL), people, strict=False):
        address = f"{person}@gtdljfwm.example.com"
        fields = {"subject": subject, "from": address, "to": [address], "assignedTo": person}
        made.change(email, "Invited", **fields, userData={"To": address, "Queue": "q"}, **more)
    return made


def test_pseudonyms_are_no_difference(day, compare):
    old, new = mail(day, "iuxnt", "hqr", "iuxnt"), mail(day, "ckvyg", "ubm", "ckvyg")
    assert compare(old, new, redacted=True) == ()
    assert compare(old, new, redacted=False) != ()


def test_one_person_taken_for_another_is_a_difference(day, compare):
    old, new = mail(day, "iuxnt", "ckvyg", "iuxnt"), mail(day, "iuxnt", "ckvyg", "ckvyg")
    paths = {finding.path for finding in compare(old, new, redacted=True)}
    assert {"email.from", "email.assignedTo", "email.to[*]"} <= paths


def test_a_text_of_another_format_is_a_difference(day, compare):
    old, new = mail(day, "a", subject="Cj jzrrg"), mail(day, "a", subject="Yp")
    (finding,) = compare(old, new, redacted=True)
    assert (finding.path, finding.old, finding.new) == (
        "email.subject",
        "text#1 (Aa aaaaa)",
        "text#2 (Aa)",
    )


@pytest.mark.parametrize(
    "more",
    [
        ({"comment": ""}, {"comment": "a"}),
        ({"comment": "a"}, {"comment": 7}),
        ({"x": "a"}, {"x": "b"}),
    ],
)
def test_what_redaction_does_not_touch_is_compared_as_ever(day, compare, more):
    old, new = (mail(day, "a", **each) for each in more)
    assert len(compare(old, new, redacted=True)) == 1


@pytest.mark.parametrize(
    ("path", "kind", "formatted"),
    [
        (("email", "subject"), "text", True),
        (("email", "to", 0), "address", False),
        (("user", "userName"), "name", True),
        (("user", "name"), "name", True),
        (("accessToken",), "secret", False),
        (("email", "contactId"), "contact", False),
        (("email", "state"), None, False),
        (("email", "id"), "email", False),
        ((0,), None, False),
    ],
)
def test_what_is_compared_by_identity_and_what_by_format(path, kind, formatted):
    field = Values(catalogue().identifiers).field(path)
    assert (field.kind, field.formatted) == (kind, formatted)


def test_volatile_fields_are_compared_by_type_whatever_else_they_are():
    values = Values(catalogue().identifiers)
    assert values.field(("email", "userData", "Header_Date")).volatile
    assert not values.field(("email", "subject")).volatile


def test_the_format_of_a_text():
    assert format_of("Room 12, Ünder") == "Aaaa 00, Aaaaa"
    assert format_of("a" * 41) != format_of("a" * 42)
    assert format_of("a" * 41).startswith("aaaa")
    assert len(format_of("x" * 10_000)) < 60
