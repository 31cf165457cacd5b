"""The operations: what a POST with an ``operationName`` does.

One table for each kind of resource maps names to rules, in the way GWS chooses an operation by a
field of the body. Session and channel operations answer plainly; email operations also give the
``referenceId`` that the notification will repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conformance.reference.contact_centre import MEDIA, Change, Readiness
from conformance.reference.desk import Call, Desk, optional_text, read_object, required_text
from conformance.reference.outcome import (
    Answer,
    Json,
    Refusal,
    Result,
    StatusCode,
    success,
)

Params = Mapping[str, str]
_EmailOperation = Callable[[Desk, str, str, Json], list[Change]]


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
    name = _operation_name(body, _READINESS)
    channel = params["channel"]
    if channel not in MEDIA:
        raise Refusal(StatusCode.NOT_FOUND, f"Channel '{channel}' not found")
    changes = desk.centre.set_readiness(_agent(call), _READINESS[name], channel)
    return Result(success(), desk.tell(changes))


def on_email(desk: Desk, call: Call, params: Params) -> Result:
    """Accept, Reject or Transfer an email (GWS Email API)."""
    body = read_object(call.body)
    operation = _EMAIL_OPERATIONS[_operation_name(body, _EMAIL_OPERATIONS)]
    changes = operation(desk, _agent(call), params["id"], body)
    reference = next(desk.references)
    return Result(success(referenceId=reference), desk.tell(changes, reference))


def _start_session(desk: Desk, agent: str, body: Json) -> Result:
    wanted = _channels(body)
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


def _accept(desk: Desk, agent: str, email: str, body: Json) -> list[Change]:
    return desk.centre.accept(agent, email, save_last_agent=_flag(body, "saveLAR"))


def _reject(desk: Desk, agent: str, email: str, _body: Json) -> list[Change]:
    return desk.centre.reject(agent, email)


def _transfer(desk: Desk, agent: str, email: str, body: Json) -> list[Change]:
    user_uri, queue = optional_text(body, "userUri"), optional_text(body, "queueName")
    if user_uri and queue:
        raise Refusal(StatusCode.INVALID, "Give either 'userUri' or 'queueName', not both")
    if queue:
        return desk.centre.transfer_to_queue(agent, email, queue)
    if user_uri:
        return desk.centre.transfer_to_agent(agent, email, _user(desk, user_uri))
    raise Refusal(
        StatusCode.PARAMETER_MISSING, "Required parameter 'userUri' or 'queueName' is missing"
    )


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


def _operation_name(body: Json, known: Mapping[str, Any] | set[str]) -> str:
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
_EMAIL_OPERATIONS: Mapping[str, _EmailOperation] = {
    "Accept": _accept,
    "Reject": _reject,
    "Transfer": _transfer,
}
