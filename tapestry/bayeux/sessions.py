"""The sessions of one server: how each is held, woken, filled, forgotten.

This is the part of the server that outlives requests. It knows nothing of what messages mean, only
that a session has at most one held connect, a bounded queue and one deadline: the end of its hold,
or else the end of its life.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from tapestry.bayeux.channel import patterns_of
from tapestry.bayeux.deadlines import Deadlines
from tapestry.bayeux.effects import Effect, Refuse, Reply, SessionClosed, SessionOpened
from tapestry.bayeux.message import META_HANDSHAKE, Message
from tapestry.bayeux.session import CloseReason, Held, Session
from tapestry.bayeux.settings import ServerSettings

DUPLICATE_CONNECT = 500


class Sessions:
    """Sessions by clientId. What is to be done is added to ``effects``, in order."""

    def __init__(self, settings: ServerSettings) -> None:
        """Begin without sessions."""
        self.settings = settings
        self.effects: list[Effect] = []
        self.riding: Session | None = None
        self._by_id: dict[str, Session] = {}
        self._by_link: dict[Hashable, Session] = {}
        self._deadlines = Deadlines()

    @property
    def by_id(self) -> Mapping[str, Session]:
        """Return a live view of the sessions."""
        return MappingProxyType(self._by_id)

    def open(self, session: Session, now: float) -> None:
        """Add a new session, which is forgotten unless it connects in time."""
        self._by_id[session.id] = session
        self.effects.append(SessionOpened(session))
        self.await_connect(session, now)

    def find(self, client_id: Any, principal: Hashable | None) -> Session | None:
        """Return the session with this clientId if it belongs to ``principal``."""
        session = self._by_id.get(client_id) if isinstance(client_id, str) else None
        return session if session and session.principal == principal else None

    def rider(self, messages: Sequence[Message], principal: Hashable | None) -> Session | None:
        """Return the session whose deliveries may ride in the answer to ``messages``.

        None may ride with a handshake ("Delivery").
        """
        for message in messages:
            session = self.find(message.get("clientId"), principal)
            if session is not None and message.get("channel") != META_HANDSHAKE:
                return session
        return None

    def await_connect(self, session: Session, now: float) -> None:
        """Let the session expire unless it connects in time ("Connect Response", SHOULD)."""
        self._deadlines.set(session.id, now + self.settings.patience)

    def hold(self, session: Session, link: Hashable, reply: Message, until: float) -> None:
        """Keep ``reply`` back until there is something to deliver, at most to ``until``."""
        session.held = Held(link, reply)
        self._by_link[link] = session
        self._deadlines.set(session.id, until)

    def give_way(self, session: Session) -> None:
        """End the connect that is held, if any, for a newer one: its request gets a bare 500."""
        if session.held:
            self.effects.append(Refuse(self._let_go(session, session.held), DUPLICATE_CONNECT))

    def release(self, session: Session, now: float, changes: Mapping[str, Any]) -> None:
        """Answer the connect that is held, if any, with whatever waits for its session.

        ``changes`` are made to the reply that was kept.
        """
        held = session.held
        if held is None:
            return
        self._let_go(session, held)
        self.await_connect(session, now)
        self.effects.append(Reply(held.link, [*session.drain(), {**held.reply, **changes}]))

    def lost(self, link: Hashable, now: float) -> None:
        """Forget a connect whose peer is gone; its session lives on for the next one."""
        session = self._by_link.get(link)
        if session is not None and session.held is not None:
            self._let_go(session, session.held)
            self.await_connect(session, now)

    def drop(
        self, session: Session, reason: CloseReason, now: float, last: Mapping[str, Any] = {}
    ) -> None:
        """End a session; ``last`` changes the reply to the connect it may have held."""
        self.release(session, now, last)
        del self._by_id[session.id]
        self._deadlines.discard(session.id)
        self.effects.append(SessionClosed(session, reason))

    def enqueue(self, session: Session, event: Message, now: float) -> None:
        """Queue one delivery; it leaves at once if a connect is held for its session.

        A delivery to the session that is being answered (``riding``) rides in that answer instead
        ("Delivery", SHOULD).
        """
        session.queue.append(event)
        if session.held and session is not self.riding:
            self.release(session, now, {})
        elif len(session.queue) > self.settings.max_queue:
            session.queue.clear()
            self.drop(session, CloseReason.OVERFLOWED, now)

    def broadcast(
        self, event: Message, now: float, only: Callable[[Session], bool] = lambda _: True
    ) -> None:
        """Queue one event for each session subscribed to its channel, once however often it is."""
        covering = patterns_of(event["channel"])
        for session in list(self._by_id.values()):
            if not session.subscriptions.isdisjoint(covering) and only(session):
                self.enqueue(session, event, now)

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

    def _let_go(self, session: Session, held: Held) -> Hashable:
        session.held = None
        del self._by_link[held.link]
        return held.link
