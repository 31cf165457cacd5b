"""Puts the right kind of pseudonym in the place of a value, given what kind of value it is.

The policy says what something is; this says what then happens to it, and learns what must be found
again elsewhere.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Container
from urllib.parse import quote, unquote

from tapestry.tape.learned import Learned
from tapestry.tape.markup import replace_addresses, replace_prose
from tapestry.tape.policy import STRUCTURAL_WORDS, Kind
from tapestry.tape.pseudonym import Pseudonyms

SECRETS = frozenset({Kind.CLIENT, Kind.COOKIE, Kind.PASSWORD, Kind.TOKEN})
MIN_COOKIE = 8
MEMORY = 2048
"""How many texts are remembered for each kind with what stands for them."""
MEMORABLE = 2000
"""Longest text that is remembered."""

_OPAQUE = re.compile(r"[0-9a-fA-F-]{12,}|\d+|(?=\w*\d)\w{16,}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DIGEST_USER = re.compile(r'username="([^"]*)"')


class Replacement:
    """Replaces values by kind; ``learned`` fills as it goes."""

    def __init__(self, pseudonyms: Pseudonyms, learned: Learned, kept: Container[str] = ()) -> None:
        """Make pseudonyms with ``pseudonyms`` and remember names and secrets in ``learned``.

        ``kept`` values stand for themselves.
        """
        self._kept = kept
        self._pseudonyms = pseudonyms
        self._learned = learned
        self._remembered: dict[Kind, dict[str, str]] = {kind: {} for kind in Kind}

    def text(self, kind: Kind, text: str) -> str:
        """Return what stands for ``text``; empty text stays empty."""
        if not text or kind is Kind.KEEP or text in self._kept:
            return text
        remembered = self._remembered[kind]
        other = remembered.get(text)
        if other is None:
            other = self._other(kind, text)
            if len(text) <= MEMORABLE:
                if len(remembered) >= MEMORY:
                    remembered.clear()
                remembered[text] = other
        return other

    def _other(self, kind: Kind, text: str) -> str:
        if kind in SECRETS:
            return self._secret(kind, text)
        return self._personal(kind, text)

    def integer(self, kind: Kind, number: int) -> int:
        """Return what stands for ``number``, an integer too, so that schemas still hold."""
        if kind in (Kind.KEEP, Kind.MAILBOX, Kind.EXTENSION):
            return number
        return self._pseudonyms.integer(number)

    def _personal(self, kind: Kind, text: str) -> str:
        match kind:
            case Kind.AUTHORIZATION:
                return self._authorization(text)
            case Kind.NAME:
                return self._name(text)
            case Kind.LOGIN:
                return self._login(text)
            case Kind.MAILBOX:
                return text if _DATE.match(text) else self._mailbox(text)
            case Kind.ADDRESS:
                return self._pseudonyms.address(text)
            case Kind.PHONE | Kind.CARD:
                return self._pseudonyms.digits(text)
            case Kind.FILE:
                return self._file(text)
            case Kind.EXTENSION:
                return self._pseudonyms.typed(Kind.TOKEN, text)
        return self._prose(text)

    def _secret(self, kind: Kind, text: str) -> str:
        pseudonym = self._pseudonyms.typed(kind, text)
        self._learned.add(text, pseudonym, MIN_COOKIE if kind is Kind.COOKIE else 3)
        return pseudonym

    def _authorization(self, text: str) -> str:
        """Keep the scheme (RFC 9110, section 11.4) and learn who and what stands behind it."""
        scheme, _, credentials = text.strip().partition(" ")
        if not credentials:
            return self._secret(Kind.TOKEN, scheme)
        match scheme.lower():
            case "basic":
                user, _, password = basic_credentials(credentials)
                self.text(Kind.NAME, user)
                self.text(Kind.PASSWORD, password)
            case "digest":
                for user in _DIGEST_USER.findall(credentials):
                    self.text(Kind.NAME, user)
        return f"{scheme} {self._secret(Kind.TOKEN, credentials.strip())}"

    def _name(self, text: str) -> str:
        if text.lower() in STRUCTURAL_WORDS:
            return text
        pseudonym = self._mailbox(text)
        self._learned.add(text, pseudonym)
        return pseudonym

    def _login(self, segment: str) -> str:
        """Replace the user in a path, unless it is an opaque id already."""
        user = unquote(segment)
        if _OPAQUE.fullmatch(user):
            return segment
        pseudonym = self._name(user)
        if pseudonym == user:
            return segment
        return quote(pseudonym, safe="+" if "%40" in segment else "@+")

    def _mailbox(self, text: str) -> str:
        """Replace a name, an address, or a name with its address (RFC 5322, section 3.4)."""
        return replace_addresses(text, self._pseudonyms.words, self._pseudonyms.address)

    def _file(self, text: str) -> str:
        stem, dot, suffix = text.rpartition(".")
        return self._prose(stem) + dot + suffix if stem and len(suffix) <= 5 else self._prose(text)

    def _prose(self, text: str) -> str:
        def prose(part: str) -> str:
            return self._pseudonyms.prose(part, text)

        return replace_prose(text, prose, self._pseudonyms.address)


def basic_credentials(encoded: str) -> tuple[str, str, str]:
    """Return user, colon and password of Basic credentials (RFC 7617); empty when malformed."""
    try:
        decoded = base64.b64decode(encoded, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return "", "", ""
    return decoded.partition(":")
