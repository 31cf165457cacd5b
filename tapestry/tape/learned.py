"""Remembers the names and secrets that a recording has shown, to find them where no key names them.

A user's login stands under ``userName`` once and in a path, a uri or an error message the next
time. What was recognised by its key is therefore looked for as a whole word everywhere after.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from tapestry.tape.policy import STRUCTURAL_WORDS

MIN_LENGTH: Final = 3
MIN_DIGITS: Final = 6

_WORD = re.compile(r"\w+")


class Learned:
    """Values and their pseudonyms, found by the first word in them.

    ``newest`` collects what was learned until somebody takes it; ``found`` what was met again.
    """

    def __init__(self) -> None:
        """Begin with nothing learned."""
        self.newest: list[str] = []
        self.found: set[str] = set()
        self._pseudonyms: dict[str, str] = {}
        self._by_word: dict[str, list[tuple[str, int]]] = {}

    def __len__(self) -> int:
        """Return how many values are known."""
        return len(self._pseudonyms)

    def add(self, value: str, pseudonym: str, min_length: int = MIN_LENGTH) -> None:
        """Learn ``value``, unless it is too short or too common a word to be told apart."""
        least = MIN_DIGITS if value.isdecimal() else min_length
        common = value.lower() in STRUCTURAL_WORDS
        if len(value) < least or common or value in self._pseudonyms:
            return
        self._pseudonyms[value] = pseudonym
        self.newest.append(value)
        word = _WORD.search(value)
        if word:
            known = self._by_word.setdefault(word.group(), [])
            known.append((value, word.start()))
            known.sort(key=lambda item: -len(item[0]))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield every known value with its pseudonym, in the order in which they were learned."""
        return iter(self._pseudonyms.items())

    def whole(self, text: str) -> str | None:
        """Return the pseudonym of ``text``, ``None`` when it is not known."""
        pseudonym = self._pseudonyms.get(text)
        if pseudonym is not None:
            self.found.add(text)
        return pseudonym

    def may_stand_in(self, text: str) -> bool:
        """Tell whether a word of ``text`` begins a known value; cheap, for most have none."""
        return not self._by_word.keys().isdisjoint(_WORD.findall(text))

    def at(self, text: str, word: str, start: int) -> tuple[int, int, str] | None:
        """Return where the longest known value around ``word`` stands, and its pseudonym.

        ``word`` stands in ``text`` at ``start``. A value inside a longer word is not meant.
        """
        for value, offset in self._by_word.get(word, ()):
            begin = start - offset
            end = begin + len(value)
            if begin >= 0 and text.startswith(value, begin) and _apart(text, begin, end):
                self.found.add(value)
                return begin, end, self._pseudonyms[value]
        return None


def _apart(text: str, begin: int, end: int) -> bool:
    before, after = text[max(begin - 1, 0) : begin], text[end : end + 1]
    if before and (before.isalnum() or before in "_-."):
        return False
    if after == ".":
        return not text[end + 1 : end + 2].isalnum()
    return not (after and (after.isalnum() or after in "_-@"))


class Kept:
    """Values that stand for themselves; ``met`` collects those that were asked for."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        """Keep ``values``."""
        self.met: set[str] = set()
        self._values = frozenset(values)

    def __contains__(self, value: object) -> bool:
        """Tell whether ``value`` is kept."""
        if value not in self._values:
            return False
        self.met.add(str(value))
        return True
