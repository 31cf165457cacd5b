"""What of a recorded message must come again, and what only has to be of the same kind.

A recording holds three sorts of values. Identifiers differ in every run and must agree within one:
they become aliases. Values that a server chooses anew (dates, ``metrics``), personal data (which a
recording holds as pseudonyms) and everything attached in ``userData`` must only be of the recorded
type. All others are part of the contract and must be equal. Members that the recording does not
have are told as notes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.judge.match import json_type
from conformance.judge.matchers import (
    Alias,
    AliasedText,
    Anything,
    Contains,
    Extra,
    Host,
    Items,
    Literal,
    Matcher,
    Members,
    OfType,
)

Path = tuple[str | int, ...]

ATTACHED = "userData"

PERSONAL = frozenset(
    {
        "assignedTo",
        "bcc",
        "body",
        "bodyAsPlainText",
        "cc",
        "comment",
        "displayName",
        "emailAddress",
        "firstName",
        "from",
        "lastName",
        "subject",
        "to",
        "userName",
        "users",
    }
)
"""Members whose value is personal, or the target's own; recordings hold pseudonyms of them."""

_ALIAS = re.compile(r"\b([a-z][a-z-]*)(#+)(\d+)")
_HOST = re.compile(r"https?://[^/?#\s]+(?=/)")


@dataclass(frozen=True, slots=True)
class Rules:
    """How recorded values, with aliases for identifiers, are read as expectations.

    ``volatile`` tells of a path whether its value is chosen anew each time; ``known`` gives what
    must stand at a path for another reason (the subject that was asked for). In the answer to a
    read, a list may hold more than it did: other emails, other users (``reading``).
    """

    volatile: Callable[[Path], bool]
    known: Mapping[Path, Matcher] = field(default_factory=dict)
    reading: bool = False

    def matcher(self, value: Any, path: Path = ()) -> Matcher:
        """Return what must come in place of the recorded ``value`` at ``path``."""
        if path in self.known:
            return self.known[path]
        if self.volatile(path):
            return of_the_same_type(value)
        if path and path[-1] in PERSONAL and not _is_alias(value):
            return of_the_same_type(value)
        if isinstance(value, dict):
            members = {key: self.matcher(member, (*path, key)) for key, member in value.items()}
            return Members(members, Extra.ALLOW if ATTACHED in path else Extra.REPORT)
        if isinstance(value, list):
            return self._list(value, path)
        if ATTACHED in path and not _is_alias(value):
            return of_the_same_type(value)
        return aliased(value) if isinstance(value, str) else Literal(value)

    def _list(self, value: list[Any], path: Path) -> Matcher:
        items = tuple(self.matcher(item, (*path, n)) for n, item in enumerate(value))
        if self.reading:
            return Contains(items)
        return Items(items, ordered=any(isinstance(item, dict | list) for item in value))


def of_the_same_type(value: Any) -> Matcher:
    """Return a matcher for any value of the type of ``value``; null may have become anything."""
    return Anything() if value is None else OfType((json_type(value),))


def aliased(text: str) -> Matcher:
    """Return a matcher for text in which aliases stand for identifiers, and any host will do."""
    host = _HOST.match(text)
    parts: list[str | Alias | Host] = [Host()] if host else []
    parts.extend(split_aliases(text[host.end() :] if host else text))
    match parts:
        case [Alias() as alone]:
            return alone
        case [str(literal)]:
            return Literal(literal)
        case []:
            return Literal("")
    return AliasedText(tuple(parts))


def split_aliases(text: str) -> list[str | Alias]:
    """Return the literal stretches of a substituted text and the aliases between them.

    Text that only looks like an alias was escaped by doubling its ``#``, which is undone.
    """
    parts: list[str | Alias] = []
    literal, position = "", 0
    for found in _ALIAS.finditer(text):
        literal += text[position : found.start()]
        position = found.end()
        if len(found[2]) > 1:
            literal += f"{found[1]}{found[2][1:]}{found[3]}"
            continue
        if literal:
            parts.append(literal)
        literal = ""
        parts.append(Alias(found[0]))
    literal += text[position:]
    return [*parts, literal] if literal else parts


def as_template(text: str) -> str:
    """Return a substituted text as a template: each alias a variable."""
    return "".join(
        f"${{{part.name}}}" if isinstance(part, Alias) else part.replace("${", "$${")
        for part in split_aliases(text)
    )


def as_templates(value: Any, replace: Callable[[str], str | None]) -> Any:
    """Return a substituted JSON value with templates for its texts.

    ``replace`` may give another template for a whole text.
    """
    if isinstance(value, dict):
        return {key: as_templates(member, replace) for key, member in value.items()}
    if isinstance(value, list):
        return [as_templates(item, replace) for item in value]
    if isinstance(value, str):
        return replace(value) or as_template(value)
    return value


def _is_alias(value: Any) -> bool:
    return isinstance(value, str) and _ALIAS.fullmatch(value) is not None
