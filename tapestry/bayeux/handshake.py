"""What a handshake must offer before a server makes a session of it.

Versions and connection types are negotiated once, here; refusing a client that has nothing in
common with the server is a MUST that most servers overlook (Bayeux 1.0,
"Successful Handshake Response").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tapestry.bayeux.errors import (
    CONNECTION_TYPE_UNSUPPORTED,
    VERSION_MISMATCH,
    VERSION_MISSING,
    BayeuxError,
)
from tapestry.bayeux.message import META_HANDSHAKE, Message

VERSION = "1.0"

_OURS = (1, 0)
_NUMBERS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})*")


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
