"""What ships in schemas/ is sound: valid schemas, tables that keep their schema, no loose ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tapestry import shipped
from tapestry.catalogue import Catalogue
from tapestry.catalogue.own import check_own
from tapestry.catalogue.schemas import BASE
from tapestry.documents import read_document

ROOM = shipped.schemas()
SCHEMAS = sorted(
    file
    for folder in ("common", "email", "me", "tapestry")
    for file in (ROOM / folder).glob("*.yaml")
)
TABLES = [
    *("operations", "messages", "identifiers", "requirements", "anomalies", "profiles"),
    "samples/samples",
]
OURS = ("TAPESTRY-",)


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOM))


@pytest.mark.parametrize("file", SCHEMAS, ids=name_of)
def test_a_schema_is_valid_2020_12_and_says_what_it_is(file: Path) -> None:
    schema = read_document(file).value
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == BASE + name_of(file)
    assert schema["title"]
    assert schema["description"]
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_keeps_the_schema_of_its_type(table: str) -> None:
    document = read_document(ROOM / f"{table}.yaml")
    assert check_own(document, Path(table).name) == []


def test_every_reference_among_schemas_leads_somewhere(known: Catalogue) -> None:
    for file in SCHEMAS:
        for reference in values_of(read_document(file).value, "$ref"):
            known.schemas.resolve(reference, name_of(file))


def test_every_schema_that_a_table_names_is_there(known: Catalogue) -> None:
    named = {operation.answer for operation in known.operations if operation.answer}
    named |= {operation.request for operation in known.operations if operation.request}
    named |= {known.answers.otherwise, *known.answers.codes.values()}
    for channel in known.channels:
        for message in channel.messages.values():
            named |= {message.schema, *message.notification_types.values()}
    for name in named:
        assert known.schemas.content(name)["title"]


def test_no_message_schema_is_left_unused(known: Catalogue) -> None:
    used = {operation.answer for operation in known.operations if operation.answer}
    used |= {name for profile in known.profiles.values() for name in profile.also.values()}
    used |= {operation.request for operation in known.operations if operation.request}
    used |= {known.answers.otherwise, *known.answers.codes.values()}
    for channel in known.channels:
        for message in channel.messages.values():
            used |= {message.schema, *message.notification_types.values()}
    open_ = list(used)
    while open_:
        name = open_.pop()
        for reference in values_of(known.schemas.content(name), "$ref"):
            _, target = known.schemas.resolve(reference, name)
            if target not in used:
                used.add(target)
                open_.append(target)
    messages = {name_of(file) for file in SCHEMAS if file.parent.name != "tapestry"}
    assert messages - used == set()


def cited(known: Catalogue) -> Iterator[str]:
    for operation in known.operations:
        yield from operation.requirements
        yield from (outcome.requirement for outcome in operation.outcomes)
        yield from operation.query.values()
    for channel in known.channels:
        yield from (channel.requirement, channel.type_requirement, channel.data_requirement)
    for anomaly in known.anomalies.values():
        yield from anomaly.requirements
    yield from read_document(ROOM / "operations.yaml").value["dispatch"].values()
    for file in SCHEMAS:
        schema = read_document(file).value
        for keyword in ("x-requirement", "x-presence", "x-closed", "x-oneOf", "x-anyOf"):
            yield from values_of(schema, keyword)


def test_every_requirement_that_is_cited_is_registered(known: Catalogue) -> None:
    assert {one for one in cited(known) if "-" in one} - known.requirements.keys() == set()


def shape_requirements(known: Catalogue) -> set[str]:
    """The requirements that the schemas themselves hold every message to."""
    shapes: set[str] = set()
    for file in SCHEMAS:
        for keyword in ("x-requirement", "x-presence", "x-closed", "x-oneOf", "x-anyOf"):
            shapes |= set(values_of(read_document(file).value, keyword))
    for channel in known.channels:
        shapes |= {channel.requirement, channel.type_requirement, channel.data_requirement}
    return shapes


def test_every_requirement_that_can_be_seen_is_tested(known: Catalogue) -> None:
    """Each is named by a check of a shipped scenario, or held by the shape of every message."""
    from conformance.collect import collect

    checked = {
        name for scenario in collect() for one in scenario.checks for name in one.requirements
    }
    tested = checked | shape_requirements(known)
    orphans = {
        one.id for one in known.requirements.values() if one.observable and one.id not in tested
    }
    assert {one for one in orphans if not one.startswith(OURS)} == UNTESTED


# The language cannot leave credentials or tokens out; the reference's own tests do.
UNTESTED = {"GWS-RETURN-12", "GWS-SESSION-10"}


def test_every_operation_cites_requirements_or_says_that_no_page_describes_it(
    known: Catalogue,
) -> None:
    for operation in known.operations:
        cites = operation.requirements or any(one.states for one in operation.outcomes)
        assert cites or operation.known != "page", operation.name


def test_capabilities_are_operations_of_the_table(known: Catalogue) -> None:
    names = {operation.operation_name for operation in known.operations}
    states = set(known.schemas.content("email/email.yaml")["properties"]["state"]["enum"])
    assert known.capabilities["email"].keys() == states
    for listed in known.capabilities["email"].values():
        assert set(listed) <= names


def test_an_operation_that_is_offered_in_a_state_applies_in_it(known: Catalogue) -> None:
    for state, listed in known.capabilities["email"].items():
        for name in listed:
            operation = known.operation(name)
            assert operation is not None
            assert state in operation.applies.states, (state, name)


def test_every_return_code_of_the_page_has_a_meaning(known: Catalogue) -> None:
    assert list(known.answers.meanings) == list(range(21))


def test_each_reading_accepts_its_example_alone_and_none_what_is_refused(known: Catalogue) -> None:
    for anomaly in known.anomalies.values():
        for reading in anomaly.readings:
            accepting = [
                other.id
                for other in anomaly.readings
                if known.schemas.accepts(other.schema, reading.example)
            ]
            assert accepting == [reading.id], anomaly.id
        if anomaly.readings:
            assert known.reading(anomaly.id, anomaly.refuses) is None, anomaly.id


def test_every_anomaly_that_is_cited_is_registered(known: Catalogue) -> None:
    text = "\n".join(file.read_text() for file in ROOM.rglob("*.yaml"))
    cited = set(re.findall(r"GWS-ANOMALY-[A-Z0-9-]*[A-Z0-9]", text))
    assert cited == known.anomalies.keys()


def test_every_statement_stands_on_a_page_that_is_listed(known: Catalogue) -> None:
    sources = [one.source for one in known.requirements.values()]
    sources += [place for one in known.anomalies.values() for place in one.where]
    sources += [one.source for one in known.operations]
    sources += [channel.source for channel in known.channels]
    assert {source.page for source in sources} - known.pages.keys() == set()
    assert known.pages.keys() - {source.page for source in sources} == set()


def test_every_operation_that_an_anomaly_names_is_in_the_table(known: Catalogue) -> None:
    named = {name for anomaly in known.anomalies.values() for name in anomaly.operations}
    assert named - {operation.name for operation in known.operations} == set()


def test_the_readings_of_an_anomaly_are_valid_schemas(known: Catalogue) -> None:
    for anomaly in known.anomalies.values():
        for reading in anomaly.readings:
            Draft202012Validator.check_schema(reading.schema)
        assert len({reading.id for reading in anomaly.readings}) == len(anomaly.readings)


def test_the_signs_of_an_anomaly_can_be_used(known: Catalogue) -> None:
    from tapestry.catalogue import defects, printed

    rules = {
        *(defects.MISSING_DATA, defects.MISSING_CHANNEL, defects.LOST_BODY, defects.IDS_DIFFER),
        *(printed.UNESCAPED_QUOTES, printed.LINE_BREAK, printed.PYTHON_LITERAL),
        *(printed.LOST_BRACES, printed.LOST_LISTS),
    }
    signs = [anomaly.sign for anomaly in known.anomalies.values() if anomaly.sign]
    assert {sign.rule for sign in signs if sign.rule} == rules
    for sign in signs:
        for pattern in (sign.pattern, *sign.also):
            re.compile(pattern or "")


def test_the_states_of_an_outcome_are_states_of_the_resource(known: Catalogue) -> None:
    states = set(known.schemas.content("email/email.yaml")["properties"]["state"]["enum"])
    for operation in known.operations:
        for outcome in operation.outcomes:
            if outcome.message_type == "EmailStateChangeMessage":
                assert set(outcome.states) <= states


def test_an_outcome_with_several_states_says_which_contradiction_leaves_them(
    known: Catalogue,
) -> None:
    for operation in known.operations:
        for outcome in operation.outcomes:
            if len(outcome.states) > 1:
                assert outcome.anomaly is not None
                for state in outcome.states:
                    assert known.reading(outcome.anomaly, state) is not None


def test_operation_names_and_routes_are_unique(known: Catalogue) -> None:
    names = [operation.name for operation in known.operations]
    routes = [(one.method, one.path, one.operation_name) for one in known.operations]
    assert len(set(names)) == len(names)
    assert len(set(routes)) == len(routes)


def test_no_address_of_a_real_person_stands_outside_the_samples() -> None:
    for file in sorted(ROOM.rglob("*.*")):
        if file.is_file() and "samples" not in file.parts:
            assert "genesyslab" not in file.read_text()


def values_of(schema: Any, keyword: str) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get(keyword), str):
            yield schema[keyword]
        for member in schema.values():
            yield from values_of(member, keyword)
    elif isinstance(schema, list):
        for entry in schema:
            yield from values_of(entry, keyword)
