"""Bayeux servers of third parties under the suite: what it finds is what the page explains."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

import pytest

from tests.interop.bayeux_servers import PAGE, THIRD_PARTIES
from tests.interop.processes import Running, cli

pytestmark = pytest.mark.interop

Run = Callable[[Running], Running]

FINDINGS = PAGE.with_name("bayeux-findings.md")
KEPT = {"pass", "na"}


def explained(server: str) -> set[str]:
    """Return the ids of the checks that the page explains for a server."""
    _, _, rest = FINDINGS.read_text(encoding="utf-8").partition(f"\n## {server}\n")
    section = re.split(r"^## ", rest, flags=re.MULTILINE)[0]
    return set(re.findall(r"^### (BAYEUX-[A-Z]+-\d\d)$", section, re.MULTILINE))


def verified(run: Run, server: str, *arguments: str) -> Mapping[str, object]:
    """Run the suite against a server as a user does, and return its report."""
    base = run(THIRD_PARTIES[server]()).base_url()
    judge = run(
        cli("verify", "--suite", "bayeux", "--target", base, "--format", "json", *arguments)
    )
    code = judge.wait(120)
    assert code == 1, judge.account()
    report: Mapping[str, object] = json.loads("\n".join(judge.lines))
    return report


def found(report: Mapping[str, object]) -> set[str]:
    checks = report["checks"]
    assert isinstance(checks, list)
    return {check["id"] for check in checks if check["outcome"] not in KEPT}


@pytest.mark.parametrize("server", THIRD_PARTIES)
def test_every_finding_is_explained_and_nothing_else(run: Run, server: str) -> None:
    report = verified(run, server, "-n", "4")
    assert found(report) == explained(server)
    assert report["grade"] == "not compliant"


@pytest.mark.parametrize("transport", ["websocket", "callback-polling"])
def test_faye_is_the_same_over_its_other_transports(run: Run, transport: str) -> None:
    report = verified(run, "faye 1.4.3", "-n", "4", "--transport", transport)
    assert found(report) == explained("faye 1.4.3")


def test_a_suspect_requirement_is_reported_as_such(run: Run) -> None:
    report = verified(run, "faye 1.4.3", "-n", "4")
    checks = report["checks"]
    assert isinstance(checks, list)
    told = {check["id"]: check["reason"] for check in checks if check["outcome"] == "fail"}
    assert told["BAYEUX-NEGOTIATION-07"].startswith("suspect: ")
    assert told["BAYEUX-HOLDING-04"] is None
