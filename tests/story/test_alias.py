"""Aliases: the same id is the same symbol wherever it stands, and nothing else is touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapestry.catalogue import catalogue
from tapestry.story.alias import (
    Aliases,
    Identifier,
    aliases_in,
    bare_id,
    fill,
    host_neutral,
    identifiers,
    rename,
)

EMAIL, OTHER = "00012a9HEEG0325N", "00012a9HEEG033EC"
KNOWN = catalogue().identifiers


def aliases(*values):
    made = Aliases(KNOWN)
    for value in values:
        made.learn(value)
    return made


def test_identifiers_are_found_by_field_and_by_uri_in_document_order():
    value = {
        "referenceId": 2,
        "email": {
            "id": EMAIL,
            "parentId": "",
            "contactId": None,
            "uri": f"http://gws:8090/api/v2/email/{EMAIL}",
            "subject": "hello",
        },
        "userUri": "/api/v2/users/alice",
        "emails": [{"id": OTHER}],
    }
    assert list(identifiers(value, KNOWN)) == [
        Identifier("reference", 2, ("referenceId",)),
        Identifier("email", EMAIL, ("email", "id")),
        Identifier("email", EMAIL, ("email", "uri")),
        Identifier("user", "alice", ("userUri",)),
        Identifier("email", OTHER, ("emails", 0, "id")),
    ]


@pytest.mark.parametrize(
    ("value", "bare"),
    [
        ("abc", "abc"),
        (7, 7),
        ("http://h:1/api/v2/users/alice", "alice"),
        ("/api/v2/users/alice/", "alice"),
        ("/users/alice?x=/y", "alice"),
        ("/users/a%40b", "a@b"),
        ("/", None),
        ("", None),
        (None, None),
        (True, None),
        (1.5, None),
        ([], None),
    ],
)
def test_the_bare_id(value, bare):
    assert bare_id(value) == bare


@pytest.mark.parametrize(
    ("text", "neutral"),
    [
        ("http://gws:8090/api/v2/users/7", "/api/v2/users/7"),
        ("HTTPS://gws/x?y=z#w", "/x?y=z#w"),
        ("http://gws", "/"),
        ("see http://gws/x", "see http://gws/x"),
        ("ftp://gws/x", "ftp://gws/x"),
        ("/already", "/already"),
    ],
)
def test_hosts_are_dropped(text, neutral):
    assert host_neutral(text) == neutral


def test_numbers_run_per_kind_in_order_of_first_appearance():
    made = aliases(
        {"email": {"id": EMAIL, "contactId": "0000Wa9CAM6W018X"}}, {"email": {"id": OTHER}}
    )
    assert made.all() == ("email#1", "contact#1", "email#2")
    assert made.highest() == {"email": 2, "contact": 1}
    assert made.value_of("email#2") == OTHER
    assert made.value_of("email#3") is None
    assert (made.alias_of("email", OTHER), made.alias_of("user", OTHER)) == ("email#2", None)
    assert (made.named(OTHER), made.named("unknown")) == ("email#2", "unknown")


def test_an_id_of_one_kind_is_not_the_equal_id_of_another():
    made = aliases({"email": {"id": "shared-1"}, "contactId": "shared-1"})
    value = {"email": {"id": "shared-1"}, "contactId": "shared-1"}
    assert made.substitute(value) == {"email": {"id": "email#1"}, "contactId": "contact#1"}


def test_a_number_and_its_text_are_different_ids():
    made = aliases({"referenceId": 2}, {"referenceId": "2"})
    assert made.substitute([{"referenceId": 2}, {"referenceId": "2"}]) == [
        {"referenceId": "reference#1"},
        {"referenceId": "reference#2"},
    ]


@pytest.mark.parametrize(
    ("text", "aliased"),
    [
        (EMAIL, "email#1"),
        (f"/api/v2/me/emails/{EMAIL}", "/api/v2/me/emails/email#1"),
        (f"http://h/api/v2/email/{EMAIL}/attachments?of={EMAIL}", None),
        (f"about {EMAIL}, please", "about email#1, please"),
        (f"x{EMAIL}", f"x{EMAIL}"),
        ("/api/v2/users/bob", "/api/v2/users/user#1"),
        ("bob", "user#1"),
        ("ask bob", "ask bob"),
        ("bobby", "bobby"),
        ("12", "12"),
        ("/things/12", "/things/12"),
        ("", ""),
    ],
)
def test_text_is_replaced_where_an_id_is_meant(text, aliased):
    made = aliases({"email": {"id": EMAIL}, "userUri": "/users/bob", "contactId": "12"})
    if aliased is None:
        aliased = "http://h/api/v2/email/email#1/attachments?of=email#1"
    assert made.text(text) == aliased


def test_a_declared_field_is_replaced_however_short_the_id():
    made = aliases({"contactId": "1"})
    value = {"contactId": "1", "count": "1", "n": 1, "yes": True, "none": None, "f": 1.5}
    assert made.substitute(value) == value | {"contactId": "contact#1"}


def test_a_uri_field_keeps_the_rest_of_its_uri():
    made = aliases({"userUri": "http://h/api/v2/users/al"})
    assert made.substitute({"userUri": "http://h/api/v2/users/al/?a=1"}) == {
        "userUri": "http://h/api/v2/users/user#1/?a=1"
    }


def test_keys_that_are_ids_are_replaced_too():
    made = aliases({"email": {"id": EMAIL}})
    assert made.substitute({"byId": {EMAIL: 1}}) == {"byId": {"email#1": 1}}


def test_an_alias_can_be_decided_elsewhere():
    made = aliases()
    made.assign("email", EMAIL, "email#7")
    made.assign("email", EMAIL, "email#7")
    assert made.name("email", OTHER) == "email#8"


@pytest.mark.parametrize("alias", ["email#1", "user#3", "email", "email#x"])
def test_an_alias_that_is_another_value_s_or_of_another_kind_is_refused(alias):
    made = aliases({"email": {"id": EMAIL}})
    with pytest.raises(ValueError, match="cannot name"):
        made.assign("email", OTHER, alias)


def test_filling_restores_values_and_their_types():
    value = {
        "referenceId": "reference#1",
        "uri": "/emails/email#1",
        "key#1": ["email#9", None, 3, "of email#9"],
    }
    bound = {"reference#1": 12, "email#1": "a b", "key#1": "name"}
    assert fill(value, bound.get) == {
        "referenceId": 12,
        "uri": "/emails/a%20b",
        "name": ["email#9", None, 3, "of email#9"],
    }


def test_aliases_are_renamed_where_they_stand():
    names = {"email#1": "email#2", "email#2": "email#1"}
    value = {"email#1": ["email#2", "/x/email#1", 3, "plain"]}
    assert rename(value, names) == {"email#2": ["email#1", "/x/email#2", 3, "plain"]}


def test_all_aliases_in_a_value_are_listed():
    assert list(aliases_in({"email#1": ["/x/user#2/email#1", 3]})) == [
        "email#1",
        "user#2",
        "email#1",
    ]


ids = st.text("abcXYZ0123456789", min_size=10, max_size=12)
texts = st.one_of(
    ids,
    st.text(max_size=12),
    st.sampled_from(["email#1", "email##1", "a-b###22", "see user#3.", "éemail#1", "email#", "#1"]),
    ids.map(lambda name: f"/emails/{name}"),
    ids.map(lambda name: f"about {name}#1 and {name}"),
)
leaves = st.one_of(st.none(), st.booleans(), st.integers(), texts)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "email", "userUri", "referenceId", "x"]), inner),
        st.fixed_dictionaries({"email": st.fixed_dictionaries({"id": ids, "subject": texts})}),
    ),
    max_leaves=12,
)


@given(values)
def test_nothing_is_lost_filling_undoes_substituting(value):
    made = aliases(value)
    assert fill(made.substitute(value), made.value_of) == value


@given(values)
def test_substituting_is_independent_of_how_ids_are_spelt(value):
    made = aliases(value)
    spelt = Aliases(KNOWN)
    renamed = {alias: f"renamed-{alias.replace('#', '-')}x" for alias in made.all()}
    strings_only = all(isinstance(made.value_of(alias), str) for alias in made.all())
    if strings_only:
        other = fill(made.substitute(value), renamed.get)
        spelt.learn(other)
        assert spelt.all() == made.all()
