"""Seeing through redaction: which live values may stand behind which pseudonyms."""

from __future__ import annotations

import pytest

from tapestry.player.bindings import Bindings
from tapestry.player.disguise import counterparts, counterparts_on, is_disguise
from tapestry.player.likeness import LiveCall
from tapestry.story.model import Call
from tapestry.tape.model import Body, BodyKind, Exchange, Header, Request, Response
from tapestry.tape.redact import Redactor


def redacted(body, path="/x", query=None):
    """Return what a recording keeps of a request."""
    request = Request("POST", path, query or {}, (), Body(BodyKind.JSON, body))
    kept = Redactor(b"k").exchange(Exchange(0.0, 0.0, request, Response(200)))
    return kept.request


@pytest.mark.parametrize(
    "body",
    [
        {"userName": "alice", "subject": "Your order 12345 is late"},
        {"email": {"to": ["carol@example.com", "Bob B <bob@example.com>"], "body": "<p>Hi!</p>"}},
        {"userUri": "http://gws:8090/api/v2/users/bob"},
        {"userData": {"FromPersonal": "Ann Lee", "EmailAddress": "ann@example.com"}},
        {"newPassword": "hunter2", "access_token": "abcdef0123456789"},
        {"text": "call +49 30 1234567 or write to x.y@example.com"},
    ],
)
def test_what_was_redacted_is_known_again(body):
    recorded = redacted(body)
    assert recorded.body.value != body
    call = Call(1, 0.0, 0.0, "a", "Op", "POST", "/x", 200, {}, recorded.body.value)
    bindings = Bindings(counterparts)
    live = LiveCall("POST", "/x", {}, body)
    from tapestry.player.likeness import differences

    assert differences(call, live, bindings.allow) == ()
    bindings.learn(call, live)
    assert differences(call, live, bindings.allow) == ()


@pytest.mark.parametrize(
    ("path", "recorded", "live"),
    [
        (("queueName",), "billing", "support"),
        (("operationName",), "Accept", "Reject"),
        (("userName",), "vrqmx", "bob"),
        (("subject",), "Xyz 12", "Abc"),
        (("userUri",), "/api/v2/users/xyz", "/api/v2/queues/bob"),
        (("userUri",), "/api/v2/users/xyz", "/api/v2/users/alice"),
        (("path",), "/api/v2/me/emails/e1", "/api/v2/me/emails/e2"),
        (("note",), "a", "ab"),
        (("other",), "see ab@cd.example.com", "see nobody"),
    ],
)
def test_what_differs_in_form_or_is_no_personal_field_stays_different(path, recorded, live):
    assert counterparts(path, recorded, live) is None


def test_a_user_in_a_path_is_seen_through():
    assert counterparts(("path",), "/api/v2/users/xyz/skills", "/api/v2/users/bob/skills") == [
        ("xyz", "bob")
    ]


def test_on_a_tape_without_redaction_nothing_may_differ():
    assert counterparts_on(Header("now"))(("userName",), "abc", "xyz") is None
    assert counterparts_on(Header("now", redaction={"policy": "default"})) is counterparts


@pytest.mark.parametrize(
    ("pseudonym", "value", "fits"),
    [
        ("svd", "bob", True),
        ("Svd", "bob", False),
        ("xk@tumxpmae.example.com", "al@corp.example", True),
        ("xk%40tumxpmae.example.com", "al@corp.example", True),
        ("password-0123456789abcdef", "anything at all", True),
        ("a1-b2", "c3-d4", True),
        ("a1-b2", "c3_d4", False),
    ],
)
def test_a_pseudonym_has_the_form_of_its_value(pseudonym, value, fits):
    assert is_disguise(pseudonym, value) is fits


# Bindings.


def transfer(user):
    return {"operationName": "Transfer", "userUri": f"/api/v2/users/{user}"}


def test_one_pseudonym_stands_for_one_value_only():
    bindings = Bindings(counterparts)
    call = Call(1, 0.0, 0.0, "a", "Op", "POST", "/x", 200, {}, transfer("xyz"))
    bindings.learn(call, LiveCall("POST", "/x", {}, transfer("bob")))
    path = ("userUri",)
    assert bindings.allow(path, "/api/v2/users/xyz", "/api/v2/users/bob")
    assert not bindings.allow(path, "/api/v2/users/xyz", "/api/v2/users/eve")
    assert not bindings.allow(path, "/api/v2/users/uvw", "/api/v2/users/bob")


def test_answers_show_the_live_value_in_the_place_of_its_pseudonym():
    bindings = Bindings(counterparts)
    body = {"userName": "xyz", "to": ["qq@abcdefgh.example.com"]}
    call = Call(1, 0.0, 0.0, "a", "Op", "POST", "/users/xyz", 200, {"userName": "xyz"}, body)
    live = {"userName": "bob", "to": ["al@example.com"]}
    assert bindings.as_live(body) is body
    bindings.learn(call, LiveCall("POST", "/users/bob", {"userName": "bob"}, live))
    told = {
        "user": "xyz",
        "uris": ["http://gws/api/v2/users/xyz", "http://gws/xyz/more"],
        "from": "qq@abcdefgh.example.com",
        "text": "xyz is a word",
        "n": 3,
    }
    assert bindings.as_live(told) == {
        "user": "bob",
        "uris": ["http://gws/api/v2/users/bob", "http://gws/bob/more"],
        "from": "al@example.com",
        "text": "xyz is a word",
        "n": 3,
    }


def test_lists_and_objects_that_do_not_match_teach_nothing():
    bindings = Bindings(counterparts)
    call = Call(1, 0.0, 0.0, "a", "Op", "POST", "/x", 200, {}, {"to": ["a@b.example.com"]})
    bindings.learn(call, LiveCall("POST", "/x", {}, {"to": 3}))
    assert bindings.as_live("a@b.example.com") == "a@b.example.com"
