from pathlib import Path
from typing import Any

import pytest

from conformance.driven.cassette import drive, read_cassette
from conformance.judge.matchers import Alias, Literal, Members
from conformance.language.scenario import Call, Disconnect, Expect, Presence, Provision, Scenario
from conformance.model import Outcome
from conformance.reference.variants import variant
from conformance.verification import embedded_reference, run_on
from tapestry.catalogue import catalogue
from tapestry.problems import Problem
from tapestry.tape.codec import save

EMAILS = "POST /api/v2/me/emails/${email#1}"


def driven(cassette) -> Scenario:
    return drive(cassette, catalogue(), name="A day")


def told(step: Any) -> str:
    action = step.action
    match action:
        case Call():
            return f"{action.agent} {action.method} {action.path}"
        case Expect():
            return f"{action.agent} told after {action.after}"
        case Provision():
            return f"mail for {action.agent}"
        case Disconnect():
            return f"{action.agent} listens no more"
    raise AssertionError(action)


def test_calls_are_driven_and_deliveries_expected_after_their_cause(day) -> None:
    assert [told(step) for step in driven(day).steps] == [
        "agent#1 GET /api/v2/me",
        "agent#1 POST /api/v2/me",
        "agent#2 GET /api/v2/me",
        "agent#2 POST /api/v2/me",
        "mail for agent#1",
        "agent#1 told after mail-9",
        f"agent#1 {EMAILS}",
        "agent#1 told after step-10",
        f"agent#1 {EMAILS}",
        "agent#1 told after step-12",
        "agent#2 told after step-12",
        f"agent#2 {EMAILS}",
        "agent#2 told after step-15",
    ]


def test_checks_have_stable_ids_made_of_name_number_and_kind(day) -> None:
    ids = [spec.id for spec in driven(day).checks]
    assert ids[0] == "a-day"
    assert ids[5:9] == [
        "a-day.9-statuschange",
        "a-day.10-accept",
        "a-day.11-statuschange",
        "a-day.12-transfer",
    ]


def test_an_agent_who_starts_on_the_tape_is_not_ready_before(day, build) -> None:
    assert set(driven(day).agents.values()) == {Presence.CONNECTED}
    late = build(*day.entries[8:])
    assert set(driven(late).agents.values()) == {Presence.READY}


def test_the_email_that_comes_in_bears_the_pseudonyms_of_the_tape(day) -> None:
    provision = next(step.action for step in driven(day).steps if step.id == "mail-9")
    assert isinstance(provision, Provision)
    assert (provision.subject, provision.sender) == ("Qwx yzzzz", "abc@def.example.com")


def test_a_colleague_is_named_by_the_part_he_plays(day, build) -> None:
    for tape in (day, build(*day.entries[:4], *day.entries[8:])):  # known by user, by receipt
        transfer = next(
            step.action for step in driven(tape).steps if _operation(step) == "Transfer"
        )
        assert transfer.json["userUri"] == "${agent#2.user_uri}"


def test_identifiers_are_bound_by_the_first_message_that_shows_them(day) -> None:
    steps = {step.id: step for step in driven(day).steps}
    assert "email#1" in steps["step-9"].gives
    assert steps["step-10"].uses == {"email#1"}
    assert steps["step-9"].action.where == Members(
        {
            "email": Members(
                {"subject": steps["step-9"].action.data.members["email"].members["subject"]}
            )
        }
    )
    assert steps["step-11"].action.where == Members(
        {"email": Members({"id": Alias("email#1")}), "notificationType": Literal("StatusChange")}
    )


@pytest.mark.parametrize("status", [401, 403])
def test_a_desktop_that_was_sent_to_log_in_first_is_not_driven_there(
    day, build, exchange, status: int
) -> None:
    denied = {"statusCode": 20, "statusMessage": "Access denied"} if status == 403 else None
    refused = exchange(-10, "agent#1", "GET /api/v2/me", None, denied, status)
    with_refusal = driven(build(refused, *day.entries))
    assert [told(step) for step in with_refusal.steps][:2] == [
        "agent#1 GET /api/v2/me",
        "agent#1 POST /api/v2/me",
    ]


def test_a_cassette_without_anything_to_drive_says_so(build) -> None:
    assert driven(build()).unfit == "nothing on the cassette can be driven"


def test_a_delivery_that_follows_from_nothing_is_not_waited_for(day, build) -> None:
    assert driven(build(day.entries[9])).steps == ()


def test_a_story_comes_about_again_on_the_reference(day, tmp_path: Path) -> None:
    save(day, tmp_path / "day.yaml")
    with embedded_reference() as target:
        run = run_on(target, [read_cassette(tmp_path / "day.yaml")])
        again = run_on(target, [read_cassette(tmp_path / "day.yaml")])
    for one in (run, again):
        assert {check.id: check.findings for check in one.checks if check.outcome != "pass"} == {}
    assert run.checks[0].file == str(tmp_path / "day.yaml")


def test_what_a_server_says_when_nobody_listens_any_more_is_not_heard(day, build, exchange) -> None:
    def farewell(agent: str) -> Any:
        sent = {"channel": "/meta/disconnect", "clientId": f"client-{agent}"}
        got = [{**sent, "successful": True}]
        return exchange(600, agent, "POST /api/v2/notifications", [sent], got)

    end = {"operationName": "EndContactCenterSession"}
    ends = exchange(700, "agent#2", "POST /api/v2/me", end, {"statusCode": 0})
    scenario = driven(build(*day.entries, farewell("agent#1"), farewell("agent#2"), ends))
    assert [told(step) for step in scenario.steps][-3:] == [
        "agent#1 listens no more",
        "agent#2 listens no more",
        "agent#2 POST /api/v2/me",
    ]
    with embedded_reference() as target:
        run = run_on(target, [scenario])
    assert {check.id: check.findings for check in run.checks if check.outcome != "pass"} == {}


@pytest.mark.parametrize(
    ("mutant", "check"),
    [
        ("duplicate-notification", "a-day"),
        ("statuscode-string", "a-day.10-accept"),
        ("accept-wrong-state", "a-day.11-statuschange"),
        ("missing-reference-id", "a-day.13-statuschange"),
        ("accept-no-notification", "a-day.11-statuschange"),
    ],
)
def test_a_server_that_has_changed_tells_another_story(day, hurry, mutant: str, check: str) -> None:
    with embedded_reference(variant(mutant)) as target:
        run = run_on(target, [hurry(driven(day))])
    assert check in {one.id for one in run.checks if one.outcome is Outcome.FAIL}


def test_an_unreadable_cassette_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("tapestry: 1\nrecorded: [\n")
    with pytest.raises(Problem):
        read_cassette(tmp_path / "x.yaml")


def _operation(step: Any) -> str | None:
    sent = getattr(step.action, "json", None)
    return sent.get("operationName") if isinstance(sent, dict) else None
