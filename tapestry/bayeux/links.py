"""Which sessions use which link: a response that is being held, or the WebSocket that they share.

When a link is lost everything that stood on it has to be found, and one socket may carry many
sessions. How many held polls a browser has is counted here too, because its few connections are
used up by them (Bayeux 1.0, "Multiple clients operation").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from tapestry.bayeux.session import Held, Session


class Links:
    """Sessions by the links on which a connect of theirs is held or their deliveries go out."""

    def __init__(self) -> None:
        """Begin without links."""
        self._sessions: dict[Hashable, dict[Session, None]] = {}
        self._polls: Counter[str] = Counter()

    def of(self, link: Hashable) -> list[Session]:
        """Return the sessions that use ``link``, in the order in which they came to it."""
        return list(self._sessions.get(link, ()))

    def polls(self, browser: str) -> int:
        """Return how many polls are held for a browser."""
        return self._polls[browser]

    def hold(self, session: Session, held: Held) -> None:
        """Note that a connect of ``session`` is held."""
        session.held = held
        self._attach(session, held.link)
        if session.browser is not None and not held.streaming:
            self._polls[session.browser] += 1

    def let_go(self, session: Session) -> Held | None:
        """Note that the connect is held no more, and return it, if there was one."""
        held, session.held = session.held, None
        if held is None:
            return None
        self._detach(session, held.link)
        if session.browser is not None and not held.streaming:
            self._polls[session.browser] -= 1
            if not self._polls[session.browser]:
                del self._polls[session.browser]
        return held

    def stream(self, session: Session, link: Hashable | None) -> None:
        """Note that deliveries of ``session`` go out on ``link``; ``None``: on no stream."""
        before, session.stream = session.stream, link
        if before is not None and before != link:
            self._detach(session, before)
        if link is not None:
            self._attach(session, link)

    def _attach(self, session: Session, link: Hashable) -> None:
        self._sessions.setdefault(link, {})[session] = None

    def _detach(self, session: Session, link: Hashable) -> None:
        """Forget that ``session`` uses ``link``, unless it still does in the other way."""
        if session.stream == link or (session.held is not None and session.held.link == link):
            return
        users = self._sessions[link]
        del users[session]
        if not users:
            del self._sessions[link]
