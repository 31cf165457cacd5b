"""The contact centre itself: who is logged in, who is ready, and who holds which email.

These are the rules that the documents only imply: an invitation goes to one ready agent, ownership
moves on Reject and Transfer, and an agent who has let go can act no more. Pure: no I/O, time and
ids come from outside. A broken rule raises :class:`Refusal` and changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from conformance.reference.email import OWNED, Email, State
from conformance.reference.outcome import Refusal, StatusCode

EMAIL_CHANNEL = "email"
MEDIA = (EMAIL_CHANNEL, "chat", "workitem")


class Event(StrEnum):
    """What has happened to an email, seen by one agent."""

    INVITED = "invited"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    TRANSFERRED = "transferred"
    REVOKED = "revoked"
    COMPLETED = "completed"
    CREATED = "created"
    SAVED = "saved"
    SENT = "sent"
    CANCELED = "canceled"
    ATTACHED = "attached"
    DETACHED = "detached"
    DESCRIBED = "described"
    FAILED = "failed"


class Readiness(StrEnum):
    """The state of one channel of one agent."""

    READY = "Ready"
    NOT_READY = "NotReady"
    LOGGED_OUT = "LoggedOut"


@dataclass(frozen=True, slots=True)
class EmailChange:
    """``agent`` must be told that ``event`` happened to ``email``."""

    agent: str
    event: Event
    email: Email


@dataclass(frozen=True, slots=True)
class ChannelChange:
    """``agent`` must be told how these channels now stand."""

    agent: str
    channels: Mapping[str, Readiness]


Change = EmailChange | ChannelChange


class ContactCentre:
    """Sessions, readiness, emails and contacts of one contact centre."""

    def __init__(
        self,
        agents: Sequence[str],
        queues: Mapping[str, Sequence[str]],
        new_id: Callable[[], str],
    ) -> None:
        """Open with nobody logged in; ``new_id`` gives interaction ids that never repeat."""
        self._agents = agents
        self._queues = queues
        self._new_id = new_id
        self.sessions: dict[str, dict[str, Readiness]] = {}
        self.emails: dict[str, Email] = {}
        self.last_agents: dict[str, str | None] = {}

    def log_in(self, agent: str, channels: Sequence[str]) -> list[Change]:
        """Start the agent's session, ready on ``channels``; a second start changes nothing."""
        session = self.sessions.setdefault(agent, {})
        for channel in channels:
            session.setdefault(channel, Readiness.READY)
        told = ChannelChange(agent, {channel: session[channel] for channel in channels})
        return [told, *self._distribute()]

    def log_out(self, agent: str) -> list[Change]:
        """End the agent's session; what it holds is offered on, but for drafts, which it keeps."""
        session = self.sessions.pop(agent, None)
        if session is None:
            return []
        changes: list[Change] = [
            EmailChange(agent, Event.REVOKED, self._put(email.release()))
            for email in list(self.held_by(agent))
            if email.state is not State.COMPOSING
        ]
        changes.append(ChannelChange(agent, dict.fromkeys(session, Readiness.LOGGED_OUT)))
        return [*changes, *self._distribute()]

    def set_readiness(
        self, agent: str, readiness: Readiness, channel: str | None = None
    ) -> list[Change]:
        """Change one channel of a logged-in agent, or all of them when ``channel`` is absent."""
        session = self._session(agent)
        if channel is not None and channel not in session:
            raise Refusal(StatusCode.WRONG_STATE, f"Not logged in to channel '{channel}'")
        changed = dict.fromkeys([channel] if channel is not None else session, readiness)
        session.update(changed)
        return [ChannelChange(agent, changed), *self._distribute()]

    def receive(
        self,
        subject: str,
        sender: str,
        recipient: str,
        at: datetime,
        agent: str | None = None,
        **content: Any,
    ) -> tuple[Email, list[Change]]:
        """Take in a new email, to be offered to ``agent`` alone when one is named."""
        email = Email(self._new_id(), subject, sender, recipient, at, aimed_at=agent, **content)
        self.last_agents.setdefault(sender, None)
        self._put(email)
        return email, self._distribute()

    def create(self, agent: str, draft: Email) -> list[Change]:
        """Let ``agent`` compose ``draft``, which gets its id here (GWS Email API, Create)."""
        self._session(agent)
        email = replace(draft, id=self._new_id(), state=State.COMPOSING, holder=agent)
        return [EmailChange(agent, Event.CREATED, self._put(email))]

    def change(
        self, agent: str, email_id: str, event: Event, change: Callable[[Email], Email]
    ) -> list[Change]:
        """Change an email that the agent goes on to own; ``change`` may refuse."""
        email = self._in_hand(agent, email_id, *OWNED)
        return [EmailChange(agent, event, self._put(change(email)))]

    def end(
        self, agent: str, email_id: str, event: Event, state: State, *, save_last_agent: bool
    ) -> list[Change]:
        """Take an email from its owner for good (GWS Email API, Complete, Send, Cancel)."""
        email = self._in_hand(agent, email_id, *OWNED)
        if save_last_agent:
            self.last_agents[email.customer] = agent
        return [EmailChange(agent, event, self._put(email.end(state)))]

    def check_queue(self, queue: str | None) -> None:
        """Refuse a queue that does not exist."""
        if queue is not None and queue not in self._queues:
            raise Refusal(StatusCode.NOT_FOUND, f"Queue '{queue}' not found")

    def check_state(self, agent: str, email_id: str, states: Sequence[str]) -> None:
        """Refuse an operation on an email that ``agent`` does not hold in one of ``states``."""
        self._in_hand(agent, email_id, *map(State, states))

    def accept(self, agent: str, email_id: str, *, save_last_agent: bool) -> list[Change]:
        """Let the invited agent own the email (GWS Email API, Accept)."""
        email = self._in_hand(agent, email_id, State.INVITED)
        if save_last_agent:
            self.last_agents[email.sender] = agent
        return [EmailChange(agent, Event.ACCEPTED, self._put(email.accept()))]

    def reject(self, agent: str, email_id: str) -> list[Change]:
        """Take the invitation back and offer it to somebody else (GWS Email API, Reject)."""
        email = self._in_hand(agent, email_id, State.INVITED)
        told = EmailChange(agent, Event.REJECTED, self._put(email.refuse()))
        return [told, *self._distribute()]

    def transfer_to_agent(self, agent: str, email_id: str, target: str) -> list[Change]:
        """Give an owned email to a logged-in colleague, who is invited as soon as ready."""
        email = self._in_hand(agent, email_id, *OWNED)
        if target == agent:
            raise Refusal(StatusCode.INVALID, "An email cannot be transferred to its own agent")
        if EMAIL_CHANNEL not in self.sessions.get(target, {}):
            raise Refusal(StatusCode.WRONG_STATE, f"User '{target}' is not logged in to email")
        return self._transfer(agent, email.transfer(agent=target))

    def transfer_to_queue(self, agent: str, email_id: str, queue: str) -> list[Change]:
        """Give an owned email to a queue; one of its other members is invited."""
        email = self._in_hand(agent, email_id, *OWNED)
        self.check_queue(queue)
        return self._transfer(agent, email.transfer(queue=queue))

    def _transfer(self, agent: str, email: Email) -> list[Change]:
        told = EmailChange(agent, Event.TRANSFERRED, self._put(email))
        return [told, *self._distribute()]

    def held_by(self, agent: str) -> Iterator[Email]:
        """Yield the emails that are offered to ``agent`` or owned by it, oldest first."""
        return (email for email in self.emails.values() if email.holder == agent)

    def find(self, email_id: str) -> Email:
        """Return the email with that id; refuses an unknown one."""
        if email_id not in self.emails:
            raise Refusal(StatusCode.NOT_FOUND, f"Email '{email_id}' not found")
        return self.emails[email_id]

    def held(self, agent: str, email_id: str) -> Email:
        """Return an email that ``agent`` holds; refuses one that is unknown or another's."""
        email = self.find(email_id)
        if email.holder != agent:
            raise Refusal(StatusCode.FORBIDDEN, f"Email '{email_id}' is not assigned to this user")
        return email

    def _in_hand(self, agent: str, email_id: str, *states: State) -> Email:
        self.find(email_id)
        self._session(agent)
        email = self.held(agent, email_id)
        if email.state not in states:
            raise Refusal(StatusCode.WRONG_STATE, f"Email '{email_id}' is in state {email.state}")
        return email

    def _session(self, agent: str) -> dict[str, Readiness]:
        if agent not in self.sessions:
            raise Refusal(StatusCode.WRONG_STATE, "No contact center session is started")
        return self.sessions[agent]

    def _put(self, email: Email) -> Email:
        self.emails[email.id] = email
        return email

    def _distribute(self) -> list[Change]:
        """Offer every waiting email that somebody may and can take, oldest first."""
        changes: list[Change] = []
        for email in [mail for mail in self.emails.values() if mail.state is State.WAITING]:
            agent = self._least_loaded(email)
            if agent is not None:
                invited = self._put(email.invite(agent))
                changes.append(EmailChange(agent, Event.INVITED, invited))
        return changes

    def _least_loaded(self, email: Email) -> str | None:
        members = self._queues.get(email.queue or "", ())
        eligible = [
            agent
            for agent in self._agents
            if self.sessions.get(agent, {}).get(EMAIL_CHANNEL) is Readiness.READY
            and email.may_be_offered_to(agent, members)
        ]
        load = Counter(mail.holder for mail in self.emails.values())
        return min(eligible, key=lambda agent: load[agent], default=None)
