"""Finds the documented shape of a message and checks the message against it.

The shape is chosen by table, never by trying several: a request by its operation, an answer by its
statusCode, a notification by channel and messageType. A message type that is not in the table is
told once, as such.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tapestry.catalogue import violation
from tapestry.catalogue.explain import in_words, shown, type_of
from tapestry.catalogue.model import Answers, Channel, Dispatch, Operation
from tapestry.catalogue.routes import Route
from tapestry.catalogue.shapes import Shapes, Subject
from tapestry.catalogue.violation import Violation

UNLISTED_CHANNEL = "TAPESTRY-02"
UNLISTED_OPERATION = "TAPESTRY-03"
STATUS_AGREES = "TAPESTRY-04"


class Checker:
    """Checks requests, answers and notifications; see :class:`Catalogue` for the questions."""

    def __init__(self, shapes: Shapes, answers: Answers, channels: Mapping[str, Channel]) -> None:
        """Check by ``shapes``, chosen by the tables ``answers`` and ``channels`` (by name)."""
        self._shapes = shapes
        self._violation = shapes.violation
        self._answers = answers
        self._channels = channels

    def request(self, operation: Operation, body: Any) -> list[Violation]:
        """Check the body of a request."""
        if operation.request is None:
            return []
        return self._shapes.check(Subject(operation.request, body, operation.name))

    def undispatched(self, route: Route, dispatch: Dispatch, body: Any) -> Violation:
        """Tell why a request on a documented route asks for none of its operations."""
        if not isinstance(body, dict):
            says = f"expected an object with {dispatch.member}, found {type_of(body)}"
            return self._violation(dispatch.requirement, (), violation.TYPE, says)
        if dispatch.member not in body:
            says = f"{dispatch.member} is missing"
            return self._violation(dispatch.requirement, (), violation.MISSING, says)
        asked = body[dispatch.member]
        says = f"{in_words(asked)} is not in the table for {route.method} {route.template}"
        return self._violation(
            UNLISTED_OPERATION,
            (dispatch.member,),
            violation.UNKNOWN_OPERATION,
            says,
            sorted(str(name) for name in route.operations),
            shown(asked),
        )

    def unlisted_request(self, method: str) -> Violation:
        """Tell that a request is on no documented route."""
        says = f"no route of the table takes this {method}, so it was not checked"
        return self._violation(UNLISTED_OPERATION, (), violation.UNKNOWN_OPERATION, says)

    def answer(self, operation: Operation | None, status: int, body: Any) -> list[Violation]:
        """Check an answer.

        Of an unknown operation only an answer with a code is judged, and of one that answers bytes
        only a refusal.
        """
        code = body.get(self._answers.member) if isinstance(body, dict) else None
        if operation is None and (not _is_code(code) or code == self._answers.success):
            return []
        schema = self._answer_schema(operation, status, code)
        if schema is None:
            return []
        name = operation.name if operation else None
        found = self._shapes.check(Subject(schema, body, name))
        if _is_code(code) and code == self._answers.success and status >= 400:
            found.append(self._contradicting_status(status))
        return found

    def _contradicting_status(self, status: int) -> Violation:
        member, success = self._answers.member, self._answers.success
        says = f"{member} {success} says success under HTTP status {status}"
        return self._violation(STATUS_AGREES, (member,), violation.VALUE, says, observed=status)

    def _answer_schema(self, operation: Operation | None, status: int, code: Any) -> str | None:
        if _is_code(code) and code != self._answers.success:
            return self._answers.codes.get(code, self._answers.otherwise)
        if operation is None or (status >= 400 and code is None):
            return self._answers.otherwise
        return operation.answer

    def notification(self, channel: str, data: Any) -> list[Violation]:
        """Check the data of a notification, dispatched on channel and messageType."""
        known = self._channels.get(channel)
        if known is None:
            return [self._unlisted(channel, data)]
        if not isinstance(data, dict):
            says = f"expected object, found {type_of(data)}"
            return [self._violation(known.data_requirement, ("data",), violation.TYPE, says)]
        found = [] if channel == known.name else [self._other_name(channel, known)]
        message_type = data.get("messageType")
        message = known.messages.get(message_type) if isinstance(message_type, str) else None
        if message is None:
            return [*found, self._unknown_type(known, data)]
        schema = message.notification_types.get(str(data.get("notificationType")), message.schema)
        return [*found, *self._shapes.check(Subject(schema, data, prefix=("data",)))]

    def notification_holds(self, channel: str, data: Any) -> bool:
        """Tell whether a notification is as documented, without saying what is wrong if not."""
        known = self._channels.get(channel)
        if known is None or channel != known.name or not isinstance(data, dict):
            return False
        message_type = data.get("messageType")
        message = known.messages.get(message_type) if isinstance(message_type, str) else None
        if message is None:
            return False
        schema = message.notification_types.get(str(data.get("notificationType")), message.schema)
        return self._shapes.holds(schema, data)

    def bare_notification(self, data: Mapping[str, Any]) -> list[Violation]:
        """Check the data of a notification that stands without its envelope."""
        home = self._home_of(data)
        if home is None:
            says = f"{in_words(data.get('messageType'))} is in no table, so it was not checked"
            path = ("messageType",)
            return [self._violation(UNLISTED_CHANNEL, path, violation.UNKNOWN_TYPE, says)]
        says = "data is missing: the message stands without its envelope"
        bare = self._violation(home.data_requirement, (), violation.MISSING, says, "data")
        return [bare, *self.notification(home.name, data)]

    def _unlisted(self, channel: str, data: Any) -> Violation:
        home = self._home_of(data)
        if home is None:
            says = f"the channel {channel} is in no table, so the message was not checked"
            return self._violation(UNLISTED_CHANNEL, ("channel",), violation.CHANNEL, says)
        says = f"{in_words(data['messageType'])} belongs on {home.name}, found on {channel}"
        return self._violation(
            home.requirement, ("channel",), violation.CHANNEL, says, home.name, channel
        )

    def _home_of(self, data: Any) -> Channel | None:
        name = data.get("messageType") if isinstance(data, dict) else None
        if not isinstance(name, str):
            return None
        return next((one for one in self._channels.values() if name in one.messages), None)

    def _other_name(self, channel: str, known: Channel) -> Violation:
        says = f"came on {channel}, which one page names in place of {known.name}"
        told = self._violation(
            known.requirement, ("channel",), violation.CHANNEL, says, known.name, channel
        )
        return self._shapes.read(told, channel)

    def _unknown_type(self, known: Channel, data: Mapping[str, Any]) -> Violation:
        path = ("data", "messageType")
        if "messageType" not in data:
            says = "messageType is missing"
            return self._violation(known.type_requirement, ("data",), violation.MISSING, says)
        observed = data["messageType"]
        names = ", ".join(known.messages)
        says = f"{in_words(observed)} is no message type of {known.name}, which has {names}"
        return self._violation(
            known.type_requirement,
            path,
            violation.UNKNOWN_TYPE,
            says,
            list(known.messages),
            shown(observed),
        )


def _is_code(code: Any) -> bool:
    return isinstance(code, int) and not isinstance(code, bool)
