"""Everything the catalogue lists is counted once, and nothing is called covered that was not."""

import json

import pytest

from conformance.cli import main
from conformance.coverage.measure import Coverage, Item, Status, measure
from conformance.coverage.report import render_html, render_text
from conformance.coverage.seen import Seen
from conformance.runner.events import Arrived, Called
from tapestry.catalogue import catalogue

EMAIL = {"id": "1", "state": "Processing", "capabilities": [], "uri": "/api/v2/email/1"}
TOLD = {
    "messageType": "EmailStateChangeMessage",
    "notificationType": "StatusChange",
    "referenceId": 7,
    "email": EMAIL,
}


def called(body, status=200, answer=None, path="/api/v2/me/emails/1", method="POST") -> Called:
    answer = {"statusCode": 0, "referenceId": 7} if answer is None else answer
    return Called(0, 0, "s", "step", "alice", method, path, body, status, answer)


def counted(*events) -> Coverage:
    seen = Seen(catalogue())
    for event in events:
        seen.event(event)
    return measure(seen)


def status(coverage: Coverage, kind: str, name: str) -> str:
    [item] = [item for item in coverage.of(kind) if item.name == name]
    return str(item.status)


REFUSED = {"statusCode": 2, "statusMessage": "no"}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], "missing"),
        ([called({"operationName": "Accept"})], "positive"),
        ([called({"operationName": "Accept"}, 400, REFUSED)], "missing"),
        (
            [
                called({"operationName": "Accept"}),
                called({"operationName": "Accept"}, 400, REFUSED),
            ],
            "covered",
        ),
    ],
)
def test_an_operation_is_covered_when_it_succeeded_and_was_refused(events, expected) -> None:
    assert status(counted(*events), "operation", "Accept") == expected


DONE = TOLD | {"email": EMAIL | {"state": "Completed"}}


@pytest.mark.parametrize(
    ("told", "agent", "expected"),
    [
        (DONE, "alice", "covered"),
        (DONE | {"referenceId": 8}, "alice", "missing"),
        (DONE, "bob", "missing"),
        (DONE | {"notificationType": "EmailSaved"}, "alice", "missing"),
        (TOLD, "alice", "missing"),
    ],
)
def test_an_outcome_is_covered_by_its_own_notification(told, agent, expected) -> None:
    coverage = counted(
        called({"operationName": "Complete"}), Arrived(1, "s", agent, "/v2/me/emails", told)
    )
    assert status(coverage, "outcome", "Complete: StatusChange Completed for actor") == expected


def test_parameters_notifications_states_and_requirements_are_counted() -> None:
    coverage = counted(
        called({"operationName": "Accept", "saveLAR": True}),
        called(None, path="/api/v2/me/emails?fields=*", method="GET", answer={"statusCode": 0}),
        Arrived(1, "s", "alice", "/v2/me/emails", TOLD),
        Arrived(1, "s", "alice", "/v2/me/other", TOLD),
    )
    assert status(coverage, "parameter", "Accept.saveLAR") == "positive"
    assert status(coverage, "parameter", "ListEmails.fields") == "positive"
    assert status(coverage, "notification", "EmailStateChangeMessage StatusChange") == "covered"
    assert status(coverage, "notification", "EmailStateChangeMessage Error") == "ineligible"
    assert status(coverage, "state", "email Processing") == "covered"
    assert status(coverage, "requirement", "GWS-ACCEPT-03") == "covered"
    assert status(coverage, "requirement", "GWS-ACCEPT-04") == "ineligible"
    assert status(coverage, "requirement", "GWS-REJECT-05") == "missing"


def test_a_keyword_is_covered_when_it_has_decided_both_ways() -> None:
    coverage = counted(
        called({"operationName": "Accept", "saveLAR": True}),
        called({"operationName": "Accept", "saveLAR": "x"}, 400, REFUSED),
        called({"operationName": "Nothing"}, 400, REFUSED),
    )
    place = "email.accept.request"
    assert status(coverage, "keyword", f"{place}.saveLAR type") == "covered"
    assert status(coverage, "keyword", f"{place}.operationName const") == "covered"
    assert status(coverage, "keyword", f"{place} required") == "positive"


def test_the_share_leaves_out_what_cannot_be_seen() -> None:
    items = [Item("a", str(n), status) for n, status in enumerate(Status)]
    assert Coverage(tuple(items)).share == pytest.approx(2 / 3)
    assert Coverage(()).share == 1


def test_the_page_escapes_what_it_shows() -> None:
    page = render_html(Coverage((Item("kind", "<b>", Status.MISSING, "<i>"),)))
    assert "<b>" not in page
    assert "&lt;b&gt;" in page


def test_text_lists_what_is_missing_and_all_of_it_when_asked() -> None:
    coverage = Coverage((Item("a", "x", Status.COVERED), Item("a", "y", Status.MISSING, "why")))
    assert "y  (why)" in render_text(coverage)
    assert " x" not in render_text(coverage)
    assert " x" in render_text(coverage, verbose=True)


def test_the_verb_counts_a_cassette_and_gates(capsys, tmp_path) -> None:
    from tapestry import shipped

    tape = next(shipped.cassettes().rglob("*.yaml"))
    assert main(["coverage", str(tape), "--format", "json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert 0 < printed["share"] < 1
    assert main(["coverage", str(tape), "--min", "99"]) == 1
    file = tmp_path / "coverage.html"
    assert main(["coverage", str(tape), "--format", "html", "--out", str(file)]) == 0
    assert "Coverage of the documented API" in file.read_text()
    (tmp_path / "empty").mkdir()
    assert main(["coverage", str(tmp_path / "empty")]) == 2
    assert main(["coverage", str(tmp_path / "nowhere")]) == 2
    with pytest.raises(SystemExit):
        main(["coverage", "--min", "lots"])


def test_the_verb_acts_a_scenario_out(capsys) -> None:
    from conformance.collect import SHIPPED

    scenario = SHIPPED / "email" / "complete.tapestry.yaml"
    assert main(["coverage", str(scenario), "-v"]) == 0
    assert (
        "covered    outcome      Complete: StatusChange Completed for actor"
        in capsys.readouterr().out
    )
