"""The agents who may log in, and how others name them.

A user is known by a 32-digit id in URIs and by a user name to people; GWS desktops find a
colleague's URI in the list of users, testers write ``/api/v2/users/alice``. Both are understood.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

_USER_URI = re.compile(r"(?:^|/)users/(?P<user>[^/?#]+)/?$")


@dataclass(frozen=True, slots=True)
class Agent:
    """A user with the agent role."""

    user_name: str
    first_name: str
    last_name: str
    password: str = field(repr=False)
    features: frozenset[str] = frozenset({"api-multimedia", "api-multimedia-email"})

    @property
    def id(self) -> str:
        """Return the user id: 32 hexadecimal digits, the same in every run."""
        return hashlib.sha256(f"user:{self.user_name}".encode()).hexdigest()[:32]

    @property
    def email_address(self) -> str:
        """Return the agent's own address."""
        return f"{self.user_name}@example.com"


HOUSE_AGENTS = tuple(
    Agent(name, name.capitalize(), last_name, f"{name}-pw")
    for name, last_name in (("alice", "Adams"), ("bob", "Baker"), ("carol", "Clark"))
)


class Roster:
    """All agents, in a fixed order, found by user name, id or URI."""

    def __init__(self, agents: Iterable[Agent]) -> None:
        """Keep ``agents``; user names must differ."""
        self._agents = {agent.user_name: agent for agent in agents}
        self._by_id = {agent.id: agent for agent in self._agents.values()}

    def __iter__(self) -> Iterator[Agent]:
        """Iterate in the order in which they were given."""
        return iter(self._agents.values())

    @property
    def names(self) -> tuple[str, ...]:
        """Return the user names, in order."""
        return tuple(self._agents)

    def find(self, name_or_id: str) -> Agent | None:
        """Return the agent with that user name or id."""
        return self._agents.get(name_or_id) or self._by_id.get(name_or_id)

    def find_uri(self, uri: str) -> Agent | None:
        """Return the agent at ``uri``, whatever its host; raises ``ValueError`` for no user URI."""
        found = _USER_URI.search(uri)
        if found is None:
            raise ValueError(f"not the URI of a user: {uri!r}")
        return self.find(unquote(found["user"]))
