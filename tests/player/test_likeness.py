from __future__ import annotations

import pytest

from tapestry.player.likeness import ABSENT, Difference, LiveCall, differences, is_like, resource
from tapestry.story.model import Call


def call(path="/x", request=None, method="POST", query=None):
    return Call(1, 0.0, 0.0, "a", "Op", method, path, 200, query or {}, request)


def live(path="/x", body=None, method="POST", query=None):
    return LiveCall(method, path, query or {}, body)


@pytest.mark.parametrize(
    ("recorded", "asked"),
    [
        (call("/api/v2/me"), live("/api/v2/me/")),
        (call("/a%20b"), live("/a b")),
        (call("/%7Ebob"), live("/~bob")),
        (call(request={"a": 1, "b": 2}), live(body={"b": 2, "a": 1})),
        (call(request={"n": 1}), live(body={"n": 1.0})),
        (
            call(request={"userUri": "http://gws:8090/api/v2/users/7"}),
            live(body={"userUri": "http://127.0.0.1:5000/api/v2/users/7"}),
        ),
        (
            call(request={"userUri": "http://gws:8090/api/v2/users/7"}),
            live(body={"userUri": "/api/v2/users/7"}),
        ),
        (call(query={"fields": "*"}), live(query={"fields": "*", "_": "1763"})),
        (call(request="plain text"), live(body="plain text")),
    ],
)
def test_what_is_no_difference(recorded, asked):
    assert differences(recorded, asked) == ()
    assert is_like(recorded, asked)


@pytest.mark.parametrize(
    ("recorded", "asked", "found"),
    [
        (call("/x"), live("/y"), Difference("path", "/x", "/y")),
        (call(), live(method="PUT"), Difference("method", "POST", "PUT")),
        (call(query={"a": "1"}), live(), Difference("query.a", "1", ABSENT)),
        (call(), live(query={"a": ["1", "2"]}), Difference("query.a", ABSENT, ["1", "2"])),
        (call(request={"a": 1}), live(body={}), Difference("$.a", 1, ABSENT)),
        (call(request={}), live(body={"a": 1}), Difference("$.a", ABSENT, 1)),
        (call(request={"a": [1, 2]}), live(body={"a": [1]}), Difference("$.a[1]", 2, ABSENT)),
        (call(request={"a": [1]}), live(body={"a": [3]}), Difference("$.a[0]", 1, 3)),
        (call(request={"a": 1}), live(body={"a": True}), Difference("$.a", 1, True)),
        (call(request={"a": "1"}), live(body={"a": 1}), Difference("$.a", "1", 1)),
        (call(request={"a": None}), live(body={}), Difference("$.a", None, ABSENT)),
        (call(request=None), live(body={}), Difference("$", None, {})),
        (call(request={"a": {}}), live(body={"a": []}), Difference("$.a", {}, [])),
    ],
)
def test_every_difference_is_found_with_its_path(recorded, asked, found):
    assert differences(recorded, asked) == (found,)
    assert not is_like(recorded, asked)


def test_the_path_comes_before_all_other_differences():
    found = differences(call("/x", {"a": 1}, "POST"), live("/y", {"a": 2}, "PUT"))
    assert [difference.path for difference in found] == ["path", "method", "$.a"]


def test_texts_that_may_stand_for_each_other_are_no_difference():
    asked = live("/users/bob", {"to": ["b"], "n": 1}, query={"q": "y"})
    recorded = call("/users/xyz", {"to": ["a"], "n": 2}, query={"q": "x"})
    seen = []

    def same(path, *texts):
        seen.append((path, *texts))
        return True

    assert [d.path for d in differences(recorded, asked, same)] == ["$.n"]
    assert seen == [
        (("path",), "/users/xyz", "/users/bob"),
        (("query", "q"), "x", "y"),
        (("to", 0), "a", "b"),
    ]


def test_a_resource_is_decoded_and_has_no_trailing_slash():
    assert resource("/a%2Fb/c/") == "/a/b/c"
    assert resource("/") == "/"
