"""Reads the tables of ``schemas/`` into the values of the catalogue.

A table is a file that a person edits, so a row that lacks something is told with its place. What a
row may hold at all is said by the schema of the table's file type (``schemas/tapestry``), which
``tapestry check`` applies; reading it here costs no schema library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tapestry.catalogue.model import (
    Anomaly,
    Answers,
    Applies,
    Channel,
    Dispatch,
    MessageType,
    Operation,
    Outcome,
    Page,
    Profile,
    Reading,
    Requirement,
    Sign,
    Source,
)
from tapestry.documents import Document, read_document
from tapestry.problems import Problem

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OperationTable:
    """``operations.yaml``: the operations, how messages are told apart, capabilities by state."""

    base: str
    dispatch: Dispatch
    answers: Answers
    operations: tuple[Operation, ...]
    capabilities: Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class RequirementTable:
    """``requirements.yaml``: the pages and every testable statement on them, by id."""

    pages: Mapping[str, Page]
    requirements: Mapping[str, Requirement]


@dataclass(frozen=True, slots=True)
class IdentifierTable:
    """``identifiers.yaml``: tails of paths that name something, and those that vary by nature."""

    fields: Mapping[str, str]
    uris: Mapping[str, tuple[str, ...]]
    volatile: tuple[str, ...]


def read_operations(file: Path) -> OperationTable:
    """Read the operation table. Raises :class:`Problem`."""
    return _read(
        file,
        lambda table, rows: OperationTable(
            table["base"],
            Dispatch(table["dispatch"]["member"], table["dispatch"]["requirement"]),
            _answers(table["answers"]),
            rows(partial(_operation, table.get("failure", {})), "operations"),
            {
                api: {state: tuple(names) for state, names in states.items()}
                for api, states in table.get("capabilities", {}).items()
            },
        ),
    )


def read_profiles(file: Path) -> Mapping[str, Profile]:
    """Read the table of profiles, by name. Raises :class:`Problem`."""
    return _read(
        file, lambda _, rows: {profile.name: profile for profile in rows(_profile, "profiles")}
    )


def read_messages(file: Path) -> tuple[Channel, ...]:
    """Read the dispatch table of notifications. Raises :class:`Problem`."""
    return _read(file, lambda _, rows: rows(_channel, "channels"))


def read_identifiers(file: Path) -> IdentifierTable:
    """Read the table of identifiers and volatile paths. Raises :class:`Problem`."""
    return _read(
        file,
        lambda table, _: IdentifierTable(
            table["fields"],
            {kind: tuple(templates) for kind, templates in table["uris"].items()},
            tuple(table["volatile"]),
        ),
    )


def read_requirements(file: Path) -> RequirementTable:
    """Read the requirement register. Raises :class:`Problem`."""
    return _read(
        file,
        lambda _, rows: RequirementTable(
            {page.id: page for page in rows(_page, "pages")},
            {requirement.id: requirement for requirement in rows(_requirement, "requirements")},
        ),
    )


def read_anomalies(file: Path) -> Mapping[str, Anomaly]:
    """Read the register of contradictions, by id. Raises :class:`Problem`."""
    return _read(
        file, lambda _, rows: {anomaly.id: anomaly for anomaly in rows(_anomaly, "anomalies")}
    )


Rows = Callable[[Callable[[Row], Any], str], tuple[Any, ...]]


def _read[T](file: Path, build: Callable[[Any, Rows], T]) -> T:
    document = read_document(file)
    if not isinstance(document.value, dict):
        raise Problem("a table is a mapping", where=document.place())

    def rows(make: Callable[[Row], Any], member: str) -> tuple[Any, ...]:
        return _rows(document, make, member)

    with _told(document):
        return build(document.value, rows)


def _rows(document: Document, make: Callable[[Row], Any], member: str) -> tuple[Any, ...]:
    table = document.value[member]
    keyed = isinstance(table, dict)
    made = []
    for key, row in table.items() if keyed else enumerate(table):
        with _told(document, member, key):
            made.append(make({"id": key} | row if keyed else row))
    return tuple(made)


class _told:  # noqa: N801 - reads as a word in the `with` statement
    """Turns what goes wrong with a row into a problem at the row's place."""

    def __init__(self, document: Document, *path: str | int) -> None:
        self.document, self.path = document, path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, fault: BaseException | None, _: Any) -> None:
        if isinstance(fault, (KeyError, TypeError, AttributeError)):
            what = f"{fault.args[0]!r} is missing" if isinstance(fault, KeyError) else str(fault)
            raise Problem(
                f"this row of the table cannot be used: {what}",
                where=self.document.place(*self.path),
                remedy="`tapestry check` tells what a row must hold",
            ) from None


