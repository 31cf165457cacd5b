"""Checks single messages that were saved as JSON: notifications, requests and answers.

A notification stands as its whole Bayeux message, alone or in an array; one that stands without its
envelope is told so, and checked as what it says it is.
"""

from __future__ import annotations

from typing import Any

from conformance.offline.remark import Remark, from_violations
from tapestry.bayeux.message import is_delivery
from tapestry.catalogue import Catalogue, Violation
from tapestry.problems import Place


def check_message(value: Any, where: Place, catalogue: Catalogue) -> list[Remark]:
    """Return every remark on one message, or on each of an array of messages."""
    messages = value if isinstance(value, list) else [value]
    violations = [broken for message in messages for broken in _check(message, catalogue)]
    return from_violations(violations, where)


def _check(message: Any, catalogue: Catalogue) -> list[Violation]:
    if not isinstance(message, dict):
        return []
    if isinstance(message.get("channel"), str):
        delivered = is_delivery(message)
        return (
            catalogue.check_notification(message["channel"], message["data"]) if delivered else []
        )
    if "messageType" in message:
        return catalogue.check_bare_notification(message)
    if "operationName" in message:
        return _check_request(message, catalogue)
    return catalogue.check_answer(None, 200, message)


def _check_request(body: dict[str, Any], catalogue: Catalogue) -> list[Violation]:
    name = body["operationName"]
    named = (one for one in catalogue.operations if one.operation_name == name)
    operation = next(named, None)
    return catalogue.check_request(operation, body) if operation else []
