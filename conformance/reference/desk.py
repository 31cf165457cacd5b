"""What every request handler works with, and how handlers read what they were sent.

A desk is one contact centre with its roster, its way of rendering and its reference numbers. The
readers here give the documented ``statusCode`` to each way in which a body can be wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from conformance.reference.agents import Roster
from conformance.reference.contact_centre import Change, ContactCentre
from conformance.reference.email import Attachment
from conformance.reference.notifications import notification
from conformance.reference.outcome import Json, Notification, Refusal, StatusCode
from conformance.reference.resources import Resources


@dataclass(frozen=True, slots=True)
class Call:
    """One REST request of one agent, its body still unread; ``at`` is when it came."""

    method: str
    path: str
    at: datetime
    agent: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(slots=True)
class Services:
    """The servers behind the service; a tester can take each away.

    Without ``interactions`` (the Interaction Server) requests about emails are refused; without
    ``content`` (UCS) they are taken on, and what needs the store fails later.
    """

    interactions: bool = True
    content: bool = True


HOUSE_DOCUMENT = Attachment(
    "0000Fa92G5HY0J6E",
    "testfile.dat",
    "application/octet-stream",
    b"A document that was stored before the tests run.",
)


@dataclass(frozen=True, slots=True)
class Desk:
    """One contact centre and what is needed to answer for it.

    ``references`` numbers the email operations of all agents in one increasing sequence;
    ``documents`` are those in the content store, ``features`` what each agent may use.
    """

    roster: Roster
    centre: ContactCentre
    render: Resources
    references: Iterator[int] = field(default_factory=lambda: count(1))
    services: Services = field(default_factory=Services)
    documents: dict[str, Attachment] = field(
        default_factory=lambda: {HOUSE_DOCUMENT.id: HOUSE_DOCUMENT}
    )
    features: dict[str, frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        """Give every agent the features that it begins with."""
        features = {agent.user_name: agent.features for agent in self.roster}
        object.__setattr__(self, "features", features)

    def tell(
        self, changes: Sequence[Change], reference: int | None = None
    ) -> tuple[Notification, ...]:
        """Return the notifications that tell of ``changes``."""
        return tuple(notification(change, self.render, reference) for change in changes)


def interactions_away() -> Refusal:
    """Return the refusal of whatever needs the Interaction Server, as real traffic has it."""
    what = "Interaction server connection is not opened"
    return Refusal(StatusCode.INTERNAL_ERROR, what, http=503)


def read_object(body: bytes) -> Json:
    """Return the JSON object that ``body`` holds. Raises :class:`Refusal` (10) for all else."""
    try:
        value = json.loads(body)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        raise Refusal(StatusCode.INVALID, "The request body is not valid JSON") from None
    if not isinstance(value, dict):
        raise Refusal(StatusCode.INVALID, "The request body is not a JSON object")
    return value


def required_text(body: Json, name: str) -> str:
    """Return a text parameter. Raises :class:`Refusal`: 1 when missing, 10 when not text."""
    text = optional_text(body, name)
    if text is None:
        raise Refusal(StatusCode.PARAMETER_MISSING, f"Required parameter '{name}' is missing")
    return text


def optional_text(body: Json, name: str) -> str | None:
    """Return a text parameter; absent, ``null`` and empty are the same."""
    value: Any = body.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Refusal(StatusCode.INVALID, f"Parameter '{name}' must be a string")
    return value
