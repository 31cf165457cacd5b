import json
import re
from pathlib import Path

import pytest

from tapestry.documents import parse_documents
from tapestry.problems import Problem
from tapestry.tape.body import body_of
from tapestry.tape.model import Exchange, Request, Response
from tapestry.tape.policy import DEFAULT, Kind
from tapestry.tape.policy_file import KINDS, load_policy, policy_from
from tapestry.tape.redact import Redactor

POLICY = """
policy: acme
description: What only Acme knows.
add:
  - name: badge
    kind: token
    keys: [badge number, "ticket.ref"]
    headers: [X-Badge]
  - name: contract
    kind: prose
    shapes: ['ACME-\\d{6}']
  - name: people
    kind: name
    values: [Canarina Birdsong, Woodpecker]
  - name: nobody
    kind: phone
    keys: [pager]
keep:
  - reason: our test scripts make them up
    keys: [subject]
  - reason: the mailbox of the team, no person
    values: [support@shop.example.net, nobody@shop.example.net]
"""


def policy(text):
    [document] = parse_documents(text, "policy.yaml")
    return policy_from(document)


def redacted(redactor, value, headers=()):
    request = Request("POST", "/x", {}, tuple(headers), body_of(json.dumps(value).encode()))
    return redactor.exchange(Exchange(1.0, 1.0, request, Response(200))).request


@pytest.fixture
def redactor():
    return Redactor(b"key", policy(POLICY))


def test_additions_apply_and_the_default_still_does(redactor):
    kept = redacted(
        redactor,
        {
            "Badge_Number": "b77",
            "ticket": {"ref": "r1"},
            "ref": "r1x",
            "note to": "see ACME-123456",
            "any": "Ask Woodpecker or Canarina Birdsong.",
            "password": "x1",
        },
        [("x-badge", "b77")],
    )
    value = kept.body.value
    assert value["Badge_Number"] == kept.headers[0][1] != "b77"
    assert value["Badge_Number"].startswith("token-")
    assert value["ticket"]["ref"].startswith("token-")
    assert value["ref"] == "r1x"
    assert "123456" not in value["note to"]
    assert not {"Woodpecker", "Canarina", "Birdsong"} & set(value["any"].replace(".", "").split())
    assert value["password"].startswith("password-")


def test_what_is_kept_stays_and_what_stands_beside_it_goes(redactor):
    mail = {
        "subject": "Test 17",
        "to": [
            "support@shop.example.net",
            "Team <support@shop.example.net>",
            "jo@shop.example.net",
        ],
        "seen": "at support@shop.example.net",
    }
    value = redacted(redactor, mail).body.value
    assert value["subject"] == "Test 17"
    assert value["to"][0] == "support@shop.example.net"
    assert value["to"][1].endswith("<support@shop.example.net>")
    assert value["to"][2] != "jo@shop.example.net"
    assert value["seen"] == "at support@shop.example.net"


def test_additions_that_nothing_came_under_are_told(redactor):
    assert set(redactor.unused) >= {"badge", "contract", "people", "nobody"}
    value = {"badge number": "b", "any": "Woodpecker ACME-123456", "to": "support@shop.example.net"}
    redacted(redactor, value | {"subject": "x"})
    assert redactor.unused == ("keep nobody@shop.example.net", "nobody")


def test_the_summary_names_the_policy_and_counts_its_rules(redactor):
    rules = len(DEFAULT) + 8
    assert redactor.summary == {"policy": "acme", "rules": rules}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("add: []", r"policy.yaml:1:1: key 'policy' is missing"),
        ("policy: a\nad: []", r"2:1: unknown key 'ad'[\s\S]*'add'"),
        ("policy: a\nadd: [{name: a, kind: tokn, keys: [a]}]", r"2:17: 'tokn'[\s\S]*'token'"),
        ("policy: a\nadd: [{name: a, kind: token}]", r"2:7: this says nothing to look for"),
        ("policy: a\nadd: [{name: cookie, kind: token, keys: [a]}]", r"2:8: .*a default rule"),
        ("policy: a\nadd: [{name: a, kind: token, shapes: ['(']}]", r"2:39: not a regular expr"),
        ("policy: a\nadd: [{name: a, kind: token, shapes: ['(a)']}]", "groups cannot be used"),
        ("policy: a\nadd: [{name: a, kind: token, shapes: ['a*']}]", "where nothing stands"),
        ("policy: a\nadd: [{name: a, kind: token, keys: ['']}]", "this is empty"),
        ("policy: a\nadd: [{name: a, kind: name, values: [Al]}]", "too short or too common"),
        ("policy: a\nadd: [{name: a, kind: name, values: [Email]}]", "too short or too common"),
        ("policy: a\nkeep: [{keys: [subject]}]", "key 'reason' is missing"),
        ("policy: a\nkeep: [{reason: ' ', keys: [subject]}]", "the reason is empty"),
        ("policy: a\nkeep: [{reason: x, keys: ['s*']}]", "must be named exactly"),
        ("policy: a\nkeep: [{reason: x, keys: [user.password]}]", "secrets are never kept"),
        ("policy: a\nkeep: [{reason: x, headers: [authorization]}]", "secrets are never kept"),
        ("policy: a\nkeep: [{reason: x, shapes: [a]}]", "unknown key 'shapes'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_at_its_place(text, message):
    with pytest.raises(Problem) as caught:
        policy(text)
    assert re.search(message, str(caught.value)), caught.value


def test_a_policy_is_read_from_a_file(tmp_path):
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY)
    assert load_policy(file).name == "acme"
    with pytest.raises(Problem, match="cannot read"):
        load_policy(Path("nowhere.yaml"))


def test_every_kind_but_those_of_one_place_can_be_asked_for():
    left = {kind.value for kind in Kind} - set(KINDS)
    assert left == {"keep", "extension", "authorization"}
