"""How far a play has come: which recorded calls the live clients have made, and when.

Everything that waits, a delivery for its cause, a call for the steps before it, asks here. A lane's
*head* is the furthest step it has made; a step before the head that was not made is *passed*: the
live desktop has chosen another order, or leaves it out.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from tapestry.player.script import Lane, Script, subject
from tapestry.story.model import Call, Delivery


@dataclass(frozen=True, slots=True)
class Moment:
    """The same moment twice: ``live`` in seconds of the play, ``recorded`` in ms of the tape."""

    live: float
    recorded: float


class Agenda:
    """The steps of one lane that somebody may still have to make, in order of the tape.

    Whatever is asked costs the same at the end of a long tape as at its beginning.
    """

    def __init__(self, lane: Lane) -> None:
        """Begin with every step of ``lane``."""
        self._steps = lane.steps
        self._first = 0
        self._open = {step.n for step in lane.steps}
        self._about = {name: deque(steps) for name, steps in lane.steps_about.items()}

    def until(self, n: int) -> Iterator[Call]:
        """Yield the open steps up to position ``n``."""
        while self._first < len(self._steps) and self._steps[self._first].n not in self._open:
            self._first += 1
        for index in range(self._first, len(self._steps)):
            step = self._steps[index]
            if step.n > n:
                return
            if step.n in self._open:
                yield step

    def close(self, step: Call) -> None:
        """Await neither ``step`` any more nor what was about the same thing before it."""
        alike = self._about[subject(step)]
        while alike and alike[0].n <= step.n:
            self._open.discard(alike.popleft().n)


class Progress:
    """What has happened so far. Times are the play's own, in seconds.

    ``version`` is another one whenever something has happened that others may depend on.
    """

    def __init__(self, script: Script) -> None:
        """Begin at the beginning of ``script``."""
        self.script = script
        self.forced: dict[int, float] = {}
        self.version = 0
        self._received: dict[int, float] = {}
        self._answered: dict[int, float] = {}
        self._in_flight: set[int] = set()
        self._head: dict[str, int] = {}
        self._agendas = {agent: Agenda(lane) for agent, lane in script.lanes.items()}
        self._steps = {step.n for lane in script.lanes.values() for step in lane.steps}
        self._unmade: dict[int, int] = {}
        self._due_offers = dict.fromkeys(script.lanes, 0)

    def receive(self, call: Call, now: float) -> None:
        """Note that a live client made ``call``; a read may be made more than once."""
        self._received.setdefault(call.n, now)
        if self.is_step(call):
            self._in_flight.add(call.n)
            self._head[call.agent] = max(self.head(call.agent), call.n)
            self._agendas[call.agent].close(call)
            self.version += 1

    def answer(self, n: int, now: float) -> bool:
        """Note that the answer to call ``n`` has gone out; tells whether for the first time."""
        first = n not in self._answered
        self._answered.setdefault(n, now)
        self._in_flight.discard(n)
        return first

    def force(self, delivery: Delivery, now: float) -> None:
        """Let an unsolicited delivery go, whatever it still waits for."""
        self.forced[delivery.n] = now
        self.version += 1

    def is_step(self, call: Call) -> bool:
        """Tell whether others depend on ``call``."""
        return call.n in self._steps

    def head(self, agent: str) -> int:
        """Return the number of the furthest step that ``agent`` has made, 0 at the beginning."""
        return self._head.get(agent, 0)

    def made(self, call: Call) -> bool:
        """Tell whether ``call`` has been received."""
        return call.n in self._received

    def first_unmade(self, alike: Sequence[Call]) -> int:
        """Return the index of the first of ``alike`` that has not been made, else their number.

        A group of the script is looked through once, not once a call.
        """
        group = alike[0].n if isinstance(alike, tuple) else None
        index = self._unmade.get(group, 0) if group is not None else 0
        while index < len(alike) and self.made(alike[index]):
            index += 1
        if group is not None:
            self._unmade[group] = index
        return index

    def passed(self, call: Call) -> bool:
        """Tell whether the agent has gone on without making ``call``."""
        return not self.made(call) and call.n < self.head(call.agent)

    def moment_of(self, call: Call, *, answered: bool) -> Moment | None:
        """Return when ``call`` was received (or answered), ``None`` when it has not been."""
        live = (self._answered if answered else self._received).get(call.n)
        recorded = call.at + call.took if answered else call.at
        return None if live is None else Moment(live, recorded)

    def awaited(self, delivery: Delivery) -> Iterator[Call]:
        """Yield the calls that ``delivery`` still waits for.

        That is its cause; unless its agent made that call, also every step before it in its own
        lane (an email is offered to whoever is ready), but for those that a later step about the
        same thing has made pointless.
        """
        if delivery.n in self.forced:
            return
        cause = self.script.cause_of(delivery)
        if cause is not None and not self.made(cause):
            yield cause
        if cause is not None and cause.agent == delivery.agent:
            return
        yield from self._agendas[delivery.agent].until(delivery.n)

    def is_due(self, delivery: Delivery) -> bool:
        """Tell whether nothing has still to be called before ``delivery``."""
        return next(self.awaited(delivery), None) is None

    def given_up(self, delivery: Delivery) -> bool:
        """Tell whether whoever should have brought ``delivery`` about has gone on without."""
        cause = self.script.cause_of(delivery)
        if cause is not None and not self.made(cause):
            return self.passed(cause)
        return delivery.n < self.head(delivery.agent)

    def steps_before(self, delivery: Delivery) -> Iterator[Call]:
        """Yield the last step made that the tape has before ``delivery`` in its own lane.

        And those whose answer has still to go out.
        """
        steps = self.script.lanes[delivery.agent].steps
        for index in range(bisect_left(steps, delivery.n, key=attrgetter("n")) - 1, -1, -1):
            if self.made(steps[index]):
                yield steps[index]
                break
        in_flight = (self.script.calls[number] for number in self._in_flight)
        yield from (c for c in in_flight if c.agent == delivery.agent and c.n < delivery.n)

    def reached(self, lane: Lane, n: int) -> bool:
        """Tell whether ``lane`` is at position ``n``: all before it has happened or was passed."""
        ahead = bisect_right(lane.steps, self.head(lane.agent), key=attrgetter("n"))
        if ahead < len(lane.steps) and lane.steps[ahead].n < n:
            return False
        return all(self.is_due(offer) or self.given_up(offer) for offer in self._offers(lane, n))

    def _offers(self, lane: Lane, n: int) -> Iterator[Delivery]:
        """Yield the offers to ``lane`` before position ``n``, but for those known to be due.

        What is due once stays so.
        """
        first = self._due_offers[lane.agent]
        while first < len(lane.offers) and self.is_due(lane.offers[first]):
            first += 1
        self._due_offers[lane.agent] = first
        for index in range(first, len(lane.offers)):
            if lane.offers[index].n >= n:
                return
            yield lane.offers[index]
