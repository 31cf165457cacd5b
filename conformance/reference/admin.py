"""The provisioning side: brings emails in and shows the whole state to a tester.

Not part of GWS. A tester needs a way to cause what in real life a customer causes, and to see
what no agent can see (who is remembered as last agent, who refused what).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.reference.desk import Call, Desk, optional_text, read_object, required_text
from conformance.reference.email import Attachment, Email
from conformance.reference.ids import contact_id
from conformance.reference.outcome import Answer, Json, Refusal, Result, StatusCode, success


def receive_email(desk: Desk, call: Call, _params: Mapping[str, str]) -> Result:
    """Take in ``{subject, from, to, agent?, cc?, attachments?}`` and offer it; answers ``{id}``.

    An attachment is ``{name, mime, text}``.
    """
    body = read_object(call.body)
    subject, sender, recipient = (required_text(body, key) for key in ("subject", "from", "to"))
    agent = _aimed_at(desk, optional_text(body, "agent"))
    email, changes = desk.centre.receive(
        subject,
        sender,
        recipient,
        call.at,
        agent,
        cc=tuple(_texts(body, "cc")),
        attachments=_attachments(body),
    )
    return Result(Answer(200, {"id": email.id}), desk.tell(changes))


def set_services(desk: Desk, call: Call, _params: Mapping[str, str]) -> Result:
    """Take servers away or bring them back: ``{interactions?: bool, content?: bool}``."""
    for name, there in read_object(call.body).items():
        if name not in ("interactions", "content") or not isinstance(there, bool):
            raise Refusal(StatusCode.INVALID, "Give interactions or content, true or false")
        setattr(desk.services, name, there)
    return Result(success())


def set_features(desk: Desk, call: Call, _params: Mapping[str, str]) -> Result:
    """Say what an agent may use: ``{agent, features: [...]}``."""
    body = read_object(call.body)
    agent = _aimed_at(desk, required_text(body, "agent"))
    desk.features[agent or ""] = frozenset(_texts(body, "features"))
    return Result(success())


def state(desk: Desk, _call: Call, _params: Mapping[str, str]) -> Result:
    """Return everything: agents with their channels, emails, contacts."""
    centre = desk.centre
    agents = {name: {"channels": centre.sessions.get(name)} for name in desk.roster.names}
    contacts = {
        address: {"contactId": contact_id(address), "lastAgent": last}
        for address, last in centre.last_agents.items()
    }
    emails = [_email(email) for email in centre.emails.values()]
    return Result(Answer(200, {"agents": agents, "emails": emails, "contacts": contacts}))


def _texts(body: Json, name: str) -> list[str]:
    value: Any = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise Refusal(StatusCode.INVALID, f"Parameter '{name}' must be a list of strings")
    return value


def _attachments(body: Json) -> tuple[Attachment, ...]:
    listed: Any = body.get("attachments", [])
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise Refusal(StatusCode.INVALID, "Parameter 'attachments' must be a list of objects")
    return tuple(
        Attachment(
            f"0000Fa{number:010}",
            required_text(entry, "name"),
            required_text(entry, "mime"),
            required_text(entry, "text").encode(),
        )
        for number, entry in enumerate(listed, 1)
    )


def _aimed_at(desk: Desk, name: str | None) -> str | None:
    if name is None:
        return None
    agent = desk.roster.find(name)
    if agent is None:
        raise Refusal(StatusCode.NOT_FOUND, f"User '{name}' not found")
    return agent.user_name


def _email(email: Email) -> Json:
    return {
        "id": email.id,
        "subject": email.subject,
        "from": email.sender,
        "to": email.recipient,
        "state": str(email.state),
        "owner": email.owner,
        "offeredTo": email.offered_to,
        "queue": email.queue,
        "rejectedBy": sorted(email.refused_by),
    }
