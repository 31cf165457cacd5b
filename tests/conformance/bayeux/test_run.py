"""The suite as ``tapestry verify --suite bayeux`` runs it, and what the reports say of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.bayeux.check import all_checks
from conformance.bayeux.mutants.fault import serve_mutants
from conformance.bayeux.mutants.say import publish_reply, saying
from conformance.bayeux.suite import open_world, run_bayeux, run_checks
from conformance.cli import main
from conformance.model import Check, Level, Outcome, Run
from conformance.reports.html import render_html
from conformance.reports.json_report import as_json
from conformance.reports.text import render_text
from conformance.target import Target
from tests.conformance.bayeux.conftest import PATIENCE

CHECK = Check("BAYEUX-X-01", "It holds", Level.MUST, Outcome.PASS, scenario="bayeux/connect")
OTHER = Check("email.x", "It holds", Level.MUST, Outcome.PASS, scenario="email/x")


def run_of(*checks: Check) -> Run:
    return Run("t", checks, "2026-11-21T09:30:00.000Z", 1.0)


def test_reports_tell_the_grade_where_the_suite_was_run() -> None:
    run = run_of(CHECK)
    assert as_json(run)["grade"] == "unconditionally compliant"
    assert "\nBayeux 1.0: unconditionally compliant\nverdict=conformant" in render_text(run)
    assert "Bayeux 1.0: <strong>unconditionally compliant</strong>" in render_html(run)


def test_reports_tell_no_grade_where_it_was_not() -> None:
    run = run_of(OTHER)
    assert "grade" not in as_json(run)
    assert "Bayeux 1.0" not in render_text(run)
    assert "Bayeux 1.0" not in render_html(run)


@pytest.mark.slow
def test_the_command_grades_the_reference(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["verify", "--suite", "bayeux", "--transport", "websocket", "-n", "4",
                 "--format", "json"])  # fmt: skip
    report = json.loads(capsys.readouterr().out)
    assert code == 0
    assert report["grade"] == "unconditionally compliant"
    assert report["counts"]["checks"] == len(all_checks())
    transports = {check["id"]: check["transport"] for check in report["checks"]}
    assert transports["BAYEUX-CONNECT-01"] == "websocket"
    assert transports["BAYEUX-CALLBACK-01"] == "callback-polling"


def test_a_target_that_is_not_there_is_reported_as_unusable(
    unused_tcp_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    target = f"http://127.0.0.1:{unused_tcp_port}"
    assert main(["verify", "--suite", "bayeux", "--target", target]) == 3
    assert "cannot reach" in capsys.readouterr().err


async def test_an_interrupt_keeps_what_is_decided_and_skips_the_rest(server: Target) -> None:
    specs = [spec for spec in all_checks() if spec.group in ("ids", "holding")]
    interrupted = asyncio.Event()

    def stop_after_three(check: Check) -> None:
        told.append(check)
        if len(told) == 3:
            interrupted.set()

    told: list[Check] = []
    async with open_world(server) as world:
        checks = await run_checks(world, specs, interrupted=interrupted, on_check=stop_after_three)
    assert [check.id for check in checks] == [spec.id for spec in specs]
    assert [check.outcome for check in checks[:3]] == [Outcome.PASS] * 3
    assert checks[-1].outcome is Outcome.SKIP
    assert checks[-1].reason == "interrupted before it ended"


async def test_a_fault_of_our_own_is_not_hidden(server: Target) -> None:
    async def broken(lab: object) -> list[object]:
        raise ZeroDivisionError

    spec = replace(all_checks()[0], story=broken)
    async with open_world(server) as world:
        with pytest.raises(ZeroDivisionError):
            await run_checks(world, [spec, all_checks()[1]])


async def test_a_server_that_goes_away_meanwhile_is_an_error(
    mutant: Callable[[str], Target], unused_tcp_port: int
) -> None:
    async with open_world(mutant("number-id")) as world:
        gone = replace(world.address, url=f"http://127.0.0.1:{unused_tcp_port}/")
        (check,) = await run_checks(replace(world, address=gone), [all_checks()[0]])
    assert check.outcome is Outcome.ERROR
    assert "no connection" in str(check.reason)


async def test_a_publish_that_is_not_answered_is_known_by_its_event() -> None:
    silent = saying("silent", "", "", lambda m, r: [] if publish_reply(m) else [m])
    with serve_mutants({"silent": silent}) as target:
        only = ["BAYEUX-PUBLISH-01", "BAYEUX-PUBLISH-08", "BAYEUX-DELIVERY-01"]
        checks = await run_bayeux(target("silent"), only=only, patience=PATIENCE)
    outcomes = {check.id: check.outcome for check in checks}
    assert outcomes == {
        "BAYEUX-PUBLISH-01": Outcome.NA,
        "BAYEUX-PUBLISH-08": Outcome.NA,
        "BAYEUX-DELIVERY-01": Outcome.PASS,
    }
