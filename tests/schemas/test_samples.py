"""The documents' samples: as printed they are reported, entry by entry; repaired they validate."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tapestry import shipped
from tapestry.catalogue import Catalogue
from tapestry.catalogue.defects import defects
from tapestry.documents import read_document

ROOM = shipped.schemas() / "samples"
SAMPLES: list[dict[str, Any]] = read_document(ROOM / "samples.yaml").value["samples"]
NAMES = [sample["id"] for sample in SAMPLES]

EVERYWHERE = ["DATES", "NO-CHANNEL", "NO-DATA", "NONE", "QUOTES", "URI-BLANKS"]
EVERYWHERE += ["URI-SPELLINGS", "WORDS"]
EXPECTED = {
    "accept.request": ["BODY-LOST", "REQUEST-LINE"],
    "accept.answer": ["BRACES"],
    "accept.notification": [
        *("BRACES", "EMAIL-ATTRIBUTES", "LINE-BREAK", "LISTS", "MESSAGE-ID"),
        *EVERYWHERE,
    ],
    "reject.request": ["REQUEST-LINE"],
    "reject.answer": [],
    "reject.notification": ["RENAMED", *EVERYWHERE],
    "transfer.request.user": ["REQUEST-LINE", "URI-PLACEHOLDER"],
    "transfer.request.queue": ["REQUEST-LINE"],
    "transfer.answer": [],
    "transfer.notification": ["EMAIL-ATTRIBUTES", "RENAMED", *EVERYWHERE],
}


def test_the_three_pages_are_covered() -> None:
    assert list(EXPECTED) == NAMES
    files = {str(file.relative_to(ROOM)) for file in ROOM.rglob("*.*") if file.is_file()}
    listed = {sample[form] for sample in SAMPLES for form in ("printed", "repaired")}
    assert files - {"samples.yaml"} == listed


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_a_printed_sample_is_reported_with_exactly_its_register_entries(
    known: Catalogue, sample: dict[str, Any]
) -> None:
    text = (ROOM / sample["printed"]).read_text()
    found = {one.anomaly.id for one in defects(text, known.anomalies) if one.anomaly}
    assert found == {f"GWS-ANOMALY-{name}" for name in EXPECTED[sample["id"]]}
    assert found == set(sample["shows"])
    assert all(one.anomaly for one in defects(text, known.anomalies))


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_what_makes_a_sample_defective_is_repaired_and_nothing_else(
    known: Catalogue, sample: dict[str, Any]
) -> None:
    shown, repaired = set(sample["shows"]), set(sample["repairs"])
    assert repaired <= shown
    for left in shown - repaired:
        assert known.anomalies[left].severity in ("contradiction", "gap")


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_a_repaired_sample_validates(known: Catalogue, sample: dict[str, Any]) -> None:
    value = json.loads((ROOM / sample["repaired"]).read_text())
    operation = known.operation(sample["operation"])
    assert operation is not None
    match sample["kind"]:
        case "request":
            assert known.check_request(operation, value) == []
        case "answer":
            assert known.check_answer(operation, 200, value) == []
        case "notification":
            assert known.check_notification(value["channel"], value["data"]) == []


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_a_repaired_sample_shows_only_what_was_not_repaired(
    known: Catalogue, sample: dict[str, Any]
) -> None:
    text = (ROOM / sample["repaired"]).read_text()
    found = {one.anomaly.id for one in defects(text, known.anomalies) if one.anomaly}
    assert found <= set(sample["shows"]) - set(sample["repairs"])


@pytest.mark.parametrize("name", ["accept", "reject", "transfer"])
def test_a_repaired_notification_shows_an_outcome_of_its_operation(
    known: Catalogue, name: str
) -> None:
    data = json.loads((ROOM / f"repaired/{name}.notification.json").read_text())["data"]
    operation = known.operation(name.title())
    assert operation is not None
    actor = next(outcome for outcome in operation.outcomes if outcome.receiver == "actor")
    assert data["messageType"] == actor.message_type
    assert data["notificationType"] == actor.notification_type
    assert data["email"]["state"] in actor.states
