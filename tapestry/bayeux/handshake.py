"""Handshakes: what one must offer before a server makes a session of it, and what it is answered.

Versions and connection types are negotiated once, here; refusing a client that has nothing in
common with the server is a MUST that most servers overlook (Bayeux 1.0,
"Successful Handshake Response").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tapestry.bayeux.effects import Request
from tapestry.bayeux.errors import (
    CONNECTION_TYPE_UNSUPPORTED,
    HANDSHAKE_DENIED,
    TOO_MANY_SESSIONS,
    VERSION_MISMATCH,
    VERSION_MISSING,
    BayeuxError,
)
from tapestry.bayeux.message import META_HANDSHAKE, Message
from tapestry.bayeux.policy import Policy
from tapestry.bayeux.replies import LATER, NEVER_AGAIN, refusal, success
from tapestry.bayeux.session import Session
from tapestry.bayeux.sessions import Sessions

VERSION = "1.0"

_OURS = (1, 0)
_NUMBERS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})*")


def answer_handshake(
    request: Request, sessions: Sessions, allow: Policy
) -> tuple[Message, Session | None]:
    """Return the answer to a handshake, and the session that it opened, if it did."""
    message = request.message
    offered = [transport.value for transport in sessions.settings.transports]
    terms = {"version": VERSION, "supportedConnectionTypes": offered}
    fault = handshake_fault(message, offered)
    if fault is None and not allow.may_handshake(request.batch.principal, message):
        fault = HANDSHAKE_DENIED
    if fault is not None:
        return refusal(message, fault, **terms, advice=NEVER_AGAIN), None
    if len(sessions.by_id) >= sessions.settings.max_sessions:
        return refusal(message, TOO_MANY_SESSIONS, **terms, advice=LATER), None
    session = sessions.open(request.batch, request.at)
    advice = session.advice.as_field()
    return success(message, **terms, clientId=session.id, advice=advice), session


def handshake_fault(message: Message, offered: Sequence[str]) -> BayeuxError | None:
    """Return why the handshake cannot succeed, ``None`` when it can.

    ``offered`` are the server's connection types.
    """
    if "version" not in message:
        return VERSION_MISSING
    if not _speaks(message["version"], message.get("minimumVersion", "0")):
        return VERSION_MISMATCH
    wanted = message.get("supportedConnectionTypes")
    if not isinstance(wanted, list) or not any(kind in offered for kind in wanted):
        return CONNECTION_TYPE_UNSUPPORTED
    return None


def without_company(messages: Sequence[Message]) -> Sequence[Message]:
    """Return the messages to answer: a handshake alone, else all ("Handshake Request", MUST)."""
    handshakes = (message for message in messages if message.get("channel") == META_HANDSHAKE)
    first = next(handshakes, None)
    return messages if first is None else [first]


def _speaks(version: Any, minimum: Any) -> bool:
    """Tell whether our version lies between the client's minimum and, by major number, its own."""
    theirs, least = _numbers(version), _numbers(minimum)
    if theirs is None or least is None:
        return False
    return theirs[0] >= _OURS[0] and least <= _OURS


def _numbers(version: Any) -> tuple[int, ...] | None:
    """Return the leading numbers of a version such as ``1.0beta`` ("Version")."""
    found = _NUMBERS.match(version) if isinstance(version, str) else None
    return tuple(int(number) for number in found[0].split(".")) if found else None
