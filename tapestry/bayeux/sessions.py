"""The sessions of one server: how each is held, woken, filled, forgotten.

This is the part of the server that outlives requests. It knows nothing of what messages mean, only
that a session has at most one held connect, perhaps a stream, a bounded queue and one deadline: the
end of its hold, or else the end of its life.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from tapestry.bayeux.channel import patterns_of
from tapestry.bayeux.codec import encode_body
from tapestry.bayeux.deadlines import Deadlines
from tapestry.bayeux.effects import Batch, Effect, Refuse, Reply, SessionClosed, SessionOpened
from tapestry.bayeux.extension import Extensions
from tapestry.bayeux.links import Links
from tapestry.bayeux.message import META_HANDSHAKE, Message
from tapestry.bayeux.session import CloseReason, Held, Session
from tapestry.bayeux.settings import ServerSettings

DUPLICATE_CONNECT = 500


class Sessions:
    """Sessions by clientId. What is to be done is added to ``effects``, in order."""

    def __init__(
        self, settings: ServerSettings, extensions: Extensions, new_id: Callable[[], str]
    ) -> None:
        """Begin without sessions; ``extensions`` complete the replies to held connects."""
        self.settings = settings
        self._new_id = new_id
        self.effects: list[Effect] = []
        self.riding: Session | None = None
        self._extensions = extensions
        self._by_id: dict[str, Session] = {}
        self._links = Links()
        self._deadlines = Deadlines()

    @property
    def by_id(self) -> Mapping[str, Session]:
        """Return a live view of the sessions."""
        return MappingProxyType(self._by_id)

    def open(self, batch: Batch, now: float) -> Session:
        """Open a session for who sent ``batch``; it is forgotten unless it connects in time."""
        advice = self.settings.advice
        session = Session(self._new_id(), batch.principal, batch.browser, batch.transport, advice)
        self._by_id[session.id] = session
        self.effects.append(SessionOpened(session))
        self.await_connect(session, now)
        return session

    def find(self, client_id: Any, principal: Hashable | None) -> Session | None:
        """Return the session with this clientId if it belongs to ``principal``."""
        session = self._by_id.get(client_id) if isinstance(client_id, str) else None
        return session if session and session.principal == principal else None

    def rider(self, messages: Sequence[Message], principal: Hashable | None) -> Session | None:
        """Return the session whose deliveries may ride in the answer to ``messages``.

        None may ride with a handshake ("Delivery"), and those that must be acknowledged ride with
        connects only.
        """
        for message in messages:
            session = self.find(message.get("clientId"), principal)
            if session is not None and message.get("channel") != META_HANDSHAKE:
                return None if session.queue.keeps else session
        return None

    def await_connect(self, session: Session, now: float) -> None:
        """Let the session expire unless it connects in time ("Connect Response", SHOULD)."""
        self._deadlines.set(session.id, now + session.patience)

    def meet(self, session: Session, batch: Batch) -> None:
        """Note that a session was heard of; before its first connect a stream is as good as one.

        Not at the handshake: nothing may go out on the stream before the client knows its id.
        """
        if batch.streaming and not session.connected:
            self.stream(session, batch.link)

    def stream(self, session: Session, link: Hashable | None) -> None:
        """Send deliveries out on ``link`` as they come; with ``None`` they wait for a response."""
        self._links.stream(session, link)
        if link is not None and session.queue and not session.queue.keeps:
            self.effects.append(Reply(link, session.queue.take()))

    def hold(self, session: Session, held: Held, until: float) -> None:
        """Keep a reply back until there is something to deliver, at most to ``until``."""
        self._links.hold(session, held)
        self._deadlines.set(session.id, until)

    def is_crowded(self, session: Session) -> bool:
        """Tell whether its browser has as many polls held as it may; those on streams are free."""
        most = self.settings.max_per_browser
        return session.browser is not None and 0 <= most <= self._links.polls(session.browser)

    def give_way(self, session: Session) -> None:
        """End the connect that is held, if any, for a newer one.

        Its HTTP request gets a bare 500; on a stream it gets its reply, and nothing rides with it.
        """
        held = self._links.let_go(session)
        if held is not None and held.streaming:
            self.effects.append(Reply(held.link, [held.reply]))
        elif held is not None:
            self.effects.append(Refuse(held.link, DUPLICATE_CONNECT))

    def release(self, session: Session, now: float, changes: Mapping[str, Any]) -> None:
        """Answer the connect that is held, if any, with whatever waits for its session.

        ``changes`` are made to the reply that was kept.
        """
        held = self._links.let_go(session)
        if held is None:
            return
        self.await_connect(session, now)
        answer = {**held.reply, **changes}
        self.effects.append(
            Reply(held.link, self.with_deliveries(session, answer, held.said, held.at, now))
        )

    def with_deliveries(
        self, session: Session, answer: Message, said: Mapping[str, Any], at: float, now: float
    ) -> list[Message]:
        """Return what waits for a session, and after it the completed answer to its connect."""
        events = [] if session is self.riding else session.queue.take()
        return [*events, self._extensions.complete(answer, said, session, at, now)]

    def lost(self, link: Hashable, now: float) -> None:
        """Forget the connects and the stream on a link that is gone; their sessions live on."""
        for session in self._links.of(link):
            if session.stream == link:
                self._links.stream(session, None)
            if session.held is not None and session.held.link == link:
                self._links.let_go(session)
                self.await_connect(session, now)

    def overflowed(self, link: Hashable, now: float) -> None:
        """Drop the sessions whose deliveries piled up on a link whose peer does not read."""
        sessions = self._links.of(link)
        self.lost(link, now)
        for session in sessions:
            self._drop_overflowed(session, now)

    def drop(
        self, session: Session, reason: CloseReason, now: float, last: Mapping[str, Any] = {}
    ) -> None:
        """End a session; ``last`` changes the reply to the connect it may have held."""
        self.release(session, now, last)
        self._links.stream(session, None)
        del self._by_id[session.id]
        self._deadlines.discard(session.id)
        self.effects.append(SessionClosed(session, reason))

    def enqueue(self, session: Session, event: Message, now: float) -> None:
        """Queue one delivery; see :meth:`broadcast` for when it leaves."""
        self._enqueue(session, event, len(encode_body([event])), now)

    def broadcast(
        self, event: Message, now: float, only: Callable[[Session], bool] = lambda _: True
    ) -> None:
        """Queue one event for each session subscribed to its channel, once however often it is.

        It leaves at once on the session's stream, or with the connect that is held for it; else it
        waits. A delivery to the session that is being answered (``riding``) rides in that answer
        instead ("Delivery", SHOULD).
        """
        covering = patterns_of(event["channel"])
        size = len(encode_body([event]))
        for session in list(self._by_id.values()):
            if not session.subscriptions.isdisjoint(covering) and only(session):
                self._enqueue(session, event, size, now)

    def tick(self, now: float) -> None:
        """Answer the connects that were held long enough and drop the sessions that expired."""
        for session_id in self._deadlines.due(now):
            session = self._by_id[session_id]
            if session.held:
                self.release(session, now, {})
            else:
                self.drop(session, CloseReason.EXPIRED, now)

    def next_deadline(self) -> float | None:
        """Return when :meth:`tick` has something to do next, ``None`` when never."""
        return self._deadlines.next()

    def _enqueue(self, session: Session, event: Message, size: int, now: float) -> None:
        session.queue.put(event, size)
        if session is not self.riding:
            self._send(session, now)
        held, size = session.queue.held, session.queue.size
        if held > self.settings.max_queue or size > self.settings.max_queue_bytes:
            self._drop_overflowed(session, now)

    def _send(self, session: Session, now: float) -> None:
        """Send what waits for a session if there is a way; those to be acknowledged need a poll."""
        if session.stream is not None and not session.queue.keeps:
            self.effects.append(Reply(session.stream, session.queue.take()))
        else:
            self.release(session, now, {})

    def _drop_overflowed(self, session: Session, now: float) -> None:
        session.queue.clear()
        self.drop(session, CloseReason.OVERFLOWED, now)
