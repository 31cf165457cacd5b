"""A contact centre without a network, driven by sentences."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

import pytest

from conformance.reference.agents import HOUSE_AGENTS, Roster
from conformance.reference.api import perform
from conformance.reference.contact_centre import ContactCentre
from conformance.reference.desk import Call, Desk
from conformance.reference.ids import interaction_ids
from conformance.reference.outcome import Notification, Outcome
from conformance.reference.resources import Resources
from conformance.reference.settings import HOUSE_QUEUES

NOW = datetime(2026, 11, 21, 9, 30, 0, 42_000, tzinfo=UTC)
BASE = "http://gws.example.com:8090"


def new_desk() -> Desk:
    roster = Roster(HOUSE_AGENTS)
    centre = ContactCentre(roster.names, HOUSE_QUEUES, interaction_ids(Random(1)))
    return Desk(roster, centre, Resources(lambda: BASE))


@dataclass
class Floor:
    """The floor of a contact centre; ``email`` is the id of the last email that came."""

    desk: Desk = field(default_factory=new_desk)
    email: str = "00012aUNKNOWN0000"

    def call(self, method: str, path: str, agent: str | None = None, body=None, **query) -> Outcome:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return perform(self.desk, Call(method, path, NOW, agent, query, raw))

    def operate(self, agent: str, operation: str, **parameters) -> Outcome:
        body = {"operationName": operation} | parameters
        return self.call("POST", f"/api/v2/me/emails/{self.email}", agent, body)

    def create(self, agent: str, **parameters) -> Outcome:
        """Create an email, which is then the last one that came."""
        body = {"operationName": "Create"} | parameters
        return self._newest(self.call("POST", "/api/v2/me/emails", agent, body))

    def reply(self, agent: str, operation: str = "Reply", **parameters) -> Outcome:
        return self._newest(self.operate(agent, operation, **parameters))

    def _newest(self, outcome: Outcome) -> Outcome:
        if outcome.notifications:
            self.email = outcome.notifications[0].data["email"]["id"]
        return outcome

    def me(self, agent: str, operation: str, **parameters) -> Outcome:
        return self.call("POST", "/api/v2/me", agent, {"operationName": operation} | parameters)

    def arrives(self, agent: str | None = None, sender: str = "customer@example.com") -> Outcome:
        letter = {"subject": "Late parcel", "from": sender, "to": "support@example.com"}
        outcome = self.call("POST", "/admin/emails", None, letter | {"agent": agent})
        self.email = outcome.answer.body["id"]
        return outcome

    def do(self, sentence: str) -> Outcome:
        """Carry out one sentence, such as ``alice gives it to bob``."""
        match sentence.split():
            case ["an", "email", "comes"]:
                return self.arrives()
            case ["an", "email", "comes", "for", agent]:
                return self.arrives(agent)
            case [agent, "logs", "in"]:
                return self.me(agent, "StartContactCenterSession", channels=["email"])
            case [agent, "leaves"]:
                return self.me(agent, "EndContactCenterSession")
            case [agent, "is", "ready"]:
                return self.channel(agent, "Ready")
            case [agent, "is", "away"]:
                return self.channel(agent, "NotReady")
            case [agent, "accepts"]:
                return self.operate(agent, "Accept")
            case [agent, "rejects"]:
                return self.operate(agent, "Reject")
            case [agent, "gives", "it", "to", "queue", queue]:
                return self.operate(agent, "Transfer", queueName=queue)
            case [agent, "gives", "it", "to", target]:
                return self.operate(agent, "Transfer", userUri=f"/api/v2/users/{target}")
        raise AssertionError(f"no such sentence: {sentence}")

    def channel(self, agent: str, operation: str, name: str = "email") -> Outcome:
        path = f"/api/v2/me/channels/{name}"
        return self.call("POST", path, agent, {"operationName": operation})

    def given(self, *sentences: str) -> "Floor":
        for sentence in sentences:
            assert self.do(sentence).answer.http == 200, sentence
        return self

    @staticmethod
    def told(outcome: Outcome) -> list[str]:
        return [_spoken(notification) for notification in outcome.notifications]


def _spoken(notification: Notification) -> str:
    """Say a notification in short: ``bob Invited``, ``alice Processing #2``."""
    if "channels" in notification.data:
        states = (
            f"{c['channel']}={c['userState']['state']}" for c in notification.data["channels"]
        )
        return f"{notification.agent} {' '.join(states)}"
    reference = notification.data.get("referenceId")
    suffix = "" if reference is None else f" #{reference}"
    return f"{notification.agent} {notification.data['email']['state']}{suffix}"


@pytest.fixture
def floor() -> Floor:
    return Floor()
