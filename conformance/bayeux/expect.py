"""What is asked of replies again and again, as functions from a message to findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.bayeux.wire import Reply
from conformance.model import Finding

Findings = Sequence[Finding]


def wrong(path: str, message: str, expected: Any, observed: Any) -> list[Finding]:
    """Return one finding, as a list."""
    return [Finding("mismatch", message, path, expected, observed)]


def equal(
    path: str, expected: Any, observed: Any, message: str = "not what it must be"
) -> Findings:
    """Return a finding unless two JSON values are equal and of the same type."""
    same = expected == observed and isinstance(expected, bool) == isinstance(observed, bool)
    return [] if same else wrong(path, message, expected, observed)


def says(reply: Reply, successful: bool) -> Findings:
    """Return a finding unless the reply says so, by a boolean."""
    message = f"the reply to {reply.request['channel']} does not say so"
    return equal("$.successful", successful, reply["successful"], message)


def tells_success(reply: Reply) -> Findings:
    """Return a finding unless the reply says whether it is successful."""
    if isinstance(reply["successful"], bool):
        return []
    message = f"the reply to {reply.request['channel']} does not tell by a boolean"
    return wrong("$.successful", message, "a boolean", reply["successful"])


def keeps_id(reply: Reply) -> Findings:
    """Return a finding unless the reply has the id of its request, with its JSON type."""
    message = f"the reply to {reply.request['channel']} has another id"
    asked, told = reply.request["id"], reply["id"]
    same = asked == told and type(asked) is type(told)
    return [] if same else wrong("$.id", message, asked, told)


def names(reply: Reply, subscriptions: Sequence[str]) -> Findings:
    """Return a finding unless the reply names the subscriptions: one as text, or an array."""
    told = reply["subscription"]
    listed = told if isinstance(told, list) else [told]
    if sorted(map(str, listed)) == sorted(subscriptions):
        return []
    message = f"the reply to {reply.request['channel']} does not name the subscription"
    expected = subscriptions[0] if len(subscriptions) == 1 else list(subscriptions)
    return wrong("$.subscription", message, expected, told)
