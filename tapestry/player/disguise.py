"""Sees through the redaction of a tape: what may stand behind a pseudonym.

Redaction put pseudonyms where a live client sends real names, addresses and texts, under a key that
nobody has. What remains is the form: a pseudonym has the letters, digits and punctuation of its
value in the same places. That is enough to know a call again, and never enough to know the value.
"""

from __future__ import annotations

import re

from tapestry.player.bindings import Counterparts, Pair, no_counterparts
from tapestry.story.alias import Path, host_neutral
from tapestry.tape.model import Header
from tapestry.tape.policy import DEFAULT, Kind, Rule, Site, rule_for

_TYPED = re.compile(r"[a-z]+-[0-9a-f]{16}\Z")
"""The stand-in of a secret: nothing of its form is left."""

_PERSONAL = (Kind.LOGIN, Kind.ADDRESS, Kind.PHONE)
_SHAPES = [rule for rule in DEFAULT if rule.site is Site.SHAPE and rule.kind in _PERSONAL]
_PIECE = re.compile("(" + "|".join(find for rule in _SHAPES for find in rule.finds) + ")")
"""What redaction replaces within a text, whatever field it is in."""


def counterparts_on(header: Header) -> Counterparts:
    """Return what may stand for what on a tape: nothing unless it was redacted."""
    return counterparts if header.redaction else no_counterparts


def counterparts(path: Path, recorded: str, live: str) -> list[Pair] | None:
    """Pair the pseudonyms of a recorded text with the pieces of a live one that they may hide."""
    recorded, live = host_neutral(recorded), host_neutral(live)
    rule = _rule(path)
    if rule is not None and rule.kind is not Kind.KEEP:
        return [(recorded, live)] if is_disguise(recorded, live) else None
    ours, theirs = _PIECE.split(recorded), _PIECE.split(live)
    if ours[::2] != theirs[::2]:
        return None
    pairs = list(zip(ours[1::2], theirs[1::2], strict=True))
    return pairs if all(is_disguise(*pair) for pair in pairs) else None


def is_disguise(pseudonym: str, value: str) -> bool:
    """Tell whether ``pseudonym`` may stand for ``value``: the same form, or none of it."""
    return _TYPED.match(pseudonym) is not None or form(pseudonym) == form(value)


def form(text: str) -> str:
    """Return the form that redaction keeps: cases, digits and punctuation; of addresses less."""
    local, at, _ = re.sub("%40", "@", text).partition("@")
    return "".join(map(_form, local)) + at


def _form(character: str) -> str:
    if character.isdecimal():
        return "9"
    if character.isalpha():
        return "A" if character.isupper() else "a"
    return character


def _rule(path: Path) -> Rule | None:
    """Return the rule for the field at ``path``, looking past positions in arrays."""
    names = [step for step in path if isinstance(step, str)]
    if not names or names == ["path"]:
        return None
    return rule_for(Site.KEY, names[-1], names[-2] if len(names) > 1 else "")
