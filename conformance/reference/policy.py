"""Who may do what on CometD: agents who are logged in may listen to what is theirs.

GWS topics are aliases: ``/v2/me/emails`` has the same name for every agent and each hears only of
its own, so any subscription that covers ``/v2/me`` is allowed, the wide ones of real clients
(``/v2/me/*``, ``/**``) among them. Clients never publish.
"""

from __future__ import annotations

from collections.abc import Hashable

from tapestry.bayeux.message import Message
from tapestry.bayeux.session import Session

_OWN = "/v2/me"
_COVERING = frozenset({"/**", "/v2/**", "/v2/*"})


class AgentsOnly:
    """Lets agents subscribe to their own topics and nobody publish."""

    def may_handshake(self, principal: Hashable | None, message: Message) -> bool:
        """Allow a handshake to whoever is logged in."""
        return principal is not None

    def may_subscribe(self, session: Session, channel: str) -> bool:
        """Allow the agent's own topics, by name or by wildcard."""
        return channel in _COVERING or channel == _OWN or channel.startswith(f"{_OWN}/")

    def may_publish(self, session: Session | None, channel: str, message: Message) -> bool:
        """Refuse: notifications come from the server alone."""
        return False
