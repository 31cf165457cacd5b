"""Which request a reply answers: the client's requests that are still open.

Replies come in any order, on either connection, and not every server sends every one. Only the id
ties a reply to its request; a stale id must never pass for an answer, or a poll dies in silence.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from tapestry.bayeux.message import Message, Transport


@dataclass(frozen=True, slots=True)
class Post:
    """Messages that travel in one request or frame; times in seconds on the caller's clock.

    ``deadline`` is when to give the answer up; ``host`` the server to turn to, ``None`` for the
    one that the client was made for.
    """

    number: int
    messages: tuple[Message, ...]
    sent: float
    deadline: float
    transport: Transport = Transport.LONG_POLLING
    host: str | None = None


class Outstanding:
    """Open requests by number, and in them the messages that have no reply yet, by id."""

    def __init__(self) -> None:
        """Start with nothing open."""
        self._numbers = itertools.count(1)
        self._posts: dict[int, Post] = {}
        self._unanswered: dict[str, Message] = {}

    def post(
        self,
        messages: Sequence[Message],
        now: float,
        patience: float,
        transport: Transport = Transport.LONG_POLLING,
        host: str | None = None,
    ) -> Post:
        """Open a request for ``messages``, whose ids are unique, to be answered in ``patience``."""
        number = next(self._numbers)
        post = Post(number, tuple(messages), now, now + patience, transport, host)
        self._posts[number] = post
        self._unanswered |= {message["id"]: message for message in messages}
        return post

    def take(self, number: int) -> Post | None:
        """Close the request ``number`` and return it; ``None`` when it is not open."""
        return self._posts.pop(number, None)

    def is_open(self, number: int) -> bool:
        """Tell whether the request ``number`` still waits for its answer."""
        return number in self._posts

    def request_of(self, reply: Message, post: Post) -> Message | None:
        """Return the message that ``reply`` answers, once; ``None`` when there is none.

        A reply without an id, which servers give to requests without one, is matched by channel
        within its own request.
        """
        if "id" in reply:
            return self._unanswered.pop(str(reply["id"]), None)
        for request in post.messages:
            if self._matches(reply, request):
                return self._unanswered.pop(request["id"])
        return None

    def post_of(self, reply: Message) -> Post | None:
        """Return the open request in which ``reply`` answers a message, the oldest if several."""
        for post in self._posts.values():
            if any(self._matches(reply, request) for request in post.messages):
                return post
        return None

    def is_answered(self, post: Post) -> bool:
        """Tell whether every message of ``post`` has had its reply."""
        return not any(message["id"] in self._unanswered for message in post.messages)

    def unanswered(self, post: Post) -> list[Message]:
        """Return, once, the messages of ``post`` that have had no reply."""
        return [
            message
            for message in post.messages
            if self._unanswered.pop(message["id"], None) is not None
        ]

    def clear(self) -> None:
        """Forget every open request; numbers go on, so that a late answer is known as late."""
        self._posts.clear()
        self._unanswered.clear()

    def _matches(self, reply: Message, request: Message) -> bool:
        if request["id"] not in self._unanswered:
            return False
        if "id" in reply:
            return str(reply["id"]) == str(request["id"])
        return bool(request["channel"] == reply.get("channel"))
