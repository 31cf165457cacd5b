from typing import Any

import pytest

from conformance.driven.rules import Rules, aliased, as_template, as_templates, split_aliases
from conformance.judge.match import match
from conformance.judge.matchers import Alias, AliasedText, Host, Literal, described

RULES = Rules(volatile=lambda path: path[-1:] == ("receivedDate",))


def findings(recorded: Any, observed: Any, rules: Rules = RULES, **scope: Any) -> list[str]:
    aliases = {name.replace("_", "#"): value for name, value in scope.items()}
    return [found.path for found in match(rules.matcher(recorded), observed, aliases).findings]


EMAIL = {
    "id": "email#1",
    "state": "Invited",
    "subject": "Xyz",
    "from": "x@y.example.com",
    "receivedDate": "2026-11-21",
    "capabilities": ["Accept", "Reject"],
    "uri": "http://one:8080/api/v2/email/email#1",
    "userData": {"ContactId": "contact#1", "Subject": "Xyz", "Skills": None, "Count": 0},
}
LIVE = {
    "id": "abc",
    "state": "Invited",
    "subject": "Other",
    "from": "other@example.com",
    "receivedDate": "2027-01-01",
    "capabilities": ["Reject", "Accept"],
    "uri": "https://two/api/v2/email/abc",
    "userData": {"ContactId": "c-9", "Subject": "Other", "Skills": "French", "Count": 7},
}


def test_what_differs_by_nature_is_no_difference() -> None:
    assert findings(EMAIL, LIVE) == []


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"state": "Processing"}, "$.state"),
        ({"id": "xyz"}, "$.uri"),
        ({"subject": None}, "$.subject"),
        ({"receivedDate": 5}, "$.receivedDate"),
        ({"capabilities": ["Accept"]}, "$.capabilities"),
        ({"uri": "https://two/api/v2/mail/abc"}, "$.uri"),
        ({"userData": {**LIVE["userData"], "Count": "7"}}, "$.userData.Count"),
    ],
)
def test_what_is_part_of_the_contract_is(change: dict[str, Any], path: str) -> None:
    assert findings(EMAIL, LIVE | change) == [path]


def test_the_same_alias_must_be_the_same_value() -> None:
    assert findings(EMAIL, LIVE, email_1="abc", contact_1="c-9") == []
    assert findings(EMAIL, LIVE, contact_1="someone else") == ["$.userData.ContactId"]


def test_members_the_recording_does_not_have_are_noted_outside_of_user_data() -> None:
    observed = LIVE | {"new": 1, "userData": LIVE["userData"] | {"attached": 1}}
    assert [note.path for note in match(RULES.matcher(EMAIL), observed).notes] == ["$.new"]


def test_what_was_asked_for_is_expected_whatever_was_recorded() -> None:
    rules = Rules(RULES.volatile, {("subject",): Literal("Asked")})
    assert findings({"subject": "Recorded"}, {"subject": "Asked"}, rules) == []
    assert findings({"subject": "Recorded"}, {"subject": "Recorded"}, rules) == ["$.subject"]


def test_a_list_that_is_read_may_have_grown() -> None:
    recorded = {"uris": ["/api/v2/email/email#1"]}
    observed = {"uris": ["/api/v2/email/zzz", "/api/v2/email/abc"]}
    assert findings(recorded, observed, Rules(RULES.volatile, reading=True), email_1="abc") == []
    assert findings(recorded, observed, email_1="abc") == ["$.uris"]


def test_lists_of_objects_keep_their_order() -> None:
    assert findings([{"a": 1}, {"a": 2}], [{"a": 2}, {"a": 1}]) == ["$[0].a", "$[1].a"]


@pytest.mark.parametrize(
    ("text", "matcher"),
    [
        ("plain", Literal("plain")),
        ("", Literal("")),
        ("email#1", Alias("email#1")),
        ("email##1", Literal("email#1")),
        ("/emails/email#1", AliasedText(("/emails/", Alias("email#1")))),
        ("http://h:1/u/user#2", AliasedText((Host(), "/u/", Alias("user#2")))),
    ],
)
def test_aliases_in_text_become_matchers(text: str, matcher: Any) -> None:
    assert aliased(text) == matcher
    described(matcher, {})


def test_aliases_in_requests_become_variables() -> None:
    assert as_template("/emails/email#1?x=${y}") == "/emails/${email#1}?x=$${y}"
    assert as_template("email##1") == "email#1"
    value = {"a": ["email#1", 5], "userUri": "/u/user#2"}
    replaced = as_templates(value, lambda text: "${bob}" if "user#2" in text else None)
    assert replaced == {"a": ["${email#1}", 5], "userUri": "${bob}"}
    assert split_aliases("a email#1") == ["a ", Alias("email#1")]
