"""One email on its way through the contact centre.

An inbound one waits, is offered to one agent, and is owned by the agent who accepts it. Whoever it
is offered to or owned by *holds* it, and only the holder may act on it (GWS Email API, Accept:
"ownership"). An outbound one is composed by its owner until it is sent or cancelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """Where an email stands; ``WAITING`` is the server's own word and never on the wire."""

    WAITING = "Waiting"
    INVITED = "Invited"
    PROCESSING = "Processing"
    COMPOSING = "Composing"
    COMPLETED = "Completed"
    CANCELED = "Canceled"
    SENT = "Sent"
    REVOKED = "Revoked"


OWNED = (State.PROCESSING, State.COMPOSING)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document in the content store, attached to an email or not."""

    id: str
    name: str
    mime: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Texts:
    """What is written: ``body`` is of the type ``mime``, ``plain`` the same as plain text."""

    plain: str = ""
    body: str = ""
    mime: str = "text/html"


@dataclass(frozen=True, slots=True)
class Pairs:
    """User data that agents changed: pairs that were ``given``, and keys that were ``taken``."""

    given: Mapping[str, Any] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()

    def with_pairs(self, pairs: Mapping[str, Any]) -> Pairs:
        """Return these with more pairs, a new value in place of an old one."""
        return Pairs({**self.given, **pairs}, self.taken - pairs.keys())

    def without(self, keys: Iterable[str]) -> Pairs:
        """Return these without some keys."""
        gone = frozenset(keys)
        kept = {key: value for key, value in self.given.items() if key not in gone}
        return Pairs(kept, self.taken | gone)


@dataclass(frozen=True, slots=True)
class Email:
    """An email and who may be offered it.

    ``aimed_at`` is the one agent it waits for; ``queue`` limits it to a queue's members;
    ``transferred_by`` is who has just given it away, ``refused_by`` all who turned it down since.
    ``others`` are recipients beside the first; ``texts`` is absent of an email that only has its
    subject; ``parent`` is the email that an outbound one answers.
    """

    id: str
    subject: str
    sender: str
    recipient: str
    received: datetime
    state: State = State.WAITING
    holder: str | None = None
    aimed_at: str | None = None
    queue: str | None = None
    transferred_by: str | None = None
    refused_by: frozenset[str] = frozenset()
    past_owners: frozenset[str] = frozenset()
    texts: Texts | None = None
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    outbound: bool = False
    parent: str | None = None
    attachments: tuple[Attachment, ...] = ()
    pairs: Pairs = field(default_factory=Pairs)
    comment: str | None = None

    @property
    def owner(self) -> str | None:
        """Return the agent who accepted it and still has it."""
        return self.holder if self.state in OWNED else None

    @property
    def customer(self) -> str:
        """Return the address of the contact: who wrote it, or whom it is written to."""
        return self.recipient if self.outbound else self.sender

    @property
    def offered_to(self) -> str | None:
        """Return the agent who is invited to it."""
        return self.holder if self.state is State.INVITED else None

    def invite(self, agent: str) -> Email:
        """Offer it to ``agent``."""
        return replace(self, state=State.INVITED, holder=agent)

    def accept(self) -> Email:
        """Let the invited agent own it."""
        state = State.COMPOSING if self.outbound else State.PROCESSING
        return replace(self, state=state, transferred_by=None, refused_by=frozenset())

    def end(self, state: State) -> Email:
        """Take it from its owner for good."""
        assert self.holder is not None
        owners = self.past_owners | {self.holder}
        return replace(self, state=state, holder=None, past_owners=owners)

    def release(self) -> Email:
        """Take it back from its holder; a queue's email stays the queue's."""
        waiting = replace(self, state=State.WAITING, holder=None, aimed_at=None)
        if self.owner is None:
            return waiting
        return replace(waiting, past_owners=self.past_owners | {self.owner})

    def refuse(self) -> Email:
        """Take it back from an agent who does not want it, and remember that."""
        assert self.holder is not None
        return replace(self.release(), refused_by=self.refused_by | {self.holder})

    def transfer(self, *, agent: str | None = None, queue: str | None = None) -> Email:
        """Take it from its owner, to wait for ``agent`` or for a member of ``queue``."""
        return replace(self.release(), aimed_at=agent, queue=queue, transferred_by=self.holder)

    def may_be_offered_to(self, agent: str, members: Sequence[str]) -> bool:
        """Tell whether ``agent`` may be invited; ``members`` are those of its queue."""
        if self.aimed_at is not None:
            return agent == self.aimed_at
        if self.queue is not None and (agent not in members or agent == self.transferred_by):
            return False
        return agent not in self.refused_by
