from __future__ import annotations

from collections.abc import Mapping

from conformance.bayeux.check import all_checks
from conformance.bayeux.grade_table import Graded, render_grades
from conformance.model import Check, Outcome


def graded(server: str, transport: str, others: Mapping[str, Outcome]) -> Graded:
    checks = [
        Check(
            spec.id,
            spec.title,
            spec.level,
            others.get(spec.id, Outcome.PASS),
            scenario=f"bayeux/{spec.group}",
        )
        for spec in all_checks()
    ]
    return Graded(server, transport, checks, 12.4)


RESULTS = [
    graded("good", "long-polling", {}),
    graded("good", "websocket", {"BAYEUX-MESSAGE-02": Outcome.WARN}),
    graded(
        "bad",
        "long-polling",
        {
            "BAYEUX-NEGOTIATION-07": Outcome.FAIL,
            "BAYEUX-MESSAGE-02": Outcome.WARN,
            "BAYEUX-ID-08": Outcome.INFO,
            "BAYEUX-COMETD-01": Outcome.NA,
        },
    ),
]
PAGE = render_grades(RESULTS, "make grades")


def row(check: str) -> str:
    (found,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{check}`")]
    return found


def test_every_server_has_a_line_for_each_transport() -> None:
    count = len(all_checks())
    assert (
        f"| good | long-polling | unconditionally compliant | {count} | 0 | 0 | 0 | 0 | 12 |"
        in PAGE
    )
    assert f"| good | websocket | conditionally compliant | {count - 1} | 0 | 1 | 0 |" in PAGE
    assert f"| bad | long-polling | not compliant | {count - 4} | 1 | 1 | 1 | 1 | 12 |" in PAGE


def test_every_check_has_a_line_with_a_mark_for_each_server() -> None:
    assert row("BAYEUX-ID-01").endswith("| MUST | 388, 595 | ✓ | ✓ |")
    assert row("BAYEUX-MESSAGE-02").endswith("| SHOULD | 430 | ✓ | ✗ |")
    assert row("BAYEUX-ID-08").endswith("| INFO | 586 | ✓ | ◦ |")
    assert row("BAYEUX-COMETD-01").endswith("| MAY | CometD | ✓ | - |")
    assert all(row(spec.id) for spec in all_checks())


def test_a_suspect_must_is_marked() -> None:
    assert "`BAYEUX-NEGOTIATION-07` ⚠" in row("BAYEUX-NEGOTIATION-07")
    assert row("BAYEUX-NEGOTIATION-07").endswith("| ✓ | **✗** |")
    assert "⚠" not in row("BAYEUX-ID-01")


def test_stars_of_patterns_do_not_become_emphasis() -> None:
    assert "ends in \\*\\* covers" in row("BAYEUX-CHANNEL-03")


def test_the_page_says_how_it_is_made() -> None:
    assert "Made by `make grades`; do not edit." in PAGE
