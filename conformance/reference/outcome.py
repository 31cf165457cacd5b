"""What a command comes to: an HTTP answer at once, and notifications that follow on CometD.

GWS answers an operation with little more than ``{"statusCode": 0}``; what really happened arrives
as a notification. Both sides of that are values here, so that the rules can be tested as tables
and a variant can alter what goes out without touching the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from conformance.reference.email import Email

Json = dict[str, Any]


class StatusCode(IntEnum):
    """The documented ``statusCode`` values that this server uses (GWS API, Return Values)."""

    OK = 0
    PARAMETER_MISSING = 1
    WRONG_STATE = 2
    FORBIDDEN = 3
    INTERNAL_ERROR = 4
    NO_PERMISSION = 5
    NOT_FOUND = 6
    PARTIAL_SUCCESS = 7
    INVALID = 10
    ALREADY_EXISTS = 18
    NOT_AUTHENTICATED = 20


# No page maps statusCode to HTTP, except that 20 is seen under 403 in real traffic.
HTTP_STATUS: Mapping[StatusCode, int] = {
    StatusCode.OK: 200,
    StatusCode.PARAMETER_MISSING: 400,
    StatusCode.WRONG_STATE: 400,
    StatusCode.FORBIDDEN: 403,
    StatusCode.INTERNAL_ERROR: 500,
    StatusCode.NO_PERMISSION: 403,
    StatusCode.NOT_FOUND: 404,
    StatusCode.PARTIAL_SUCCESS: 200,
    StatusCode.INVALID: 400,
    StatusCode.ALREADY_EXISTS: 400,
    StatusCode.NOT_AUTHENTICATED: 403,
}


class Refusal(Exception):
    """A command that is not carried out; nothing has changed (GWS API, Return Values)."""

    def __init__(self, code: StatusCode, message: str, *, http: int | None = None) -> None:
        """Refuse with ``code`` and ``message``; ``http`` overrides the usual HTTP status."""
        super().__init__(message)
        self.code = code
        self.http = HTTP_STATUS[code] if http is None else http

    def answer(self) -> Answer:
        """Return the error body: ``statusCode`` and ``statusMessage``, and nothing else."""
        return Answer(self.http, {"statusCode": int(self.code), "statusMessage": str(self)})


@dataclass(frozen=True, slots=True)
class File:
    """Bytes that are answered in place of JSON, and their type."""

    content: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: its status and its JSON body, or a file."""

    http: int
    body: Json
    file: File | None = None


def success(**attributes: Any) -> Answer:
    """Return an answer with ``statusCode`` 0 and ``attributes`` beside it."""
    return Answer(200, {"statusCode": int(StatusCode.OK)} | attributes)


@dataclass(frozen=True, slots=True)
class Notification:
    """One message for one agent's CometD sessions; ``late`` holds it back, in seconds."""

    agent: str
    channel: str
    data: Json
    late: float = 0.0


@dataclass(frozen=True, slots=True)
class Result:
    """What carrying a command out has come to."""

    answer: Answer
    notifications: tuple[Notification, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """What was asked: by which agent (``None`` is the provisioning route), on which email.

    ``operation`` is the ``operationName`` of a POST, or a name for a read; empty when the request
    named none.
    """

    operation: str
    agent: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A command and all that it brings about on the wire; what a variant may alter.

    ``email`` is the interaction as it now stands, when the command was about one; ``bystanders``
    are the agents who did not ask.
    """

    command: Command
    answer: Answer
    notifications: tuple[Notification, ...] = ()
    email: Email | None = None
    bystanders: tuple[str, ...] = ()
