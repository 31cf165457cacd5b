"""What stands under a telling name: passwords, sessions, cookies, telephone numbers.

A short password has no shape of its own; the name beside it gives it away. The names here are a
list of their own, made from what people call such things, not from the redaction policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from conformance.scan.formats import UNREAL, is_stand_in
from conformance.scan.sign import Level, Sign

_SECRET = re.compile(
    r"(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|api_?key|access_?key|private_?key"
    r"|session_?id|jsessionid|phpsessid|sid|ssid|csrf|xsrf|credentials?|signature|authorization"
    r"|proxy_?auth|x_?auth|bearer|jwt|otp|pin|cvv|cvc|client_?id|bayeux_?browser|saml_?response)"
    r"(?:_?(?:1|2|new|old|value|hash))?$"
)
_PHONE = re.compile(
    r"(?:phone|mobile|telephone|fax|cell|msisdn|^ani|^dnis)(?:_?(?:no|nr|number))?$"
)
_PLACEHOLDER = re.compile(
    r"(?:true|false|null|none|undefined|basic|bearer|negotiate|digest|yes|no|\*+|x+|\.\.\.|<[^>]*>"
    r"|\$\{[^}]*\}|\[?redacted\]?|sanitized|x-[\w-]*)$",
    re.IGNORECASE,
)
_MAIL_HEADER = "header_"
_SCHEME = re.compile(r"(?:basic|bearer|digest|negotiate)\s+", re.IGNORECASE)
_ATTRIBUTES = frozenset(
    [
        "path",
        "domain",
        "expires",
        "max-age",
        "secure",
        "httponly",
        "samesite",
        "priority",
        "partitioned",
    ]
)


def signs_by_name(name: str, value: str) -> Iterator[Sign]:
    """Yield what ``value`` is, if it stands under a telling ``name``."""
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\s.-]+", "_", name).lower()
    if plain in ("cookie", "set_cookie", "cookies"):
        yield from _cookies(value)
    elif _SECRET.search(plain) and not plain.startswith(_MAIL_HEADER):
        bare = _SCHEME.sub("", value.strip(), count=1)
        if bare and not is_stand_in(bare) and not _PLACEHOLDER.match(bare):
            yield Sign(f"named-{_word(plain)}", Level.SECRET, bare)
    elif _PHONE.search(plain):
        value = unquote_plus(value)
        digits = re.sub(r"\D", "", value)
        if len(digits) >= 6 and len(digits) * 2 > len(value) and not digits.startswith(UNREAL):
            yield Sign("named-phone", Level.PERSONAL, value)


def _cookies(value: str) -> Iterator[Sign]:
    for pair in value.split(";"):
        name, is_, content = pair.strip().partition("=")
        content = content.strip('"')
        if not is_ or name.lower() in _ATTRIBUTES or len(content) < 4:
            continue
        if not is_stand_in(content):
            yield Sign("cookie", Level.SECRET, content)


def _word(plain: str) -> str:
    found = _SECRET.search(plain)
    return found.group().replace("_", "-") if found else plain
