"""What each operation on an email does: one rule for each ``operationName``.

When an operation is allowed (state, ownership, feature) and what its request must hold is not
written here: both are read from the operation table and its schemas, as everybody else does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from conformance.reference.composing import new_draft, reply_to, written
from conformance.reference.contact_centre import Change, EmailChange, Event
from conformance.reference.desk import Desk, optional_text
from conformance.reference.email import Attachment, Email, State
from conformance.reference.outcome import Json, Refusal, StatusCode
from tapestry.catalogue import Violation, catalogue, violation
from tapestry.catalogue.model import Operation

DISPOSITION_KEY = "DispositionCode"
"""The key of a disposition when the request names none; a real server has it configured."""

FEATURES = ("api-multimedia", "api-multimedia-email")
"""Either lets an agent use the Email API: the pages name the first, real agents have the second."""


@dataclass(frozen=True, slots=True)
class Task:
    """One operation that an agent asks for: on which email (empty for Create), with which body."""

    agent: str
    email: str
    body: Json
    at: datetime


Rule = Callable[[Desk, Task], list[Change]]


def carry_out(desk: Desk, name: str, task: Task) -> list[Change]:
    """Carry an operation out. Raises :class:`Refusal` with the documented code."""
    operation = catalogue().operation(name)
    assert operation is not None, "every rule is in the operation table"
    check_feature(desk, task.agent)
    if name not in _LENIENT:
        _check_parameters(operation, task.body)
    if name in _NEEDS_STATE:
        desk.centre.check_state(task.agent, task.email, operation.applies.states)
    if name in _STORED and not desk.services.content:
        email = desk.centre.held(task.agent, task.email)
        return [EmailChange(task.agent, Event.FAILED, email)]
    return RULES[name](desk, task)


def check_feature(desk: Desk, agent: str) -> None:
    """Refuse an agent who lacks the feature of the Email API."""
    if not desk.features[agent].intersection(FEATURES):
        raise Refusal(StatusCode.NO_PERMISSION, f"Feature '{FEATURES[0]}' is not enabled")


def _check_parameters(operation: Operation, body: Json) -> None:
    for told in catalogue().check_request(operation, body):
        if told.level in ("MUST", "SHOULD"):
            raise _refusal(told)


def _refusal(told: Violation) -> Refusal:
    if told.kind == violation.MISSING:
        what = f"Required parameter '{told.expected}' is missing"
        return Refusal(StatusCode.PARAMETER_MISSING, what)
    return Refusal(StatusCode.INVALID, f"Parameter {told.path}: {told.message}")


def _accept(desk: Desk, task: Task) -> list[Change]:
    save = _flag(task.body, "saveLAR")
    return desk.centre.accept(task.agent, task.email, save_last_agent=save)


def _reject(desk: Desk, task: Task) -> list[Change]:
    return desk.centre.reject(task.agent, task.email)


def _transfer(desk: Desk, task: Task) -> list[Change]:
    body = task.body
    user_uri = optional_text(body, "userUri") or optional_text(body, "targetUri")
    queue = optional_text(body, "queueName")
    if user_uri and queue:
        raise Refusal(StatusCode.INVALID, "Give either 'userUri' or 'queueName', not both")
    if queue:
        return desk.centre.transfer_to_queue(task.agent, task.email, queue)
    if user_uri:
        target = _user(desk, user_uri)
        return desk.centre.transfer_to_agent(task.agent, task.email, target)
    raise Refusal(
        StatusCode.PARAMETER_MISSING, "Required parameter 'userUri' or 'queueName' is missing"
    )


def _complete(desk: Desk, task: Task) -> list[Change]:
    desk.centre.check_queue(task.body.get("queueName"))
    return _end(desk, task, Event.COMPLETED, State.COMPLETED)


def _create(desk: Desk, task: Task) -> list[Change]:
    parent_id = task.body.get("parentId")
    parent = None if parent_id is None else desk.centre.find(parent_id)
    return desk.centre.create(task.agent, new_draft(task.body, parent, task.at))


def _reply(desk: Desk, task: Task) -> list[Change]:
    original = desk.centre.find(task.email)
    return desk.centre.create(task.agent, reply_to(original, task.body, task.at))


def _reply_all(desk: Desk, task: Task) -> list[Change]:
    original = desk.centre.find(task.email)
    draft = reply_to(original, task.body, task.at, everybody=True)
    return desk.centre.create(task.agent, draft)


def _save(desk: Desk, task: Task) -> list[Change]:
    letter = task.body["email"]
    return desk.centre.change(
        task.agent, task.email, Event.SAVED, lambda draft: written(draft, letter)
    )


def _send(desk: Desk, task: Task) -> list[Change]:
    desk.centre.check_queue(task.body["queueName"])
    _save(desk, task)
    return _end(desk, task, Event.SENT, State.SENT)


def _cancel(desk: Desk, task: Task) -> list[Change]:
    return _end(desk, task, Event.CANCELED, State.CANCELED)


def _end(desk: Desk, task: Task, event: Event, state: State) -> list[Change]:
    save = bool(task.body.get("saveLAR"))
    return desk.centre.end(task.agent, task.email, event, state, save_last_agent=save)


def _add_attachment(desk: Desk, task: Task) -> list[Change]:
    document = desk.documents.get(task.body["documentId"])
    if document is None:
        raise Refusal(StatusCode.NOT_FOUND, f"Document '{task.body['documentId']}' not found")

    def attach(draft: Email) -> Email:
        if document in draft.attachments:
            raise Refusal(StatusCode.ALREADY_EXISTS, f"Document '{document.id}' is attached")
        return replace(draft, attachments=(*draft.attachments, document))

    return desk.centre.change(task.agent, task.email, Event.ATTACHED, attach)


def _remove_attachment(desk: Desk, task: Task) -> list[Change]:
    gone = task.body["documentId"]

    def detach(draft: Email) -> Email:
        kept = tuple(one for one in draft.attachments if one.id != gone)
        if kept == draft.attachments:
            raise Refusal(StatusCode.NOT_FOUND, f"Document '{gone}' is not attached")
        return replace(draft, attachments=kept)

    return desk.centre.change(task.agent, task.email, Event.DETACHED, detach)


def find_attachment(email: Email, attachment: str) -> Attachment:
    """Return an attachment of an email; refuses one that it does not have."""
    found = next((one for one in email.attachments if one.id == attachment), None)
    if found is None:
        raise Refusal(StatusCode.NOT_FOUND, f"Attachment '{attachment}' not found")
    return found


def _put_pairs(desk: Desk, task: Task) -> list[Change]:
    return _describe(desk, task, task.body["userData"])


def _delete_pairs(desk: Desk, task: Task) -> list[Change]:
    keys = task.body.get("keys") or task.body["userData"].keys()
    return desk.centre.change(
        task.agent,
        task.email,
        Event.DESCRIBED,
        lambda email: replace(email, pairs=email.pairs.without(keys)),
    )


def _set_disposition(desk: Desk, task: Task) -> list[Change]:
    key = task.body.get("dispositionKey", DISPOSITION_KEY)
    return _describe(desk, task, {key: task.body["disposition"]})


def _describe(desk: Desk, task: Task, pairs: Mapping[str, Any]) -> list[Change]:
    return desk.centre.change(
        task.agent,
        task.email,
        Event.DESCRIBED,
        lambda email: replace(email, pairs=email.pairs.with_pairs(pairs)),
    )


def _add_comment(desk: Desk, task: Task) -> list[Change]:
    return desk.centre.change(
        task.agent,
        task.email,
        Event.DESCRIBED,
        lambda email: replace(email, comment=task.body["comment"]),
    )


def _set_in_focus(_desk: Desk, _task: Task) -> list[Change]:
    """Do nothing that can be seen: no page says what it does."""
    return []


def _user(desk: Desk, uri: str) -> str:
    try:
        found = desk.roster.find_uri(uri)
    except ValueError:
        raise Refusal(StatusCode.INVALID, "Parameter 'userUri' is not a user's URI") from None
    if found is None:
        raise Refusal(StatusCode.NOT_FOUND, "User not found")
    return found.user_name


def _flag(body: Json, name: str) -> bool:
    """Return a boolean parameter, absent being false; the page leaves open JSON or text."""
    value: Any = body.get(name, False)
    if isinstance(value, str) and value in ("true", "false"):
        return value == "true"
    if not isinstance(value, bool):
        raise Refusal(StatusCode.INVALID, f"Parameter '{name}' must be true or false")
    return value


RULES: Mapping[str, Rule] = {
    "Accept": _accept,
    "Reject": _reject,
    "Transfer": _transfer,
    "Complete": _complete,
    "Create": _create,
    "Reply": _reply,
    "ReplyAll": _reply_all,
    "Save": _save,
    "Send": _send,
    "Cancel": _cancel,
    "AddAttachment": _add_attachment,
    "RemoveAttachment": _remove_attachment,
    "AttachUserData": _put_pairs,
    "UpdateUserData": _put_pairs,
    "DeleteUserData": _delete_pairs,
    "SetDisposition": _set_disposition,
    "AddComment": _add_comment,
    "SetInFocus": _set_in_focus,
}
# These read their own parameters, and are kinder than the tables: clients send texts for flags.
_LENIENT = frozenset({"Accept", "Reject", "Transfer"})
_NEEDS_STATE = RULES.keys() - _LENIENT - {"Create"}
# What goes through the content store is taken on at once and fails later when the store is away.
_STORED = frozenset({"Send", "Save", "AddAttachment"})
