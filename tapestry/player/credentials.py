"""Knows a recorded agent by the user name of a live client.

A tape seldom holds credentials, but it holds what the server told each agent about itself. The
user name of live Basic credentials is compared with that and forgotten; passwords are not looked
at, for a player lets everybody in.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from typing import Any

from tapestry.player.disguise import is_disguise
from tapestry.player.likeness import resource
from tapestry.story.model import Call
from tapestry.tape.model import Cassette, Exchange

USER_NAME = "userName"
"""The member of the user resource that is also the login name (GWS, Interpreting a Response)."""


class Credentials:
    """The user names of the recorded agents."""

    def __init__(self, cassette: Cassette, calls: Iterable[Call]) -> None:
        """Find them: in Basic credentials, and in what ``GET …/me`` told each agent."""
        self._redacted = bool(cassette.header.redaction)
        self._agents: dict[str, set[str]] = {}
        for call in calls:
            entry = cassette.entries[call.entry]
            if isinstance(entry, Exchange):
                for name in (*_sent_names(entry), *_told_names(entry)):
                    self._agents.setdefault(name, set()).add(call.agent)

    def agent_of(self, authorization: str) -> str | None:
        """Return the one agent that an Authorization header names, ``None`` when unclear.

        On a redacted tape names are pseudonyms; one that fits a single agent only will do.
        """
        user = basic_user(authorization)
        if user is None:
            return None
        agents = self._agents.get(user, set())
        if not agents and self._redacted:
            fitting = (found for name, found in self._agents.items() if is_disguise(name, user))
            agents = set().union(*fitting)
        return next(iter(agents)) if len(agents) == 1 else None


def basic_user(authorization: str) -> str | None:
    """Return the user name of Basic credentials (RFC 7617), ``None`` for anything else."""
    scheme, _, encoded = authorization.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, _ = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user if colon else None


def _sent_names(entry: Exchange) -> Iterator[str]:
    for name, value in entry.request.headers:
        if name.lower() == "authorization" and (user := basic_user(value)):
            yield user


def _told_names(entry: Exchange) -> Iterator[str]:
    if resource(entry.request.path).endswith("/me"):
        yield from _names(entry.response.body.json)


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, member in value.items():
            if key == USER_NAME and isinstance(member, str):
                yield member
            else:
                yield from _names(member)
