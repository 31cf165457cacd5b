from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.model import Check, Finding, Level, Outcome, Run
from conformance.reports.junit import render_junit


def cases(run: Run) -> dict[str, ET.Element]:
    suite = ET.fromstring(render_junit(run).encode())
    return {case.attrib["name"]: case for case in suite.iter("testcase")}


def test_the_suite_counts_what_is_in_it(mixed: Run) -> None:
    suite = ET.fromstring(render_junit(mixed).encode())
    assert suite.attrib | {"name": ""} == {
        "name": "",
        "tests": "6",
        "failures": "1",
        "errors": "1",
        "skipped": "2",
        "time": "1.250",
        "timestamp": "2026-11-21T09:30:00",
    }
    for name, count in [("failure", 1), ("error", 1), ("skipped", 2), ("testcase", 6)]:
        assert len(list(suite.iter(name))) == count


def test_a_failure_tells_its_findings(mixed: Run) -> None:
    failure = cases(mixed)["accept.state [long-polling]"].find("failure")
    assert failure is not None
    assert failure.attrib == {"message": "wrong state", "type": "fail"}
    assert failure.text == '$.email.state: wrong state expected "Processing", observed "Invited"'


def test_a_warning_passes_but_is_told(mixed: Run) -> None:
    case = cases(mixed)["accept.extra [long-polling]"]
    assert case.find("failure") is None
    assert "wrong state" in (case.findtext("system-out") or "")


def test_requirements_and_place_travel_as_properties(mixed: Run) -> None:
    case = cases(mixed)["accept.state [long-polling]"]
    facts = {p.attrib["name"]: p.attrib["value"] for p in case.iter("property")}
    assert facts["requirements"] == "GWS-ACCEPT-03"
    assert facts["file"] == "scenarios/accept.tapestry.yaml:12"
    assert facts["level"] == "MUST"


def test_characters_that_xml_cannot_hold_are_written_out(mixed: Run) -> None:
    error = cases(mixed)["hostile [long-polling]"].find("error")
    assert error is not None
    assert error.attrib["message"] == "<script>#x00 & #x1B[31m ]]>"


def test_the_file_declares_the_encoding_it_is_written_in(make_run) -> None:
    assert render_junit(make_run(Outcome.PASS)).startswith(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(), outcome=st.sampled_from(Outcome))
def test_it_is_xml_whatever_the_words(text: str, outcome: Outcome) -> None:
    finding = Finding("mismatch", text, text, text, text)
    check = Check(text, text, Level.MUST, outcome, (text,), text, text, (finding,), reason=text)
    run = Run(text, (check,), "2026-11-21T09:30:00.000Z", 0.0)
    ET.fromstring(render_junit(run).encode("utf-8"))


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_place(make_run, outcome: Outcome) -> None:
    (case,) = cases(make_run(outcome)).values()
    expected = {"fail": "failure", "error": "error"} | dict.fromkeys(
        ("skip", "na", "waived"), "skipped"
    )
    found = [child.tag for child in case if child.tag != "properties"]
    assert found == ([expected[outcome]] if outcome in expected else [])