def _source(row: Row) -> Source:
    return Source(row["page"], row["heading"])


def _operation(failures: Mapping[str, dict[str, Any]], row: Row) -> Operation:
    applies = row.get("applies", {})
    failure = failures.get(row["api"]) if row.get("method") != "GET" else None
    outcomes = [*row.get("outcomes", ()), *([_FAILED | failure] if failure else ())]
    return Operation(
        name=row["name"],
        api=row["api"],
        method=row["method"],
        path=row["path"],
        operation_name=row.get("operationName"),
        request=row.get("request"),
        answer=row.get("answer"),
        source=_source(row["source"]),
        parameters=row.get("parameters", {}),
        applies=Applies(
            tuple(applies.get("states", ())), applies.get("who"), applies.get("feature")
        ),
        outcomes=tuple(_outcome(outcome) for outcome in outcomes),
        requirements=tuple(row.get("requirements", ())),
        query=row.get("query", {}),
        known=row.get("known", "page"),
    )


_FAILED: dict[str, Any] = {"for": "actor", "states": (), "reference": True}


def _profile(row: Row) -> Profile:
    return Profile(
        row["id"],
        row["says"],
        row.get("levels", {}),
        row.get("readings", "INFO"),
        row.get("also", {}),
    )


def _answers(row: Row) -> Answers:
    codes = {int(code): schema for code, schema in row["codes"].items()}
    meanings = {int(code): meaning for code, meaning in row.get("meanings", {}).items()}
    return Answers(row["member"], row["success"], codes, row["otherwise"], meanings)


def _outcome(row: Row) -> Outcome:
    return Outcome(
        receiver=row["for"],
        message_type=row["messageType"],
        notification_type=row.get("notificationType"),
        states=tuple(row["states"]),
        reference=row["reference"],
        requirement=row["requirement"],
        anomaly=row.get("anomaly"),
    )


def _channel(row: Row) -> Channel:
    messages = (_message_type(row, message) for message in row["messages"])
    return Channel(
        name=row["channel"],
        also_on=tuple(row.get("alsoOn", ())),
        requirement=row["requirement"],
        type_requirement=row["typeRequirement"],
        data_requirement=row["dataRequirement"],
        source=_source(row["source"]),
        messages={message.message_type: message for message in messages},
    )


def _message_type(channel: Row, row: Row) -> MessageType:
    types = row.get("notificationTypes", {})
    return MessageType(
        channel=channel["channel"],
        message_type=row["messageType"],
        schema=row["schema"],
        notification_types={name: own.get("schema", row["schema"]) for name, own in types.items()},
        state=tuple(row.get("state", ())),
        interaction=tuple(row.get("interaction", ())),
        kind=row.get("kind"),
    )


def _page(row: Row) -> Page:
    return Page(row["id"], row["title"], row["url"])


def _requirement(row: Row) -> Requirement:
    return Requirement(
        row["id"],
        row["level"],
        row["statement"],
        _source(row["source"]),
        row.get("observable", True),
    )


def _anomaly(row: Row) -> Anomaly:
    sign = row.get("sign")
    return Anomaly(
        id=row["id"],
        severity=row["severity"],
        title=row["title"],
        what=row["what"],
        where=tuple(_source(place) for place in row["where"]),
        requirements=tuple(row.get("requirements", ())),
        operations=tuple(row.get("operations", ())),
        path=row.get("path"),
        readings=tuple(
            Reading(reading["id"], reading["says"], reading["schema"], reading.get("example"))
            for reading in row.get("readings", ())
        ),
        sign=Sign(sign.get("rule"), sign.get("pattern"), tuple(sign.get("also", ())))
        if sign
        else None,
        refuses=row.get("refuses"),
    )
