import pytest

from tapestry.bayeux.channel import is_name, is_pattern, matches


@pytest.mark.parametrize(
    ("pattern", "channel", "expected"),
    [
        ("/a/b", "/a/b", True),
        ("/a/b", "/a/b/c", False),
        ("/a/*", "/a/b", True),
        ("/a/*", "/a", False),
        ("/a/*", "/a/b/c", False),
        ("/a/**", "/a/b", True),
        ("/a/**", "/a/b/c/d", True),
        ("/a/**", "/a", False),
        ("/a/**", "/ab/c", False),
        ("/*", "/a", True),
        ("/*", "/a/b", False),
        ("/**", "/a", True),
        ("/**", "/a/b/c", True),
        ("/a/*/c", "/a/b/c", False),
        ("/A/b", "/a/b", False),
    ],
)
def test_a_subscription_covers(pattern, channel, expected):
    assert matches(pattern, channel) is expected


@pytest.mark.parametrize(
    "name",
    ["/a", "/v2/me/emails", "/meta/connect", "/a-b_c!~()$@/1.2"],
)
def test_names_of_channels(name):
    assert is_name(name)
    assert is_pattern(name)


@pytest.mark.parametrize("pattern", ["/*", "/**", "/a/*", "/a/b/**"])
def test_wildcards_stand_last(pattern):
    assert is_pattern(pattern)
    assert not is_name(pattern)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "a",
        "a/b",
        "/a/",
        "//a",
        "/a//b",
        "*",
        "**",
        "a/*",
        "/*/a",
        "/a/***",
        "/a b",
        "/a\n",
    ],
)
def test_what_is_neither(text):
    assert not is_name(text)
    assert not is_pattern(text)


@pytest.mark.parametrize("value", [None, 1, ["/a"], {"a": 1}])
def test_only_text_names_a_channel(value):
    assert not is_name(value)
    assert not is_pattern(value)
