"""What passes over the wire, before anybody makes sense of it: packets, and who answers what.

A packet is one HTTP response or one WebSocket frame, with the moment of its arrival. Nothing in it
is trusted: a body that holds no messages is a packet with a fault, for a check to judge.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from conformance.bayeux.broken import Unanswered, Unreachable
from tapestry.bayeux.message import Message, is_delivery

_CALL = re.compile(r"\s*(?:/\*\*/)?\s*(?P<name>[^\s(]+)\s*\((?P<json>.*)\)\s*;?\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Packet:
    """One HTTP response or WebSocket frame; ``at`` is when it had come in, in loop seconds.

    ``fault`` says why it holds no messages, ``twice`` which members an object in it repeats;
    ``callback`` is the function that a JSONP response calls.
    """

    at: float
    text: str
    messages: tuple[Message, ...] = ()
    is_array: bool = False
    twice: tuple[str, ...] = ()
    fault: str | None = None
    status: int | None = None
    content_type: str = ""
    callback: str | None = None

    @property
    def deliveries(self) -> list[Message]:
        """Return the events in it."""
        return [message for message in self.messages if is_delivery(message)]

    def describe(self) -> str:
        """Return in a few words what it is, for a finding."""
        http = f"HTTP {self.status}" if self.status is not None else "a frame"
        if self.fault:
            return f"{http}, {self.fault}"
        return f"{http} with {len(self.messages)} messages, none of them a reply to it"


def read_packet(
    at: float, text: str, *, status: int | None = None, content_type: str = ""
) -> Packet:
    """Return the packet that ``text`` is; never raises."""
    repeated: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        repeated.extend(name for name in set(names) if names.count(name) > 1)
        return dict(pairs)

    try:
        value = json.loads(text, object_pairs_hook=members)
    except (ValueError, RecursionError):
        fault = "an empty body" if not text.strip() else "not JSON"
        return Packet(at, text, fault=fault, status=status, content_type=content_type)
    messages = value if isinstance(value, list) else [value]
    objects = all(isinstance(message, dict) for message in messages)
    return Packet(
        at,
        text,
        messages=tuple(messages) if objects else (),
        is_array=isinstance(value, list),
        twice=tuple(repeated),
        fault=None if objects else "not messages",
        status=status,
        content_type=content_type,
    )


def read_jsonp(at: float, text: str, *, status: int, content_type: str) -> Packet:
    """Return the packet that the script ``text`` is: the call of a function with messages."""
    found = _CALL.match(text)
    if found is None:
        return Packet(
            at, text, fault="not the call of a function", status=status, content_type=content_type
        )
    packet = read_packet(at, found["json"], status=status, content_type=content_type)
    return replace(packet, text=text, callback=found["name"])


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply, the packet it came in and the request it answers; ``took`` is in seconds."""

    message: Message
    packet: Packet
    request: Message
    took: float

    @property
    def successful(self) -> bool:
        """Tell whether it says so; whatever is no boolean says nothing."""
        return self.message.get("successful") is True

    @property
    def refused(self) -> bool:
        """Tell whether it says that the request failed."""
        return self.message.get("successful") is False

    def __getitem__(self, name: str) -> Any:
        """Return a member, ``None`` when it is missing."""
        return self.message.get(name)


class Pending:
    """One message that was sent and may be answered."""

    def __init__(self, request: Message, sent: float, patience: float) -> None:
        """Wait for the answer to ``request``, sent at ``sent``, by default for ``patience`` s."""
        self.request = request
        self.sent = sent
        self.patience = patience
        self._answer: asyncio.Future[Reply | Unanswered | Unreachable] = (
            asyncio.get_running_loop().create_future()
        )

    @property
    def open(self) -> bool:
        """Tell whether nothing has come of it yet."""
        return not self._answer.done()

    @property
    def answered(self) -> bool:
        """Tell whether a reply has come."""
        return self._answer.done() and isinstance(self._answer.result(), Reply)

    def answer(self, message: Message, packet: Packet) -> None:
        """Take ``message`` for the reply."""
        self._answer.set_result(Reply(message, packet, self.request, packet.at - self.sent))

    def end(self, how: str | Unreachable) -> None:
        """Note that no reply can come any more, and why."""
        if self.open:
            self._answer.set_result(self._unanswered(how) if isinstance(how, str) else how)

    async def over(self, within: float) -> bool:
        """Wait until it is answered or ended; ``False`` when neither came in time."""
        done, _ = await asyncio.wait([self._answer], timeout=max(0.0, within))
        return bool(done)

    async def reply(self, within: float | None = None) -> Reply:
        """Return the reply, which has the client's patience to come unless told otherwise.

        Raises :class:`Unanswered`, or :class:`Unreachable`.
        """
        within = self.patience if within is None else within
        if not await self.over(within):
            raise self._unanswered(f"nothing within {within:g} s")
        found = self._answer.result()
        if isinstance(found, Reply):
            return found
        raise found

    def _unanswered(self, how: str) -> Unanswered:
        channel = self.request.get("channel")
        return Unanswered(
            f"no reply to a message on {channel}", kind="missing", expected="a reply", observed=how
        )


def hand_out(packet: Packet, waiting: Sequence[Pending]) -> None:
    """Give each reply in ``packet`` to the request that it answers.

    Channel and id tell; one whose id is missing or foreign goes to the oldest request on its
    channel, so that a wrong id is a finding about the reply and not a reply that never came.
    """
    replies = [message for message in packet.messages if not is_delivery(message)]
    for exact in (True, False):
        for message in list(replies):
            found = _asked_by(message, waiting, exact=exact)
            if found is not None:
                replies.remove(message)
                found.answer(message, packet)


def _asked_by(message: Message, waiting: Sequence[Pending], *, exact: bool) -> Pending | None:
    for pending in waiting:
        same_channel = pending.request.get("channel") == message.get("channel")
        same_id = str(pending.request.get("id")) == str(message.get("id"))
        if pending.open and same_channel and (same_id or not exact):
            return pending
    return None
