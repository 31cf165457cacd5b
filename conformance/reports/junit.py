"""The report for CI servers: JUnit XML, in the dialect of Maven Surefire's schema.

There is no official standard; Surefire's XSD is what Jenkins, GitLab and the GitHub actions read.
A broken target is an ``error``, never a ``failure``: the two are different news. Characters that
XML cannot hold are written as ``#x00``, as pytest does, because one such byte in a body would make
the whole file unreadable.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from conformance.model import Check, Outcome, Run
from conformance.reports.text import finding_line

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'

_ELEMENT = {
    Outcome.FAIL: "failure",
    Outcome.ERROR: "error",
    Outcome.SKIP: "skipped",
    Outcome.NA: "skipped",
    Outcome.WAIVED: "skipped",
}


def render_junit(run: Run) -> str:
    """Return the run as one ``testsuite`` named after the target."""
    counts = run.counts()
    skipped = sum(counts[o.value] for o in (Outcome.SKIP, Outcome.NA, Outcome.WAIVED))
    suite = ET.Element(
        "testsuite",
        {
            "name": _clean(f"tapestry {run.target}"),
            "tests": str(counts["checks"]),
            "failures": str(counts[Outcome.FAIL.value]),
            "errors": str(counts[Outcome.ERROR.value]),
            "skipped": str(skipped),
            "time": f"{run.seconds:.3f}",
            "timestamp": run.started[:19],
        },
    )
    for check in run.checks:
        suite.append(_case(check))
    ET.indent(suite)
    return f"{_DECLARATION}\n{ET.tostring(suite, encoding='unicode')}\n"


def _case(check: Check) -> ET.Element:
    case = ET.Element(
        "testcase",
        {
            "name": _clean(f"{check.id} [{check.transport}]"),
            "classname": _clean(check.scenario or "tapestry"),
            "time": f"{check.seconds:.3f}",
        },
    )
    properties = ET.SubElement(case, "properties")
    for name, value in _facts(check):
        ET.SubElement(properties, "property", {"name": name, "value": _clean(value)})
    element = _ELEMENT.get(check.outcome)
    if element:
        message = check.reason or (check.findings[0].message if check.findings else check.outcome)
        detail = ET.SubElement(case, element, {"message": _clean(message)})
        if element != "skipped":
            detail.set("type", check.outcome.value)
        detail.text = _clean("\n".join(finding_line(finding) for finding in check.findings))
    elif check.findings:
        lines = "\n".join(finding_line(finding) for finding in check.findings)
        ET.SubElement(case, "system-out").text = _clean(lines)
    return case


def _facts(check: Check) -> list[tuple[str, str]]:
    facts = [
        ("title", check.title),
        ("level", check.level.value),
        ("outcome", check.outcome.value),
        ("requirements", " ".join(check.requirements)),
    ]
    if check.file:
        facts.append(("file", f"{check.file}:{check.line}" if check.line else check.file))
    return facts


def _clean(text: str) -> str:
    return _NOT_XML.sub(lambda found: f"#x{ord(found.group()):02X}", text)
