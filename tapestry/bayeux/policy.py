"""Policy: the application's say in who may handshake, subscribe and publish.

The protocol machine asks before it acts and refuses in the protocol's own words, so an application
that wants logged-in users only, or no publishing by clients, says so here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol

from tapestry.bayeux.message import Message
from tapestry.bayeux.session import Session


class Policy(Protocol):
    """Answers the three questions; every answer is yes or no, at once."""

    def may_handshake(self, principal: Hashable | None, message: Message) -> bool:
        """Tell whether ``principal`` (``None``: anonymous) may open a session."""
        ...

    def may_subscribe(self, session: Session, channel: str) -> bool:
        """Tell whether ``session`` may subscribe to ``channel``, which may end in a wildcard."""
        ...

    def may_publish(self, session: Session | None, channel: str, message: Message) -> bool:
        """Tell whether ``session`` (``None``: no clientId was sent) may publish to ``channel``."""
        ...


class AllowAll:
    """Everyone may do everything that the protocol itself allows."""

    def may_handshake(self, principal: Hashable | None, message: Message) -> bool:
        """Allow every handshake."""
        return True

    def may_subscribe(self, session: Session, channel: str) -> bool:
        """Allow every subscription."""
        return True

    def may_publish(self, session: Session | None, channel: str, message: Message) -> bool:
        """Allow every publish."""
        return True
