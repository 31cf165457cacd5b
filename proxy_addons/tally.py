"""Counts what passes in the terms of the trade, and checks it against the documented API.

It looks at entries after redaction: pseudonyms keep every shape, and so no violation that is told
can show a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tapestry.bayeux.message import Message, is_delivery
from tapestry.catalogue import Catalogue, catalogue
from tapestry.catalogue.violation import Violation
from tapestry.story.traffic import frame_messages, received_messages, sent_messages
from tapestry.tape.model import Entry, Exchange, Frame

Flag = Callable[[str, str], None]

_TOLD = ("MUST", "SHOULD")


class Tally:
    """Counts calls, deliveries and violations of what must or should be so."""

    def __init__(self, flag: Flag | None = None) -> None:
        """Check what passes when there is a ``flag`` to call with the key and the words."""
        self.calls = 0
        self.deliveries = 0
        self.violations = 0
        self._flag = flag
        self._catalogue: Catalogue | None = catalogue() if flag else None

    def entry(self, key: str, entry: Entry) -> None:
        """Take in an entry that is kept; ``key`` names what it came from."""
        match entry:
            case Exchange():
                if sent_messages(entry.request) is None and entry.socket is None:
                    self.calls += 1
                    self._check(key, _label(entry), self._call(entry))
                else:
                    self._messages(key, received_messages(entry.response))
            case Frame(sender="server"):
                self._messages(key, frame_messages(entry.body))

    def _messages(self, key: str, messages: list[Message]) -> None:
        for message in filter(is_delivery, messages):
            self.deliveries += 1
            channel = str(message["channel"])
            self._check(key, channel, self._delivery(channel, message))

    def _call(self, exchange: Exchange) -> Iterator[Violation]:
        known = self._catalogue
        if known is None:
            return
        request, response = exchange.request, exchange.response
        recognised = known.recognise(request.method, request.path, request.body.json)
        if recognised is not None:
            yield from known.check_request(recognised.operation, request.body.json)
            yield from known.check_answer(recognised.operation, response.status, response.body.json)
        else:
            found = known.check_unrecognised(request.method, request.path, request.body.json)
            yield from found
            if found:
                yield from known.check_answer(None, response.status, response.body.json)

    def _delivery(self, channel: str, message: Message) -> Iterator[Violation]:
        if self._catalogue is not None:
            yield from self._catalogue.check_notification(channel, message.get("data"))

    def _check(self, key: str, what: str, violations: Iterator[Violation]) -> None:
        if self._flag is None:
            return
        for violation in violations:
            if violation.level in _TOLD:
                self.violations += 1
                self._flag(key, f"{what}: {violation}")


def _label(exchange: Exchange) -> str:
    return f"{exchange.request.method} {exchange.request.path}"
