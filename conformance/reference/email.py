"""One inbound email on its way through the contact centre.

It waits, is offered to one agent, and is owned by the agent who accepts it. Whoever it is offered
to or owned by *holds* it, and only the holder may act on it (GWS Email API, Accept: "ownership").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """Where an email stands; ``WAITING`` is the server's own word and never on the wire."""

    WAITING = "Waiting"
    INVITED = "Invited"
    PROCESSING = "Processing"
    COMPLETED = "Completed"
    REVOKED = "Revoked"


@dataclass(frozen=True, slots=True)
class Email:
    """An email and who may be offered it.

    ``aimed_at`` is the one agent it waits for; ``queue`` limits it to a queue's members;
    ``transferred_by`` is who has just given it away, ``refused_by`` all who turned it down since.
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

    @property
    def owner(self) -> str | None:
        """Return the agent who accepted it and still has it."""
        return self.holder if self.state is State.PROCESSING else None

    @property
    def offered_to(self) -> str | None:
        """Return the agent who is invited to it."""
        return self.holder if self.state is State.INVITED else None

    def invite(self, agent: str) -> Email:
        """Offer it to ``agent``."""
        return replace(self, state=State.INVITED, holder=agent)

    def accept(self) -> Email:
        """Let the invited agent own it."""
        return replace(self, state=State.PROCESSING, transferred_by=None, refused_by=frozenset())

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
