"""The operations: what a POST with an ``operationName`` does.

One table for each kind of resource maps names to rules, in the way GWS chooses an operation by a
field of the body. Session and channel operations answer plainly; email operations also give the
``referenceId`` that the notification will repeat.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from conformance.reference.contact_centre import MEDIA, Readiness
from conformance.reference.desk import Call, Desk, interactions_away, read_object, required_text
from conformance.reference.email_operations import RULES, Task, carry_out
from conformance.reference.outcome import (
    Answer,
    Json,
    Refusal,
    Result,
    StatusCode,
    success,
)

Params = Mapping[str, str]


def on_me(desk: Desk, call: Call, _params: Params) -> Result:
    """Start or end the session, or change every channel (GWS API, StartContactCenterSession)."""
    body = read_object(call.body)
    name = _operation_name(body, {_START, _END, *_READINESS})
    agent = _agent(call)
    if name == _START:
        return _start_session(desk, agent, body)
    if name == _END:
        return Result(success(), desk.tell(desk.centre.log_out(agent)))
    return Result(success(), desk.tell(desk.centre.set_readiness(agent, _READINESS[name])))


def on_channel(desk: Desk, call: Call, params: Params) -> Result:
    """Change one channel (GWS API, Setting Agent State on a Channel)."""
    body = read_object(call.body)
    name = _operation_name(body, _READINESS.keys())
    channel = params["channel"]
    if channel not in MEDIA:
        raise Refusal(StatusCode.NOT_FOUND, f"Channel '{channel}' not found")
    changes = desk.centre.set_readiness(_agent(call), _READINESS[name], channel)
    return Result(success(), desk.tell(changes))


def on_email(desk: Desk, call: Call, params: Params) -> Result:
    """Carry out an operation on one email (GWS Email API)."""
    return _on_emails(desk, call, _ON_EMAIL, params["id"])


def on_emails(desk: Desk, call: Call, _params: Params) -> Result:
    """Create an email (GWS Email API, Create)."""
    return _on_emails(desk, call, _ON_EMAILS, "")


def _on_emails(desk: Desk, call: Call, known: Set[str], email: str) -> Result:
    body = read_object(call.body)
    name = _operation_name(body, known)
    changes = carry_out(desk, name, Task(_agent(call), email, body, call.at))
    reference = next(desk.references)
    return Result(success(referenceId=reference), desk.tell(changes, reference))


def _start_session(desk: Desk, agent: str, body: Json) -> Result:
    wanted = _channels(body)
    if not desk.services.interactions:
        raise interactions_away()
    media = [channel for channel in wanted if channel in MEDIA]
    unknown = [channel for channel in wanted if channel not in MEDIA]
    if not media:
        # When every channel fails, the page promises the error of only one of them.
        raise Refusal(StatusCode.INVALID, _unknown_channel(unknown[0]))
    notifications = desk.tell(desk.centre.log_in(agent, media))
    return Result(_partial_success(media, unknown) if unknown else success(), notifications)


def _channels(body: Json) -> list[str]:
    channels: Any = body.get("channels")
    if channels is None:
        raise Refusal(StatusCode.PARAMETER_MISSING, "Required parameter 'channels' is missing")
    if not isinstance(channels, list) or not all(isinstance(name, str) for name in channels):
        raise Refusal(StatusCode.INVALID, "Parameter 'channels' must be a list of channel names")
    if not channels:
        raise Refusal(StatusCode.INVALID, "Parameter 'channels' must name a channel")
    return list(dict.fromkeys(channels))


def _unknown_channel(channel: str) -> str:
    return f"Channel '{channel}' is not supported"


def _partial_success(media: list[str], unknown: list[str]) -> Answer:
    """Return the body that real traffic shows when some channels could not be had."""
    failed = [
        {
            "statusCode": int(StatusCode.INVALID),
            "statusMessage": _unknown_channel(channel),
            "channel": channel,
        }
        for channel in unknown
    ]
    succeeded = [{"statusCode": int(StatusCode.OK), "channel": channel} for channel in media]
    code = int(StatusCode.PARTIAL_SUCCESS)
    return Answer(200, {"statusCode": code, "failed": failed, "succeeded": succeeded})


def _operation_name(body: Json, known: Set[str]) -> str:
    name = required_text(body, "operationName")
    if name not in known:
        raise Refusal(StatusCode.INVALID, f"Operation '{name}' is not supported here")
    return name


def _agent(call: Call) -> str:
    assert call.agent is not None, "only the provisioning route has no agent"
    return call.agent


_START = "StartContactCenterSession"
_END = "EndContactCenterSession"
_READINESS: Mapping[str, Readiness] = {
    "Ready": Readiness.READY,
    "NotReady": Readiness.NOT_READY,
}
_ON_EMAILS = frozenset({"Create"})
_ON_EMAIL = RULES.keys() - _ON_EMAILS
