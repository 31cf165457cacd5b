from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import Any

import pytest

from conformance.model import Moment, Outcome, Run
from conformance.reports.html import render_html

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


class Tags(HTMLParser):
    """Collects what a browser would see: elements, attributes and text."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += f" {data}"


def read(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    return tags


@dataclass(frozen=True)
class Change:
    kind: str
    path: str
    seen: str
    where: str
    old: Any
    new: Any
    count: int


def test_the_verdict_and_the_counts_come_first(mixed: Run) -> None:
    text = " ".join(read(render_html(mixed)).text.split())
    assert "my-server is non-conformant" in text
    assert text.index("1 fail") < text.index("What needs attention") < text.index("All checks")


def test_every_check_can_be_linked_to(mixed: Run) -> None:
    elements = read(render_html(mixed)).elements
    anchors = {attrs["id"] for tag, attrs in elements if tag == "tr" and "id" in attrs}
    assert anchors == {check.id for check in mixed.checks}
    links = {attrs["href"] for tag, attrs in elements if tag == "a"}
    assert links <= {f"#{anchor}" for anchor in anchors}


def test_findings_show_both_values(mixed: Run) -> None:
    text = read(render_html(mixed)).text
    assert "$.email.state" in text
    assert '"Processing"' in text
    assert '"Invited"' in text


@pytest.mark.parametrize("where", ["target", "check", "change", "moment"])
def test_nothing_a_server_says_becomes_markup(mixed: Run, where: str) -> None:
    finding = replace(mixed.checks[1].findings[0], message=HOSTILE, observed=HOSTILE, path=HOSTILE)
    check = replace(mixed.checks[1], id=HOSTILE, title=HOSTILE, findings=(finding,), file=HOSTILE)
    moment = Moment("email.accept", 1.0, HOSTILE, HOSTILE, {"k": HOSTILE})
    run = {
        "target": replace(mixed, target=HOSTILE),
        "check": replace(mixed, checks=(check,)),
        "change": mixed,
        "moment": replace(mixed, timeline=(moment,)),
    }[where]
    change = Change("breaking", *[HOSTILE] * 5, 1)
    changes = [change] if where == "change" else []
    page = read(render_html(run, changes=changes, compared=HOSTILE))
    assert not {"script", "img"} & {tag for tag, _ in page.elements}
    assert "alert(1)" in page.text


def test_the_page_needs_no_network(mixed: Run) -> None:
    page = render_html(mixed)
    assert "http://" not in page
    assert "https://" not in page
    assert not any("src" in attrs for _, attrs in read(page).elements)


def test_the_time_line_of_a_scenario_stands_under_its_checks(mixed: Run) -> None:
    run = replace(mixed, timeline=(Moment("email.accept", 12.4, "Accept sent", "alice"),))
    text = " ".join(read(render_html(run)).text.split())
    assert "What happened ms agent what 12 alice Accept sent" in text


def test_changes_are_shown_when_given(make_run) -> None:
    change = Change("breaking", "email.contactId", "removed", "event 9", "0001", None, 4)
    text = read(
        render_html(make_run(Outcome.PASS), changes=[change], compared="before and after")
    ).text
    assert "What changed: before and after" in text
    assert "email.contactId" in text
    assert "removed, first at event 9" in text
