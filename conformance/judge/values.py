"""Says how each value of a message is compared: exactly, by identity, by type, or by format.

Ids are compared by identity, and what varies by nature by its type; the catalogue knows which those
are. Redaction adds a third sort: every recording makes pseudonyms under a key of its own, so the
same address is another one on the next tape, but still the same wherever it stood, and of the same
format. On redacted tapes names, addresses and texts are therefore treated like ids, and their
format is kept beside the alias.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from tapestry.catalogue.identifiers import Identifiers, InUri
from tapestry.story.alias import Path
from tapestry.tape.policy import Kind, Site, rule_for

_CALLED = {
    Kind.NAME: "name",
    Kind.LOGIN: "name",
    Kind.MAILBOX: "address",
    Kind.ADDRESS: "address",
    Kind.PHONE: "phone",
    Kind.CARD: "card",
    Kind.PROSE: "text",
    Kind.FILE: "file",
    Kind.TOKEN: "secret",
    Kind.PASSWORD: "secret",
    Kind.COOKIE: "secret",
}
_FORMATTED = {"name", "phone", "card", "text", "file"}
"""What keeps its format under redaction; a secret does not, nor does the domain of an address."""

_LONGEST = 40
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Field:
    """How the values of one field are compared."""

    kind: str | None
    volatile: bool
    formatted: bool


class Values:
    """How to compare the values of a story; ``redacted`` when it comes from a redacted tape."""

    def __init__(self, identifiers: Identifiers, *, redacted: bool = True) -> None:
        """Ask the table ``identifiers``, once a field."""
        self._identifiers = identifiers
        self._redacted = redacted
        self._fields: dict[tuple[str, ...], Field] = {}

    def kind(self, path: Path, /) -> str | None:
        """Return the kind of what is compared by identity at ``path``, ``None`` for the rest."""
        return self.field(path).kind

    def in_uri(self, text: str, /) -> InUri | None:
        """Return the identifier that a uri ends with."""
        return self._identifiers.in_uri(text)

    def field(self, path: Path, /) -> Field:
        """Return how values at ``path`` are compared."""
        names = tuple([step for step in path if isinstance(step, str)])
        known = self._fields.get(names)
        if known is None:
            known = self._fields[names] = self._field(names)
        return known

    def _field(self, names: tuple[str, ...]) -> Field:
        kind, volatile = self._identifiers.kind(names), self._identifiers.volatile(names)
        if kind is not None or not names or not self._redacted:
            return Field(kind, volatile, formatted=False)
        rule = rule_for(Site.KEY, names[-1], names[-2] if len(names) > 1 else "")
        hidden = _CALLED.get(rule.kind) if rule else None
        return Field(hidden, volatile, formatted=hidden in _FORMATTED)


def format_of(text: str) -> str:
    """Return which characters stand where: ``Aaaa 00`` for ``Room 12``. Long texts are digested."""
    letters = "".join("A" if c.isupper() else "a" if c.isalpha() else c for c in text)
    shape = _DIGIT.sub("0", letters).replace("#", ".")
    if len(shape) <= _LONGEST:
        return shape
    digest = hashlib.blake2b(shape.encode(errors="surrogatepass"), digest_size=3).hexdigest()
    return f"{shape[:24]}… {len(text)} characters, {digest}"
