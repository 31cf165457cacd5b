"""How far a play has come: which recorded calls the live clients have made, and when.

Everything that waits, a delivery for its cause, a call for the steps before it, asks here. A lane's
*head* is the furthest step it has made; a step before the head that was not made is *passed*: the
live desktop has chosen another order, or leaves it out.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from tapestry.player.script import Lane, Script, subject
from tapestry.story.model import Call, Delivery


@dataclass(frozen=True, slots=True)
class Moment:
    """The same moment twice: ``live`` in seconds of the play, ``recorded`` in ms of the tape."""

    live: float
    recorded: float


class Progress:
    """What has happened so far. Times are the play's own, in seconds."""

    def __init__(self, script: Script) -> None:
        """Begin at the beginning of ``script``."""
        self.script = script
        self.forced: dict[int, float] = {}
        self._received: dict[int, float] = {}
        self._answered: dict[int, float] = {}
        self._in_flight: set[int] = set()
        self._head: dict[str, int] = {}
        # By lane, the steps that somebody may still have to make, in order of the tape.
        self._open = {
            lane.agent: {step.n: step for step in lane.steps} for lane in script.lanes.values()
        }
        self._steps = {number for steps in self._open.values() for number in steps}

    def receive(self, call: Call, now: float) -> None:
        """Note that a live client made ``call``; a read may be made more than once."""
        self._received.setdefault(call.n, now)
        if self.is_step(call):
            self._in_flight.add(call.n)
            self._head[call.agent] = max(self.head(call.agent), call.n)
            self._close(call)

    def answer(self, n: int, now: float) -> None:
        """Note that the answer to call ``n`` has gone out."""
        self._answered.setdefault(n, now)
        self._in_flight.discard(n)

    def force(self, delivery: Delivery, now: float) -> None:
        """Let an unsolicited delivery go, whatever it still waits for."""
        self.forced[delivery.n] = now

    def is_step(self, call: Call) -> bool:
        """Tell whether others depend on ``call``."""
        return call.n in self._steps

    def head(self, agent: str) -> int:
        """Return the number of the furthest step that ``agent`` has made, 0 at the beginning."""
        return self._head.get(agent, 0)

    def made(self, call: Call) -> bool:
        """Tell whether ``call`` has been received."""
        return call.n in self._received

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
        for number, step in self._open[delivery.agent].items():
            if number > delivery.n:
                return
            yield step

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
        before = (offer for offer in lane.offers if offer.n < n)
        return all(self.is_due(offer) or self.given_up(offer) for offer in before)

    def _close(self, step: Call) -> None:
        """Await neither ``step`` any more nor what was about the same thing before it."""
        steps = self._open[step.agent]
        for number in [n for n in steps if n <= step.n]:
            if number == step.n or subject(steps[number]) == subject(step):
                del steps[number]
