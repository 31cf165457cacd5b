"""What can be set on a reference server.

The defaults are the house's own: agents, queues and topic paths that scenarios, targets and the
demo rely on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from conformance.reference.agents import HOUSE_AGENTS, Agent
from tapestry.bayeux.server import ServerSettings

HOUSE_QUEUES: Mapping[str, tuple[str, ...]] = {
    "support": ("alice", "bob", "carol"),
    "billing": ("bob", "carol"),
}
NOTIFICATIONS_PATH = "/api/v2/notifications"


class Order(StrEnum):
    """Which comes first on the wire: a notification or the HTTP answer that caused it.

    Both orders are seen in real traffic, so a client must live with ``MIXED``.
    """

    BEFORE = "before"
    AFTER = "after"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class ReferenceSettings:
    """One reference server; times in seconds.

    ``delay`` lies between an answer and its notification, whichever is first. ``seed`` fixes ids
    and the mixed order; ``None`` takes another one at every start. ``external_url`` is what URIs
    in resources begin with; by default the address on which the first request came in.
    """

    agents: tuple[Agent, ...] = HOUSE_AGENTS
    queues: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: HOUSE_QUEUES)
    csrf: bool = False
    csrf_on_cometd: bool = False
    order: Order = Order.MIXED
    delay: float = 0.005
    seed: int | None = None
    session_idle: float = 1800.0
    bayeux: ServerSettings = field(default_factory=ServerSettings)
    external_url: str | None = None
