import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapestry.tape.learned import Learned
from tapestry.tape.pseudonym import Pseudonyms

KEY = b"a key for tests"


def shape(text):
    return re.sub(r"\d", "0", re.sub("[a-z]", "a", re.sub("[A-Z]", "A", text)))


@given(st.text(st.characters(codec="ascii")))
def test_formats_are_kept(text):
    make = Pseudonyms(KEY)
    assert shape(make.words(text)) == shape(text)
    assert shape(make.prose(text)) == shape(text)
    assert shape(make.digits(text)) == shape(text)


@given(st.text())
def test_lengths_are_kept_whatever_the_script(text):
    make = Pseudonyms(KEY)
    for other in (make.words(text), make.prose(text), make.digits(text)):
        assert len(other) == len(text)
        assert [char.isspace() for char in other] == [char.isspace() for char in text]


def test_a_pseudonym_is_never_the_value_nor_that_of_another():
    make = Pseudonyms(KEY)
    words = [f"{a}{b}" for a in "abcdefgh" for b in "abcdefgh"]
    others = [make.words(word) for word in words]
    assert all(other != word for other, word in zip(others, words, strict=True))
    assert len(set(others)) == len(words)
    numbers = [make.words(str(number)) for number in range(100, 400)]
    assert len(set(numbers)) == 300


def test_reserved_words_are_never_made_up():
    reserved = {f"{a}{b}" for a in "abcdefghijklm" for b in "abcdefghijklmnopqrstuvwxyz"}
    make = Pseudonyms(KEY, reserved)
    others = {make.words(word) for word in ("al", "jo", "bo", "cy", "di")}
    assert not others & reserved


def test_case_and_grouping_do_not_change_identity():
    make = Pseudonyms(KEY)
    assert make.words("ALICE") == make.words("alice").upper()
    assert make.words("Al Smith").split() == [make.words("Al"), make.words("Smith")]
    plain = make.digits("15551234567")
    assert re.sub(r"\D", "", make.digits("+1 (555) 123-4567")) == plain
    assert make.words("größer") != "größer"


@pytest.mark.parametrize("number", [0, 7, 10, -42, 10**15])
def test_an_integer_stays_one_of_as_many_digits(number):
    other = Pseudonyms(KEY).integer(number)
    assert len(str(other)) == len(str(number))
    assert (other < 0) == (number < 0)


def test_keys_make_the_difference():
    assert Pseudonyms(KEY).typed("token", "x") == Pseudonyms(KEY).typed("token", "x")
    assert Pseudonyms(KEY).typed("token", "x") != Pseudonyms().typed("token", "x")
    assert Pseudonyms(KEY).typed("token", "x") != Pseudonyms(KEY).typed("cookie", "x")


@pytest.mark.parametrize(
    ("value", "known"),
    [
        ("al", False),
        ("ann", True),
        ("emails", False),
        ("12345", False),
        ("123456", True),
        ("!!!", True),
    ],
)
def test_what_is_too_short_or_too_common_is_not_learned(value, known):
    learned = Learned()
    learned.add(value, "P")
    learned.add(value, "Q")
    assert learned.whole(value) == ("P" if known else None)
    assert len(learned) == known


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ann", True),
        ("by ann.", True),
        ("/users/ann?x", True),
        ("'ann'", True),
        ("joanna", False),
        ("anna", False),
        ("ann-1", False),
        ("x-ann", False),
        ("ann.b", False),
        ("b.ann", False),
        ("ann@x", False),
        ("Ann", False),
    ],
)
def test_a_known_value_is_found_as_a_word_of_its_own(text, found):
    learned = Learned()
    learned.add("ann", "P")
    word = re.search(r"(?i)\w*ann\w*", text)
    assert bool(learned.at(text, word.group(), word.start())) == found


def test_the_longest_known_value_wins():
    learned = Learned()
    learned.add("ann", "P")
    learned.add("ann lee", "Q")
    learned.add("+ann", "R")
    assert learned.at("ann lee", "ann", 0) == (0, 7, "Q")
    assert learned.at("x +ann", "ann", 3) == (2, 6, "R")
    assert learned.at("ann leeway", "ann", 0) == (0, 3, "P")
