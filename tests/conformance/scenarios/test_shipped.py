"""The shipped scenarios: sound, traced to the register, met by the reference, failed by mutants."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from conformance.collect import SHIPPED, SUITES, collect, scenario_files
from conformance.language.load import load_scenario
from conformance.language.scenario import Scenario
from conformance.model import Check, Outcome
from conformance.reference.app import reference_server
from conformance.reference.settings import Order, ReferenceSettings
from conformance.reference.variants import variant
from conformance.target import Target
from conformance.verification import embedded_reference, run_on
from tapestry.catalogue import catalogue

FILES = [file for suite in SUITES for file in scenario_files(SHIPPED / suite)]


def shipped(name: str) -> Scenario:
    return load_scenario(SHIPPED / f"{name}.tapestry.yaml")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.partition(".")[0])
def test_every_requirement_that_is_named_is_in_the_register(file) -> None:
    named = {name for spec in load_scenario(file).checks for name in spec.requirements}
    assert named <= catalogue().requirements.keys()


def test_every_check_but_a_scenarios_own_names_a_requirement() -> None:
    bare = [
        spec.id for scenario in collect() for spec in scenario.checks[1:] if not spec.requirements
    ]
    assert bare == []


@pytest.fixture(scope="module")
def results() -> dict[str, Check]:
    with embedded_reference() as target:
        run = run_on(target, collect(), limit=2)
    return {check.id: check for check in run.checks}


def test_the_reference_passes_everything(results: dict[str, Check]) -> None:
    assert {id_: check for id_, check in results.items() if check.outcome != "pass"} == {}


def test_readings_of_contradictions_are_cited(results: dict[str, Check]) -> None:
    notes = results["email.transfer-user.notification"].notes
    assert any("GWS-ANOMALY-TRANSFER-STATE" in note.message for note in notes)


@pytest.fixture(params=[Order.BEFORE, Order.AFTER])
def guarded(request) -> Iterator[Target]:
    """A reference with CSRF protection, and notifications on one side of the answer."""
    settings = ReferenceSettings(csrf=True, order=request.param)
    with embedded_reference() as plain, reference_server(settings) as url:
        yield replace(plain, base_url=url)


def test_order_and_csrf_protection_make_no_difference(guarded: Target) -> None:
    run = run_on(guarded, [shipped("email/transfer-user")])
    assert {check.outcome for check in run.checks} == {Outcome.PASS}


@pytest.mark.parametrize(
    ("mutant", "scenario", "check"),
    [
        ("accept-no-notification", "email/accept", "email.accept.notification"),
        ("accept-wrong-state", "email/accept", "email.accept.notification"),
        ("notification-to-wrong-agent", "email/not-the-owner", "email.not-the-owner.private"),
        ("reject-not-offered-on", "email/reject", "email.reject.offered-on"),
        ("transfer-old-owner-keeps", "email/transfer-user", "email.transfer-user.old-owner"),
        ("answer-without-statuscode", "email/accept", "email.accept.answer"),
        ("statuscode-string", "email/accept", "email.accept.answer"),
        ("unknown-id-answers-200-zero", "email/unknown-id", "email.unknown-id.accept"),
        ("duplicate-notification", "email/accept", "email.accept.once"),
        ("wrong-channel", "email/accept", "email.accept.invited"),
        ("missing-reference-id", "email/accept", "email.accept.notification"),
        ("refusals-are-500", "email/requests/send", "email.requests.send.03"),
    ],
)
def test_a_mutant_fails_the_check_that_is_there_for_it(
    mutant: str, scenario: str, check: str, hurry
) -> None:
    with embedded_reference(variant(mutant)) as target:
        run = run_on(target, [hurry(shipped(scenario))])
    failed = {one.id for one in run.checks if one.outcome is Outcome.FAIL}
    assert check in failed
    assert run.exit_code == 1


@pytest.mark.parametrize(
    ("mutant", "scenario", "check"),
    [
        ("complete-no-notification", "email/complete", "email.complete.notification"),
        ("reply-shows-original", "email/reply", "email.reply.notification"),
        ("saved-as-status-change", "email/create", "email.create.saved"),
        ("attachments-unlisted", "email/attachments", "email.attachments.added"),
        ("user-data-without-changes", "email/user-data", "email.user-data.attach-told"),
    ],
)
def test_a_mutant_of_what_only_samples_show_warns_in_the_check_that_is_there_for_it(
    mutant: str, scenario: str, check: str, hurry
) -> None:
    with embedded_reference(variant(mutant)) as target:
        run = run_on(target, [hurry(shipped(scenario))])
    assert check in {one.id for one in run.checks if one.outcome is Outcome.WARN}


def test_what_is_only_shown_in_a_sample_warns() -> None:
    with embedded_reference(variant("upgraded")) as target:
        run = run_on(target, [shipped("email/accept-content")])
    assert (run.verdict, run.exit_code) == ("conditionally-conformant", 0)
