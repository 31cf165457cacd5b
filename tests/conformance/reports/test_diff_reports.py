"""What ``diff`` prints, byte by byte: text, JSON, Markdown and HTML."""

import json
import re
from html.parser import HTMLParser

import pytest

from conformance.judge.difference import ABSENT, Comparison, Finding, Kind, Seen
from conformance.reports.diff_html import diff_html
from conformance.reports.diff_json import diff_json
from conformance.reports.diff_markdown import diff_markdown
from conformance.reports.diff_text import MOST, diff_text
from tapestry.catalogue import catalogue

HOSTILE = '<script>alert("x")</script>|`**\x1b[2J\u202e'


def finding(kind=Kind.BREAKING, seen=Seen.REMOVED, path="email.subject", **more):
    known = {"old": "hello", "new": ABSENT, "count": 3, "where": "agent#1 Accept email#1, event 4"}
    told = known | {"message": f"{path}: removed"} | more
    return Finding(kind, seen, path, **told)


EQUAL = Comparison((), 12)
SOME = Comparison(
    (
        finding(),
        finding(Kind.TIMING, Seen.LATE, "Accept.took", old=10, new=900, count=1),
        finding(Kind.ADDITIVE, Seen.ADDED, "email.new", old=ABSENT, new=None, count=1),
    ),
    12,
)


def test_text():
    assert diff_text(EQUAL, "a.yaml", "b.yaml") == (
        "equal: no difference in 12 events of a.yaml and b.yaml\n"
    )
    assert diff_text(SOME, "a.yaml", "b.yaml") == (
        "breaking  email.subject: removed\n"
        "timing    Accept.took: removed\n"
        "additive  email.new: removed\n"
        "different: 1 breaking, 1 timing, 1 additive in 12 events of a.yaml and b.yaml\n"
    )


def test_no_line_of_text_is_longer_than_200_characters_and_there_are_not_too_many():
    many = Comparison(tuple(finding(message="m" * 200) for _ in range(MOST + 7)), 12)
    lines = diff_text(many, "a", "b").splitlines()
    assert max(map(len, lines)) <= 200
    assert len(lines) == MOST + 2
    assert lines[-2] == "... 7 more; --format json prints all"


def test_json_is_the_contract():
    assert json.loads(diff_json(EQUAL)) == {"equal": True, "findings": []}
    told = json.loads(diff_json(SOME))
    assert told["findings"][0] == {
        "class": "breaking",
        "path": "email.subject",
        "old": "hello",
        "new": None,
        "count": 3,
        "where": "agent#1 Accept email#1, event 4",
        "message": "email.subject: removed",
    }
    assert catalogue().schemas.errors("tapestry/diff.yaml", told) == []


def test_markdown():
    assert (
        diff_markdown(SOME, "a.yaml", "b.yaml")
        == """\
## What changed

different: 1 breaking, 1 timing, 1 additive in 12 events of a.yaml and b.yaml

| class | path | old | new | count | first seen |
|---|---|---|---|--:|---|
| breaking | email.subject \\(removed\\) | "hello" |  | 3 | agent\\#1 Accept email\\#1, event 4 |
| timing | Accept.took \\(late\\) | 10 | 900 | 1 | agent\\#1 Accept email\\#1, event 4 |
| additive | email.new \\(added\\) |  | null | 1 | agent\\#1 Accept email\\#1, event 4 |
"""
    )
    assert diff_markdown(EQUAL, "a", "b").splitlines()[2:] == [
        "equal: no difference in 12 events of a and b"
    ]


def test_markdown_shows_markup_and_does_not_become_it():
    hostile = Comparison((finding(path=HOSTILE, old=HOSTILE, where=HOSTILE),), 1)
    row = diff_markdown(hostile, "a", "b").splitlines()[-1]
    assert "<script" not in row
    assert "\x1b" not in row
    assert len(re.split(r"(?<!\\)\|", row)) == 8


def test_markdown_says_what_it_leaves_out():
    many = Comparison(tuple(finding() for _ in range(MOST + 2)), 12)
    assert diff_markdown(many, "a", "b").endswith("2 more findings are not shown.\n")


class Page(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data):
        self.words.append(data.strip())


@pytest.mark.parametrize("comparison", [EQUAL, SOME])
def test_html_is_one_offline_page_with_everything_in_it(comparison):
    page = Page(diff_html(comparison, "a.yaml", "b.yaml"))
    assert page.links == []
    assert "script" not in page.tags
    for one in comparison.findings:
        assert one.path in page.words
        assert one.where in page.words


def test_html_shows_absent_and_null_apart():
    text = diff_html(SOME, "a", "b")
    assert text.count(">absent<") == 2
    assert "<code>null</code>" in text
    assert "light-dark(" in text


def test_html_escapes_whatever_a_server_said():
    hostile = Comparison((finding(path=HOSTILE, old=HOSTILE, where=HOSTILE),), 1)
    text = diff_html(hostile, HOSTILE, HOSTILE)
    assert "<script" not in text
    assert "&lt;script&gt;" in text
