"""Says what a difference means for whoever relies on the server.

Breaking: something a client may depend on is gone, is of another type, or is for somebody else; or
a documented field has another value. Changed: any other value, and whatever the client itself did
otherwise. Timing: the same, later. Additive: something new that a client may ignore.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conformance.judge.difference import Difference, Kind, Seen
from conformance.judge.steps import Step
from tapestry.catalogue import Catalogue
from tapestry.catalogue.annotations import View, root, step_into
from tapestry.story.model import Call, Delivery, EndEvent

_CLIENT_SIDE = {"path", "query", "request"}

_BY_SEEN = {
    Seen.REMOVED: Kind.BREAKING,
    Seen.ADDED: Kind.ADDITIVE,
    Seen.TYPE: Kind.BREAKING,
    Seen.MISPLACED: Kind.BREAKING,
    Seen.DUPLICATED: Kind.CHANGED,
    Seen.REORDERED: Kind.CHANGED,
    Seen.LATE: Kind.TIMING,
}


class Classifier:
    """Classifies differences; the catalogue says which fields and messages are documented."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Ask ``catalogue`` what is documented."""
        self._catalogue = catalogue

    def kind(self, difference: Difference) -> Kind:
        """Return the kind of finding that ``difference`` is."""
        step, seen = difference.step, difference.seen
        if step.stream == "call" and _is_client_side(difference):
            return Kind.CHANGED
        if seen in _BY_SEEN:
            return _BY_SEEN[seen]
        if seen is Seen.MISSING:
            return Kind.BREAKING if step.stream == "delivery" else Kind.CHANGED
        if seen is Seen.EXTRA:
            return Kind.CHANGED if self._is_known(step) else Kind.ADDITIVE
        if seen is Seen.CAUSE:
            return Kind.CHANGED if difference.old is None else Kind.BREAKING
        if seen is Seen.UNANSWERED:
            return Kind.CHANGED if isinstance(step.event, EndEvent) else Kind.BREAKING
        return Kind.BREAKING if self._is_documented(difference) else Kind.CHANGED

    def _is_known(self, step: Step) -> bool:
        event = step.event
        if not isinstance(event, Delivery):
            return True
        return self._catalogue.message_type(event.channel, event.data) is not None

    def _is_documented(self, difference: Difference) -> bool:
        """Tell whether a page names the field that has another value."""
        part, *path = difference.path
        event = difference.step.event
        if part in ("status", "channel", "successful"):
            return True
        schema = self._schema(event)
        return schema is not None and _names(self._catalogue, schema, path)

    def _schema(self, event: Any) -> str | None:
        if isinstance(event, Delivery):
            known = self._catalogue.message_type(event.channel, event.data)
            if known is None:
                return None
            return known.notification_types.get(event.notification_type or "", known.schema)
        if isinstance(event, Call):
            operation = self._catalogue.operation(event.operation)
            return operation.answer if operation else self._catalogue.answers.otherwise
        return None


def _is_client_side(difference: Difference) -> bool:
    """Tell whether the client did something else: no verdict on the server follows from that."""
    if not difference.path:
        return difference.seen in (Seen.MISSING, Seen.EXTRA, Seen.REORDERED)
    return difference.path[0] in _CLIENT_SIDE


def _names(catalogue: Catalogue, schema: str, path: Iterable[str | int]) -> bool:
    """Tell whether the schema names every member along ``path``; free-form maps name none."""
    at: list[View] = root(catalogue.schemas, schema)
    for step in path:
        is_entry = isinstance(step, int) or step.startswith("[")
        if not is_entry and not any(step in view.schema.get("properties", {}) for view in at):
            return False
        at = step_into(catalogue.schemas, at, 0 if is_entry else step)
    return True
