"""Puts pseudonyms in the place of values, the same one for the same value all over a cassette.

Identity must survive (an address is still the same address in the next message, so causes, replay
and comparisons work) while the value must not. Pseudonyms come from a keyed hash whose key is
made for one recording and never stored. Formats are kept: letters stay letters of the same
case, digits digits, punctuation and lengths as they were.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Collection

ATTEMPTS = 20

_RUN = re.compile(r"[^\W\d_]+|\d+")
_WORD = "word"
_AT = re.compile("@|%40")
_LOWER = "àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþ"
_UPPER = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞ"


class Pseudonyms:
    """Makes pseudonyms under one key."""

    def __init__(self, key: bytes | None = None, reserved: Collection[str] = ()) -> None:
        """Take ``key`` (fresh random bytes when absent); ``reserved`` words are never made up."""
        self._key = key or secrets.token_bytes(32)
        self._made: dict[tuple[str, str], str] = {}
        self._taken: set[tuple[str, str]] = {(_WORD, word) for word in reserved}

    def typed(self, kind: str, value: str) -> str:
        """Return ``kind-`` and 16 hexadecimal digits: the stand-in of a secret."""
        return f"{kind}-{self._stream(kind, value, 8).hex()}"

    def words(self, value: str) -> str:
        """Return ``value`` with every word and number in it replaced on its own.

        So a full name is made of the pseudonyms of its parts, whatever their case.
        """
        return _RUN.sub(lambda run: self._word(run.group()), value)

    def address(self, value: str) -> str:
        """Return the stand-in of ``local@domain``; its domain ends in ``.example.com``."""
        at = _AT.search(value)
        assert at is not None
        local, domain = value[: at.start()], value[at.end() :]
        label = _alike("x" * 8, self._stream("domain", domain.lower(), 8))
        return f"{self.words(local)}{at.group()}{label}.example.com"

    def prose(self, value: str, whole: str | None = None) -> str:
        """Return ``value`` with other letters and digits, as part of the text ``whole``."""
        if not value:
            return value
        seed = value if whole is None else f"{whole}\0{value}"
        return _alike(value, self._stream("prose", seed, len(value)))

    def digits(self, value: str) -> str:
        """Return ``value`` with other digits: the same for the same digits however grouped."""
        plain = "".join(char for char in value if char.isdecimal())
        other = iter(self._unlike("digits", plain))
        return "".join(next(other) if char.isdecimal() else char for char in value)

    def integer(self, value: int) -> int:
        """Return another integer of as many digits and the same sign."""
        digits = self._unlike("integer", str(abs(value)))
        first = digits[0] if digits[0] != "0" else "7"
        return int(first + digits[1:]) * (-1 if value < 0 else 1)

    def _word(self, word: str) -> str:
        plain = self._unlike(_WORD, "".join(map(_lower, word)))
        letters = zip(word, plain, strict=True)
        return "".join(new.upper() if old.isupper() else new for old, new in letters)

    def _unlike(self, kind: str, value: str) -> str:
        """Return text alike ``value`` but not equal to it, nor to that of another value."""
        made = self._made.get((kind, value))
        if made is None:
            made = self._make(kind, value)
            self._taken.add((kind, made))
            self._made[kind, value] = made
        return made

    def _make(self, kind: str, value: str) -> str:
        made = value
        for attempt in range(ATTEMPTS):
            made = _alike(value, self._stream(f"{kind}{attempt}", value, len(value)))
            if made != value and (kind, made) not in self._taken:
                break
        return made

    def _stream(self, kind: str, value: str, length: int) -> bytes:
        message = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
        seed = hmac.digest(self._key, message, "sha256")
        return hashlib.shake_256(seed).digest(length)


def _alike(text: str, stream: bytes) -> str:
    return "".join(map(_other, text, stream))


def _lower(char: str) -> str:
    """Return ``char`` in lower case where that is one character."""
    low = char.lower()
    return low if len(low) == 1 else char


def _other(char: str, byte: int) -> str:
    if char.isascii():
        if char.isalpha():
            letters = string.ascii_lowercase if char.islower() else string.ascii_uppercase
            return letters[byte % 26]
        return string.digits[byte % 10] if char.isdigit() else char
    if char.isalpha():
        letters = _UPPER if char.isupper() else _LOWER
        return letters[byte % len(letters)]
    return string.digits[byte % 10] if char.isdecimal() else char
