"""Puts pseudonyms in the place of values, the same one for the same value all over a cassette.

Identity must survive (an address is still the same address in the next message, so causes, replay
and comparisons work) while the value must not. Pseudonyms come from a keyed hash whose key is
made for one recording and never stored. Formats are kept: letters stay letters of the same
case, digits digits, punctuation and lengths as they were. Numbers begin with 999, which no
telephone number (ITU-T E.164) and no payment card (ISO/IEC 7812) does, so nobody takes them for
real ones.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Collection, Container

ATTEMPTS = 20
UNREAL = "999"
"""How numbers of six digits or more begin that stand for another."""

_RUN = re.compile(r"[^\W\d_]+|\d+")
_WORD = "word"
_NUMBER = "number"
_AT = re.compile("@|%40")
_BEYOND_ASCII = re.compile("[^\\x00-\\x7f]")
_LOWER = "àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþ"
_UPPER = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞ"


class Pseudonyms:
    """Makes pseudonyms under one key."""

    def __init__(
        self,
        key: bytes | None = None,
        reserved: Collection[str] = (),
        kept: Container[str] = (),
    ) -> None:
        """Take ``key`` (fresh random bytes when absent).

        ``reserved`` words are never made up, ``kept`` addresses stand for themselves.
        """
        self._key = key or secrets.token_bytes(32)
        self._kept = kept
        self._made: dict[tuple[str, str], str] = {}
        self._words: dict[str, str] = {}
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
        if value in self._kept:
            return value
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
        other = iter(self._unlike(_NUMBER, plain))
        return "".join(next(other) if char.isdecimal() else char for char in value)

    def integer(self, value: int) -> int:
        """Return another integer of as many digits and the same sign."""
        digits = self._unlike(_NUMBER, str(abs(value)))
        first = digits[0] if digits[0] != "0" else "7"
        return int(first + digits[1:]) * (-1 if value < 0 else 1)

    def owns(self, word: str) -> bool:
        """Tell whether ``word`` was made up here, as the stand-in of another."""
        return (_WORD, "".join(map(_lower, word))) in self._taken

    def _word(self, word: str) -> str:
        made = self._words.get(word)
        if made is None:
            plain = self._unlike(_WORD, "".join(map(_lower, word)))
            letters = zip(word, plain, strict=True)
            made = "".join(new.upper() if old.isupper() else new for old, new in letters)
            self._words[word] = made
        return made

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
            if kind == _NUMBER and len(made) >= 2 * len(UNREAL):
                made = UNREAL + made[len(UNREAL) :]
            if made != value and (kind, made) not in self._taken:
                break
        return made

    def _stream(self, kind: str, value: str, length: int) -> bytes:
        message = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
        seed = hmac.digest(self._key, message, "sha256")
        return hashlib.shake_256(seed).digest(length)


def _alike(text: str, stream: bytes) -> str:
    """Return ``text`` with letters and digits from ``stream``, which has a byte for each.

    All characters of ASCII are put together at once, as one long number; what else there is follows
    one by one.
    """
    alike = _ascii_alike(text.encode("ascii", "replace"), stream).decode("ascii")
    if text.isascii():
        return alike
    chars = list(alike)
    for found in _BEYOND_ASCII.finditer(text):
        at = found.start()
        chars[at] = _other(found.group(), stream[at])
    return "".join(chars)


def _ascii_alike(text: bytes, stream: bytes) -> bytes:
    case, letter, digit, kept = (_long(text.translate(mask)) for mask in _MASKS)
    letters, digits = (_long(stream.translate(table)) for table in _FROM_STREAM)
    mixed = _long(text) & (kept | case) | letters & letter | digits & digit
    return mixed.to_bytes(len(text), "big")


def _long(octets: bytes) -> int:
    return int.from_bytes(octets, "big")


def _mask(chars: str, bits: int) -> bytes:
    """Return the table that gives ``bits`` for each of ``chars`` and 0 for the rest."""
    return bytes(bits if chr(code) in chars else 0 for code in range(256))


_LETTERS, _DIGITS = string.ascii_letters, string.digits
_MASKS = (
    _mask(_LETTERS, 0x20),  # the bit that tells a small letter from a capital
    _mask(_LETTERS, 0xFF),
    _mask(_DIGITS, 0xFF),
    _mask("".join(chr(code) for code in range(128) if not chr(code).isalnum()), 0xFF),
)
_FROM_STREAM = (
    bytes(ord(string.ascii_uppercase[byte % 26]) for byte in range(256)),
    bytes(ord(_DIGITS[byte % 10]) for byte in range(256)),
)


def _lower(char: str) -> str:
    """Return ``char`` in lower case where that is one character."""
    low = char.lower()
    return low if len(low) == 1 else char


def _other(char: str, byte: int) -> str:
    """Return what stands for ``char``, which is beyond ASCII."""
    if char.isalpha():
        letters = _UPPER if char.isupper() else _LOWER
        return letters[byte % len(letters)]
    return string.digits[byte % 10] if char.isdecimal() else char
