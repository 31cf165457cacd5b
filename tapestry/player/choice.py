"""Chooses the recorded call that answers a live one, or tells what stands in the way.

Like calls on a tape differ by when they were made. A write is played once, and not before what it
depends on. A read may be asked again: it gets the answer that held where the lane now stands, so
that a change in between shows, and one that is still to come does not.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Any

from tapestry.player.likeness import LiveCall, resource
from tapestry.player.progress import Progress
from tapestry.player.script import Lane, asked, is_read
from tapestry.story.model import Call

Likes = Callable[[Call, LiveCall], bool]


@dataclass(frozen=True, slots=True)
class Nothing:
    """The lane has no recorded call like this one."""


@dataclass(frozen=True, slots=True)
class AllUsed:
    """The lane has such calls (``last`` is the last of them), but all have been played."""

    last: Call


@dataclass(frozen=True, slots=True)
class TooEarly:
    """The lane has such a call, but ``awaited`` come before it on the tape."""

    call: Call
    awaited: tuple[Call, ...]


Choice = Call | Nothing | AllUsed | TooEarly


def choose(
    live: LiveCall, lane: Lane, progress: Progress, likes: Likes, *, exact: bool = False
) -> Choice:
    """Return the call of ``lane`` whose answer ``live`` gets now, or why there is none.

    ``exact`` says that no value may stand for another: then only what is asked the same is like.
    """
    like = _like(live, lane, likes, exact=exact)
    if not like:
        return Nothing()
    return (_choose_read if is_read(like[0]) else _choose_write)(like, lane, progress)


def _like(live: LiveCall, lane: Lane, likes: Likes, *, exact: bool) -> Sequence[Call]:
    """Return the calls of ``lane`` that are like ``live``, in order."""
    shelf = lane.shelf.get((live.method, resource(live.path)))
    if exact and shelf is not None and (same := shelf.get(asked(live.query, live.body))):
        return same
    if shelf is None:
        if exact:
            return ()
        # A path may hold a pseudonym: then it is not found by name, only by going through all.
        groups = chain.from_iterable(shelf.values() for shelf in lane.shelf.values())
    else:
        groups = chain(shelf.values())
    found = [group for group in groups if likes(group[0], live)]
    if not found:
        return ()
    return found[0] if len(found) == 1 else sorted(chain(*found), key=attrgetter("n"))


def _choose_write(like: Sequence[Call], lane: Lane, progress: Progress) -> Choice:
    begin = progress.first_unmade(like)
    if begin == len(like):
        return AllUsed(like[-1])
    unused = filter(lambda call: not progress.made(call), _from(like, begin))
    ready = (call for call in unused if next(_before_write(call, lane, progress), None) is None)
    first = next(ready, None)
    if first is None:
        return TooEarly(like[begin], _in_order(_before_write(like[begin], lane, progress)))
    head = progress.head(lane.agent)
    return next((call for call in chain([first], ready) if call.n > head), first)


def _choose_read(like: Sequence[Call], lane: Lane, progress: Progress) -> Choice:
    # What is reached comes before what is not.
    count = bisect_left(like, True, key=lambda call: not progress.reached(lane, call.n))
    if count == 0:
        awaited = _in_order(_before_read(like[0], lane, progress))
        return TooEarly(like[0], awaited) if awaited else like[0]
    # After the head and never asked for: the tape has it for just this moment.
    after_head = bisect_right(like, progress.head(lane.agent), hi=count, key=attrgetter("n"))
    begin = max(after_head, progress.first_unmade(like))
    fresh = (call for call in _from(like, begin, count) if not progress.made(call))
    answered = (like[index] for index in range(count - 1, -1, -1) if like[index].status)
    return next(fresh, None) or next(answered, like[count - 1])


def _from(calls: Sequence[Call], begin: int, end: int | None = None) -> Iterator[Call]:
    """Yield a part of ``calls``, without the cost of a slice."""
    return (calls[index] for index in range(begin, len(calls) if end is None else end))


def _before_write(call: Call, lane: Lane, progress: Progress) -> Iterator[Call]:
    """Yield what must happen before a write: earlier steps and news about the same interaction."""
    if call.interaction is not None:
        yield from _before(call, call.interaction, lane, progress)


def _before_read(call: Call, lane: Lane, progress: Progress) -> Iterator[Call]:
    """Yield what must happen before a read that the tape has later only.

    Its answer may be given early (a desktop may ask in another order) unless it shows what has not
    happened yet: an interaction that is still to come, or that is still to change.
    """
    shown = progress.script.interactions.intersection(_texts([call.path, call.body]))
    for interaction in shown:
        yield from _before(call, interaction, lane, progress)


def _before(call: Call, interaction: str, lane: Lane, progress: Progress) -> Iterator[Call]:
    """Yield the steps that the tape has before ``call`` and that its interaction depends on."""
    for step in lane.steps_about.get(interaction, ()):
        if step.n < call.n and not progress.made(step):
            yield step
    for delivery in lane.news_about.get(interaction, ()):
        if delivery.n < call.n:
            yield from filter(progress.is_step, progress.awaited(delivery))


def _in_order(calls: Iterable[Call]) -> tuple[Call, ...]:
    """Return each call once, in the order of the tape."""
    by_number = {call.n: call for call in calls}
    return tuple(by_number[number] for number in sorted(by_number))


def _texts(value: Any) -> Iterator[str]:
    """Yield every string of a JSON value, and the segments of those that are paths or uris."""
    if isinstance(value, dict):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)
    elif isinstance(value, str):
        yield value
        yield from resource(value).split("/")
