"""Knows the ids that the recorded desktop made up, for the live one will make up others.

A desktop numbers what it creates, an attachment to be uploaded for one. On the tape such an id
stands first in what the client sent. A live call may have another one in its place; the two are
bound from then on, and what the tape answers or tells afterwards shows the live one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tapestry.player.bindings import Counterparts, Pair
from tapestry.story.alias import Fields, Path, identifiers
from tapestry.story.model import Call, Delivery, Story


def invented(story: Story, fields: Fields) -> frozenset[str]:
    """Return the ids that a client sent before any server had named them.

    Only those that stand bare in a request's body: a uri leads to something that was there.
    """
    calls = (event for event in story.events if isinstance(event, Call) and event.request)
    if not any(True for call in calls for _ in _bare(call.request, fields)):
        return frozenset()  # and no answer need be looked at
    named: set[str] = set()
    found: set[str] = set()
    for event in story.events:
        if isinstance(event, Call):
            found.update(set(_bare(event.request, fields)) - named)
            named.update(_named(event.body, fields))
        elif isinstance(event, Delivery):
            named.update(_named(event.data, fields))
    return frozenset(found)


def with_invented(others: Counterparts, ids: Collection[str], fields: Fields) -> Counterparts:
    """Return ``others`` and, besides, that an invented id may be another one."""
    if not ids:
        return others

    def counterparts(path: Path, recorded: str, live: str) -> list[Pair] | None:
        pairs = others(path, recorded, live)
        if pairs is not None:
            return list(pairs)
        if path == ("path",):
            return _segments(recorded, live, ids)
        if recorded in ids and fields.kind(path) is not None:
            return [(recorded, live)]
        return None

    return counterparts


def _segments(recorded: str, live: str, ids: Collection[str]) -> list[Pair] | None:
    ours, theirs = recorded.split("/"), live.split("/")
    if len(ours) != len(theirs):
        return None
    pairs = [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]]
    return pairs if all(mine in ids for mine, _ in pairs) else None


def _bare(request: object, fields: Fields) -> Iterator[str]:
    """Yield the ids that stand bare in a request's body."""
    for found in identifiers(request, fields):
        if isinstance(found.value, str) and _at(request, found.path) == found.value:
            yield found.value


def _named(value: object, fields: Fields) -> Iterator[str]:
    yield from (str(found.value) for found in identifiers(value, fields))


def _at(value: object, path: Path) -> object:
    for step in path:
        value = value[step]  # type: ignore[index]  # the path was found in this very value
    return value
