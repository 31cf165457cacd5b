"""Compares what two counterparts say, and tells every place where they differ.

Equality is asked first and costs microseconds; only what differs reaches DeepDiff, which costs a
millisecond a pair and 170 ms to import. Two of its habits are switched off here:
``threshold_to_diff_deeper=0``, because it otherwise reports two objects that differ a lot as one
change and its exclusions no longer hold; and ``ignore_order``, which is quadratic and pairs changed
entries at random. Lists are keyed before: entries by their id, plain values by themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.judge.difference import ABSENT, Difference, Seen, Steps
from conformance.judge.steps import Step, canonical
from tapestry.story.alias import rename

_SEEN = {
    "dictionary_item_removed": Seen.REMOVED,
    "iterable_item_removed": Seen.REMOVED,
    "dictionary_item_added": Seen.ADDED,
    "iterable_item_added": Seen.ADDED,
    "type_changes": Seen.TYPE,
    "values_changed": Seen.VALUE,
}


def compare_contents(old: Step, new: Step, names: Mapping[str, str]) -> Iterator[Difference]:
    """Yield every difference between what ``old`` and ``new`` say.

    ``names`` calls the ids of ``new`` as their counterparts in the old story are called.
    """
    renamed = rename(new.content, names) if "#" in new.text else new.content
    if old.text == canonical(renamed):
        return
    for seen, path, mine, theirs in differences(old.content, renamed):
        yield Difference(seen, old, path, mine, theirs, new)


def differences(old: Any, new: Any) -> Iterator[tuple[Seen, Steps, Any, Any]]:
    """Yield what differs between two JSON values: what was seen, the path, and both values.

    An entry of a list that can be keyed stands in the path as ``[its key]``.
    """
    from deepdiff import DeepDiff

    left = unequal(old, new)
    if left is None:
        return
    found = DeepDiff(*left, threshold_to_diff_deeper=0, view="tree")
    for category, levels in found.items():
        seen = _SEEN[category]
        for level in levels:
            mine = ABSENT if seen is Seen.ADDED else level.t1
            theirs = ABSENT if seen is Seen.REMOVED else level.t2
            told = Seen.VALUE if _is_number(mine) and _is_number(theirs) else seen
            yield told, tuple(level.path(output_format="list")), mine, theirs


def unequal(old: Any, new: Any) -> tuple[Any, Any] | None:
    """Return both values without what is equal in them, ``None`` when nothing is left.

    Lists are keyed on the way. A list of objects with distinct ids, or of distinct plain values,
    becomes an object keyed by them, because the position of such an entry means nothing in these
    APIs; every other list is compared as it stands.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        return _unequal_members(old, new)
    if isinstance(old, list) and isinstance(new, list):
        entries, others = _by_key(old), _by_key(new)
        if entries is not None and others is not None:
            return _unequal_members(entries, others)
    return None if canonical(old) == canonical(new) else (old, new)


def _unequal_members(old: dict[str, Any], new: dict[str, Any]) -> tuple[Any, Any] | None:
    mine = {key: member for key, member in old.items() if key not in new}
    theirs = {key: member for key, member in new.items() if key not in old}
    for key in old.keys() & new.keys():
        left = unequal(old[key], new[key])
        if left is not None:
            mine[key], theirs[key] = left
    return (mine, theirs) if mine or theirs else None


def _by_key(entries: list[Any]) -> dict[str, Any] | None:
    keys = [_key(entry) for entry in entries]
    if None in keys or len(set(keys)) < len(keys):
        return None
    return {f"[{key}]": entry for key, entry in zip(keys, entries, strict=True)}


def _key(entry: Any) -> str | None:
    if isinstance(entry, dict):
        named = entry.get("id")
        return named if isinstance(named, str) else None
    return None if isinstance(entry, list) else _plain_key(entry)


def _plain_key(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
