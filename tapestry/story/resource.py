"""Finds the resource that a notification is about: its id, its parent, its state.

A notification carries one resource beside its type: ``email`` in an EmailStateChangeMessage,
``call``, ``chat`` and so on in the others of the same machinery (GWS, CometD notifications). It is
found by its shape, so that an API which is only described by data needs no code here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def resource(data: Any) -> Mapping[str, Any] | None:
    """Return the first object in ``data`` that has an id, ``None`` when there is none."""
    if not isinstance(data, dict):
        return None
    members = (member for member in data.values() if isinstance(member, dict))
    return next((member for member in members if _text(member.get("id"))), None)


def resource_id(data: Any) -> str | None:
    """Return the id of the resource: the interaction that a notification is about."""
    return _text((resource(data) or {}).get("id"))


def parent_id(data: Any) -> str | None:
    """Return the interaction that the resource came from: a reply knows the email it answers."""
    return _text((resource(data) or {}).get("parentId"))


def state(data: Any) -> str | None:
    """Return the state that the resource is now in."""
    return _text((resource(data) or {}).get("state"))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
