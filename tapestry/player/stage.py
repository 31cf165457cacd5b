"""Decides when each recorded delivery may go out, and to which live sessions.

A delivery follows its cause, never a poll: it is released when the call it follows from has been
received (answered, if the tape has it after the answer), all before it on its track are out, and
somebody listens. A client's think time therefore changes nothing, and neither do the number of its
polls or its transport.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from tapestry.bayeux.channel import patterns_of
from tapestry.bayeux.message import is_service
from tapestry.player.progress import Moment, Progress
from tapestry.player.script import Lane, Track
from tapestry.story.model import Call, Delivery

MS = 1000.0


class Timing(StrEnum):
    """How long a delivery waits once it may go.

    ``causal``: not at all, but one that was recorded after its call's answer waits for the answer.
    ``recorded``: besides, the gap that the tape has between it and what released it.
    ``none``: not even for the answer; only cause and order count.
    """

    CAUSAL = "causal"
    RECORDED = "recorded"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Pace:
    """The timing of a play; ``speed`` 2 halves the recorded gaps."""

    timing: Timing = Timing.CAUSAL
    speed: float = 1.0

    def after(self, moment: Moment, recorded: float) -> float:
        """Return when in the play that comes which the tape has at ``recorded`` ms."""
        if self.timing is not Timing.RECORDED:
            return moment.live
        return moment.live + max(0.0, recorded - moment.recorded) / MS / self.speed


@dataclass(frozen=True, slots=True)
class Release:
    """Give ``delivery`` to live ``session`` now."""

    session: str
    delivery: Delivery


@dataclass(slots=True)
class Seat:
    """A recorded track and the live sessions that hear it now."""

    track: Track
    waiting: list[Delivery]
    live: dict[str, None] = field(default_factory=dict)
    since: Moment | None = None
    last: Moment | None = None


class Stage:
    """One agent's deliveries: what waits, who listens, what goes out when."""

    def __init__(self, lane: Lane, progress: Progress, pace: Pace) -> None:
        """Begin with every delivery of ``lane`` waiting and nobody listening."""
        self._progress = progress
        self._pace = pace
        self._seats = [Seat(track, list(track.deliveries)) for track in lane.tracks]
        self._channels: dict[str, set[str]] = {}

    @property
    def taken(self) -> bool:
        """Tell whether any live session listens."""
        return bool(self._channels)

    @property
    def waiting(self) -> list[Delivery]:
        """Return the deliveries that have not gone out, in order of the tape."""
        return sorted((d for seat in self._seats for d in seat.waiting), key=lambda d: d.n)

    def seat(self, session: str, channels: set[str], now: float) -> None:
        """Let a live session hear the first track that nobody hears; else the first one too.

        ``channels`` are its subscriptions and may change later. A page that is loaded again opens
        a second session before the first has expired: it must not be left without a track.
        """
        self._channels[session] = channels
        if not self._seats:
            return
        seat = next((seat for seat in self._seats if not seat.live), self._seats[0])
        seat.live[session] = None
        seat.since = seat.since or Moment(now, seat.track.began)

    def leave(self, session: str) -> None:
        """Let a live session go; its track waits for the next one."""
        self._channels.pop(session, None)
        for seat in self._seats:
            seat.live.pop(session, None)

    def has_for(self, channels: set[str]) -> bool:
        """Tell whether a session with these subscriptions would be given something at once."""
        return any(
            self._progress.is_due(delivery) and _hears(channels, delivery.channel)
            for seat in self._seats
            for delivery in seat.waiting
        )

    def force(self, now: float) -> Delivery | None:
        """Let the next unsolicited delivery go before all others; ``None`` when there is none.

        When several tabs were told the same, all of them are told.
        """
        chosen = next((d for d in self.waiting if self._is_held_back(d)), None)
        if chosen is None:
            return None
        for seat in self._seats:
            same = (
                d for d in seat.waiting if d.channel == chosen.channel and d.data == chosen.data
            )
            twin = next(filter(self._is_held_back, same), None)
            if twin is not None:
                self._progress.force(twin, now)
                seat.waiting.remove(twin)
                seat.waiting.insert(0, twin)
        return chosen

    def _is_held_back(self, delivery: Delivery) -> bool:
        unsolicited = self._progress.script.cause_of(delivery) is None
        return unsolicited and delivery.n not in self._progress.forced

    def release(self, now: float) -> list[Release]:
        """Return what goes out now, in order of each track; it no longer waits then."""
        return [release for seat in self._seats for release in self._release(seat, now)]

    def next_deadline(self) -> float | None:
        """Return when the next delivery goes out if nothing else happens, ``None`` if never."""
        if self._pace.timing is not Timing.RECORDED:
            return None
        times = (next(self._ready(seat), None) for seat in self._seats)
        return min((found[1] for found in times if found), default=None)

    def _release(self, seat: Seat, now: float) -> Iterator[Release]:
        while (found := next(self._ready(seat), None)) and found[1] <= now:
            delivery, _, listeners = found
            seat.waiting.remove(delivery)
            seat.last = Moment(now, delivery.at)
            yield from (Release(session, delivery) for session in listeners)

    def _ready(self, seat: Seat) -> Iterator[tuple[Delivery, float, list[str]]]:
        """Yield the deliveries of a seat that only time still keeps, with their time and ears.

        One that waits for a call keeps those behind it, in the order of the tape, unless the
        agent who should make the call has gone on without. One that nobody listens for keeps none.
        """
        for delivery in seat.waiting:
            if not self._progress.is_due(delivery):
                if self._progress.given_up(delivery):
                    continue
                return
            listeners = [s for s in seat.live if _hears(self._channels[s], delivery.channel)]
            if listeners:
                start = self._start(delivery, seat)
                if start is None:
                    return
                yield delivery, start, listeners

    def _start(self, delivery: Delivery, seat: Seat) -> float | None:
        """Return when ``delivery`` goes out, ``None`` while an answer has to go out before.

        What releases it is the last thing, by the tape, that it had to wait for.
        """
        if delivery.n in self._progress.forced:
            return self._progress.forced[delivery.n]
        moments = [self._moment(call, delivery) for call in self._before(delivery)]
        known = [moment for moment in (seat.since, seat.last, *moments) if moment]
        if None in moments:
            return None
        start = self._pace.after(max(known, key=lambda moment: moment.recorded), delivery.at)
        return max(start, seat.last.live) if seat.last else start

    def _before(self, delivery: Delivery) -> Iterator[Call]:
        """Yield the calls made that let ``delivery`` go: its cause, steps of its own lane."""
        cause = self._progress.script.cause_of(delivery)
        if cause is not None:
            yield cause
        if cause is None or cause.agent != delivery.agent:
            yield from self._progress.steps_before(delivery)

    def _moment(self, call: Call, delivery: Delivery) -> Moment | None:
        after_answer = delivery.at >= call.at + call.took
        answered = after_answer and self._pace.timing is not Timing.NONE
        return self._progress.moment_of(call, answered=answered)


def _hears(channels: set[str], channel: str) -> bool:
    """Tell whether a session with these subscriptions is given a message on ``channel``.

    Service channels need no subscription (Bayeux 1.0, section 2.2.2).
    """
    return is_service(channel) or not channels.isdisjoint(patterns_of(channel))
