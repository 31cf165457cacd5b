"""Gives every live client the play that it takes part in.

On the recorded day all desktops worked on the same emails, so all clients share one play. A load
test, or a test suite that runs in parallel, wants the opposite: many desktops that each live the
same day from its beginning and do not get into each other's way. Then each has a play of its own,
and what other agents did on the tape is no longer waited for, since nobody is there to do it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum

from tapestry.player.bindings import Bindings, Counterparts
from tapestry.player.performance import Play
from tapestry.player.script import Script, write_script
from tapestry.player.stage import Pace
from tapestry.story.model import Delivery, Event, Story


class Sharing(StrEnum):
    """Who takes part in a play.

    ``all``: every client, each in the lane of its agent. ``none``: every client has its own play; a
    client is who keeps the player's session cookie, so each login without it begins anew.
    """

    ALL = "all"
    NONE = "none"


class Plays:
    """All plays of one player."""

    def __init__(
        self, story: Story, pace: Pace, counterparts: Counterparts, sharing: Sharing
    ) -> None:
        """Begin with the one play that is shared; those of single clients begin with them."""
        self.script: Script = write_script(story if sharing is Sharing.ALL else alone(story))
        self.sharing = sharing
        self._pace, self._counterparts = pace, counterparts
        self._first = self._begin()
        self._by_client: dict[str, Play] = {}

    def of(self, client: str) -> Play:
        """Return the play that ``client`` takes part in."""
        if self.sharing is Sharing.ALL:
            return self._first
        if client not in self._by_client:
            self._by_client[client] = self._begin()
        return self._by_client[client]

    def forget(self, client: str) -> None:
        """Remember ``client`` no longer."""
        self.of(client).forget(client)
        self._by_client.pop(client, None)

    def __iter__(self) -> Iterator[Play]:
        """Yield every play; the first one even when nobody takes part in any."""
        yield from self._by_client.values() or [self._first]

    def _begin(self) -> Play:
        return Play(self.script, self._pace, Bindings(self._counterparts))


def alone(story: Story) -> Story:
    """Return ``story`` as each agent sees it: what another's call caused comes unsolicited."""
    agents = {call.n: call.agent for call in story.calls}

    def seen(event: Event) -> Event:
        if isinstance(event, Delivery) and event.cause and agents[event.cause] != event.agent:
            return replace(event, cause=None, rule=None)
        return event

    return replace(story, events=tuple(map(seen, story.events)))
