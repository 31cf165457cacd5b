"""The values of the catalogue: operations, notifications, requirements and contradictions.

Each is one entry of a table in ``schemas/``; the comments at the head of those files say what every
member means, and :mod:`tapestry.catalogue.tables` reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tapestry.catalogue.violation import Level

Receiver = Literal["actor", "another agent"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement stands: the page (an id of the register's pages) and its heading."""

    page: str
    heading: str


@dataclass(frozen=True, slots=True)
class Applies:
    """When an operation is allowed: interaction states, whose it must be, the feature needed."""

    states: tuple[str, ...] = ()
    who: str | None = None
    feature: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One notification that an operation may cause, and for whom.

    ``states`` are those that the interaction may then show, empty when it has none; ``reference``
    tells whether the notification repeats the answer's referenceId; ``anomaly`` is set when the
    documents leave more than one reading of the states.
    """

    receiver: Receiver
    message_type: str
    notification_type: str | None
    states: tuple[str, ...]
    reference: bool
    requirement: str
    anomaly: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One documented operation.

    ``path`` is a template such as ``/api/v2/me/emails/{id}``; ``operation_name`` the value of the
    body's ``operationName`` that asks for it, ``None`` when the route alone decides. ``request``
    and ``answer`` name schemas; without ``answer`` success is answered by bytes, not JSON.
    ``query`` maps each query parameter to the requirement that speaks of it. ``known`` is
    ``page``, or, of an operation that no page describes, ``client`` or ``capability``.
    """

    name: str
    api: str
    method: str
    path: str
    operation_name: str | None
    request: str | None
    answer: str | None
    source: Source
    parameters: Mapping[str, str] = field(default_factory=dict)
    applies: Applies = field(default_factory=Applies)
    outcomes: tuple[Outcome, ...] = ()
    requirements: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)
    known: str = "page"


@dataclass(frozen=True, slots=True)
class Recognised:
    """A request that was recognised: its operation and the decoded parameters of its path."""

    operation: Operation
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Dispatch:
    """How operations of one route are told apart: by a member of the body, which must be there."""

    member: str
    requirement: str


@dataclass(frozen=True, slots=True)
class Answers:
    """How answers are told apart: by the value of one member, and what each value means."""

    member: str
    success: int
    codes: Mapping[int, str]
    otherwise: str
    meanings: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MessageType:
    """One message type on one channel.

    ``notification_types`` maps each documented type to its schema; it is empty when the message
    type has no such types. ``state`` and ``interaction`` are paths into ``data``.
    """

    channel: str
    message_type: str
    schema: str
    notification_types: Mapping[str, str]
    state: tuple[str, ...] = ()
    interaction: tuple[str, ...] = ()
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """One documented channel, the other names pages give it, and what comes on it."""

    name: str
    also_on: tuple[str, ...]
    requirement: str
    type_requirement: str
    data_requirement: str
    source: Source
    messages: Mapping[str, MessageType]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One testable statement of a page, in our own words."""

    id: str
    level: Level
    statement: str
    source: Source
    observable: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the documentation."""

    id: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a contradiction; ``schema`` accepts values such as ``example``."""

    id: str
    says: str
    schema: Any
    example: Any = None


@dataclass(frozen=True, slots=True)
class Sign:
    """How a defect shows in the text of a document.

    Either ``pattern``, a regular expression over the text (all of ``also`` must be found too), or
    ``rule``, the name of a fault that the scanner of printed samples knows.
    """

    rule: str | None = None
    pattern: str | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One contradiction or defect of the documents, and the readings that are accepted.

    ``severity`` is ``contradiction``, ``defect`` or ``gap``; ``title`` says in a few words what
    ``what`` says in full. The readings hold for values at ``path`` of what ``requirements`` speak
    of, and only for ``operations`` when any are named; ``refuses`` is a value that none accepts.
    """

    id: str
    severity: str
    title: str
    what: str
    where: tuple[Source, ...]
    requirements: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    path: str | None = None
    readings: tuple[Reading, ...] = ()
    sign: Sign | None = None
    refuses: Any = None


@dataclass(frozen=True, slots=True)
class Profile:
    """How strictly messages are judged.

    ``levels`` replaces the levels of requirements, by id; ``readings`` is the level of a value
    that only a reading of a contradiction allows. ``also`` names, for a schema, another one that
    messages of that shape must keep besides.
    """

    name: str
    says: str
    levels: Mapping[str, Level] = field(default_factory=dict)
    readings: Level = "INFO"
    also: Mapping[str, str] = field(default_factory=dict)
