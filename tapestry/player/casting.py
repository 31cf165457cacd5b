"""Who is who: which recorded agent each live client plays.

A client becomes an agent by its credentials, else by the first call that only one agent's lane has,
else by order of arrival. The last is a guess: it is told to the user, put off for as long as all
agents would get the same answer, and given up when a later call fits another agent only.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass, field
from enum import StrEnum

from tapestry.player.likeness import LiveCall


class How(StrEnum):
    """What made a client an agent, in words for people."""

    ONLY = "the only agent on the tape"
    CREDENTIALS = "by credentials"
    CALL = "by a call that only this agent made"
    ARRIVAL = "by order of arrival: credentials and calls so far fit several agents"


@dataclass(frozen=True, slots=True)
class Casting:
    """A decision: ``who`` plays ``agent``."""

    who: Hashable
    agent: str
    how: How


@dataclass(slots=True, eq=False)
class Client:
    """A live client: what is known of who it may be.

    ``fits`` are the agents that made every call it has made; ``asked`` the calls that it made while
    that was more than one; ``sessions`` its live Bayeux sessions with their subscriptions;
    ``decisions`` the numbers of what was decided about it.
    """

    who: Hashable
    fits: list[str]
    agent: str | None = None
    how: How | None = None
    asked: list[LiveCall] = field(default_factory=list)
    sessions: dict[str, set[str]] = field(default_factory=dict)
    decisions: list[int] = field(default_factory=list)


class Cast:
    """All live clients, in order of arrival, and the agents they play."""

    def __init__(self, agents: Collection[str]) -> None:
        """Begin with nobody; ``agents`` are the recorded ones, in order of appearance."""
        self.agents = list(agents)
        self.decided = 0
        self._decisions: dict[int, Casting] = {}
        self._untold: list[Casting] = []
        self._clients: dict[Hashable, Client] = {}

    def client(self, who: Hashable) -> Client:
        """Return the client ``who``, a new one when it is first heard of."""
        return self._clients.setdefault(who, Client(who, list(self.agents)))

    def give(self, client: Client, agent: str, how: How) -> None:
        """Let ``client`` play ``agent`` from now on."""
        client.agent, client.how = agent, how
        casting = Casting(client.who, agent, how)
        self.decided += 1
        self._decisions[self.decided] = casting
        client.decisions.append(self.decided)
        self._untold.append(casting)

    def forget(self, who: Hashable) -> Client | None:
        """Remember ``who`` no longer, unless it listens; returns whom was forgotten."""
        client = self._clients.get(who)
        if client is None or client.sessions:
            return None
        for number in client.decisions:
            del self._decisions[number]
        return self._clients.pop(who)

    @property
    def decisions(self) -> list[Casting]:
        """Return every decision about those who are remembered, in order."""
        return list(self._decisions.values())

    def untold(self) -> list[Casting]:
        """Return the decisions since this was last asked."""
        told, self._untold = self._untold, []
        return told

    def is_free(self, agent: str) -> bool:
        """Tell whether nobody plays ``agent``."""
        return all(client.agent != agent for client in self._clients.values())

    def first_free(self, agents: Collection[str]) -> str:
        """Return the first of ``agents`` that nobody plays, else the first."""
        return next(filter(self.is_free, agents), next(iter(agents)))

    def narrow(self, client: Client, agents: Collection[str]) -> list[str]:
        """Return whom ``client`` may be, now that it made a call that ``agents`` made."""
        both = [agent for agent in client.fits if agent in agents]
        client.fits = both or list(agents)
        return client.fits
