"""Tells language from letters drawn at random, and random text from words, by statistics.

A cassette has other letters in the place of names and texts, each as likely as any. So if what
stands under names of people or in mails has the letter frequencies of a language, nobody has
replaced it. And a long text in which no letter is more likely than another is a key, not a word.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Final

LEAST_LETTERS: Final = 14
"""With fewer, chance decides."""
EVIDENCE: Final = 6.0
"""Natural logarithm of how much likelier language must be than chance."""
LEAST_KEY: Final = 20
LEAST_ENTROPY: Final = 3.5
"""Bits a character; words of 20 letters or more mostly have less."""

# Per thousand letters, mean of English, German, French, Spanish and Italian texts and names.
_COMMON = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        (91, 17, 36, 38, 138, 12, 20, 26, 78, 6, 8, 50, 28, 78, 66, 24, 5, 68, 68, 70, 40, 13, 9, 3,
         9, 7),
        strict=True,
    )
)  # fmt: skip
_WEIGHT = {letter: math.log(share / 1000 * 26) for letter, share in _COMMON.items()}
_MARKUP = re.compile(
    r"<[^<>]*>|&#?\w+;|\b(?:https?|ftp|mailto|tel|cid|data):|[\w.+-]+(?:@|%40)[\w.-]+|\bRe:|\bFwd?:"
)
_KEY = re.compile(rf"(?<![\w+/.-])[A-Za-z0-9+/_-]{{{LEAST_KEY},}}={{0,2}}(?![\w+/=-])")


def reads_like_language(texts: list[str]) -> bool:
    """Tell whether ``texts`` taken together are language rather than letters by chance."""
    letters = _letters(texts)
    evidence = sum(_WEIGHT[char] for char in letters)
    return len(letters) >= LEAST_LETTERS and evidence >= EVIDENCE


def is_little(texts: list[str]) -> bool:
    """Tell whether ``texts`` have too few letters to be judged by themselves."""
    return len(_letters(texts)) < LEAST_LETTERS * 2


def _letters(texts: list[str]) -> list[str]:
    return [char for text in texts for char in _MARKUP.sub(" ", text).lower() if char in _WEIGHT]


def keys_in(text: str) -> list[str]:
    """Return the long pieces of ``text`` that look like keys: all kinds of characters, no order."""
    found = (segment for piece in _KEY.findall(text) for segment in _segments(piece))
    return [segment for segment in found if _is_key(segment)]


def _segments(piece: str) -> list[str]:
    """Return the parts of a path, each to be judged by itself; a key may hold slashes too."""
    segments = piece.split("/")
    is_path = any(len(part) > 2 and part.isalpha() and part.islower() for part in segments)
    return [part for part in segments if len(part) >= LEAST_KEY] if is_path else [piece]


def _is_key(piece: str) -> bool:
    kinds = (r"[a-z]", r"[A-Z]", r"[0-9].*[0-9]")
    return all(re.search(kind, piece) for kind in kinds) and entropy(piece) >= LEAST_ENTROPY


def entropy(text: str) -> float:
    """Return the entropy of ``text`` by the counts of its characters, in bits a character."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
