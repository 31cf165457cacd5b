"""The values of a story: what a tape means, message by message.

A story is the list of things that happened, in the order in which they could be known, each with
the agent it happened to, and for each delivery the call that caused it and the rule that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Rule(StrEnum):
    """Why a delivery is said to follow from a call, strongest first."""

    EDITED = "edited"
    REFERENCE = "referenceId"
    SUCCESSOR = "successor"
    NEAREST = "nearest"


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """A step in the life of one Bayeux session, whatever transport it uses.

    ``action`` is ``open``, ``resume`` (seen first in mid-session), ``subscribe``, ``unsubscribe``
    or ``close``; ``channel`` is set for the two before the last. A ``close`` that is not
    ``successful`` was the server's doing: it knows the session no more.
    """

    n: int
    at: float
    agent: str
    session: str
    action: str
    channel: str | None = None
    successful: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """One REST operation: the request at ``at`` (ms), its answer ``took`` ms later.

    ``body`` is what was answered; a call made by :meth:`answering` reads it from the tape when it
    is asked for.
    """

    n: int
    at: float
    took: float
    agent: str
    operation: str
    method: str
    path: str
    status: int
    query: Mapping[str, str | list[str]] = field(default_factory=dict)
    request: Any = None
    body: Any = None
    interaction: str | None = None
    reference: int | None = None
    entry: int = 0
    read: Callable[[], Any] | None = field(default=None, repr=False, compare=False)

    def answering(self, read: Callable[[], Any]) -> Call:
        """Return this call with the body that ``read`` gives, each time that it is asked for."""
        object.__setattr__(self, "read", read)
        object.__delattr__(self, "body")  # an empty slot: then __getattr__ is asked
        return self

    def __getattr__(self, name: str) -> Any:
        """Read the body now."""
        if name != "body" or self.read is None:
            raise AttributeError(name)
        return self.read()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One Bayeux message with data, as one session got it.

    ``cause`` is the ``n`` of the call it follows from, ``None`` when unsolicited; ``rule`` says
    how that was decided; ``ambiguous`` that another concurrent call could have been meant.
    """

    n: int
    at: float
    agent: str
    session: str
    channel: str
    data: Any
    message_type: str | None = None
    notification_type: str | None = None
    interaction: str | None = None
    cause: int | None = None
    rule: Rule | None = None
    ambiguous: bool = False
    entry: int = 0


@dataclass(frozen=True, slots=True)
class EndEvent:
    """Something that got no answer: the desktop gave up, or the connection broke.

    ``operation`` names the call that was cut short ``took`` ms after ``request`` had been sent; a
    held poll or a socket has none.
    """

    n: int
    at: float
    agent: str
    of: str
    reason: str
    method: str | None = None
    path: str | None = None
    operation: str | None = None
    interaction: str | None = None
    entry: int = 0
    took: float = 0.0
    query: Mapping[str, str | list[str]] = field(default_factory=dict)
    request: Any = None


Event = SessionEvent | Call | Delivery | EndEvent


@dataclass(frozen=True, slots=True)
class Story:
    """All that one cassette tells: who took part and what happened, numbered from 1."""

    agents: tuple[str, ...]
    sessions: tuple[str, ...]
    events: tuple[Event, ...]

    @property
    def calls(self) -> tuple[Call, ...]:
        """Return the REST calls, in order."""
        return tuple(event for event in self.events if isinstance(event, Call))

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Return the deliveries, in order."""
        return tuple(event for event in self.events if isinstance(event, Delivery))
