"""The formats by which secrets and personal data are known wherever they stand.

Issuers give their tokens prefixes so that they can be found; numbers of cards and accounts carry
check digits. Both make a find nearly certain, so these need no name beside them.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from conformance.scan.sign import Level, Sign

STAND_IN = re.compile(r"(?:client|cookie|password|token|extension|authorization)-[0-9a-f]{16}")
"""What a cassette has in the place of a secret."""

UNREAL = "999"
"""How numbers on a cassette begin that stand for others; no telephone or card number does."""

_RESERVED = re.compile(
    r"(?:^|\.)(?:example\.(?:com|net|org)|example|test|invalid|localhost)\.?$", re.IGNORECASE
)
"""Domains that nobody can have (RFC 2606, RFC 6761)."""


@dataclass(frozen=True, slots=True)
class Format:
    """One format: the last group of ``pattern``, or all of it, is the value that ``holds``."""

    kind: str
    level: Level
    pattern: re.Pattern[str]
    holds: Callable[[str], bool]


def signs_by_format(text: str) -> Iterator[Sign]:
    """Yield what is known by its format alone in ``text``."""
    for format_ in FORMATS:
        for found in format_.pattern.finditer(text):
            value = found.group(found.lastindex or 0)
            if not is_stand_in(value) and format_.holds(value):
                yield Sign(format_.kind, format_.level, value)


def is_stand_in(value: str) -> bool:
    """Tell whether ``value`` begins with what stands for a secret, as a word of its own."""
    found = STAND_IN.match(value)
    return found is not None and not value[found.end() : found.end() + 1].isalnum()


def _always(value: str) -> bool:
    return True


def _is_basic(value: str) -> bool:
    try:
        decoded = base64.b64decode(value, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return False
    return ":" in decoded and decoded.isprintable()


def _is_jwt(value: str) -> bool:
    head = value.partition(".")[0]
    try:
        return isinstance(json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))), dict)
    except (binascii.Error, ValueError):
        return False


def _is_foreign(address: str) -> bool:
    return not _RESERVED.search(address.replace("%40", "@").rpartition("@")[2])


def _is_phone(number: str) -> bool:
    digits = re.sub(r"\D", "", number)
    return 8 <= len(digits) <= 15 and not digits.startswith(UNREAL) and len(set(digits)) > 2


def _is_card(number: str) -> bool:
    """Check the last digit (ISO/IEC 7812-1, annex B)."""
    digits = [int(char) for char in number if char.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) < 2:
        return False
    total = sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return total % 10 == 0


def _is_iban(text: str) -> bool:
    """Check the two digits behind the country (ISO 13616)."""
    plain = text.replace(" ", "")
    turned = plain[4:] + plain[:4]
    return 15 <= len(plain) <= 34 and int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def _is_public(address: str) -> bool:
    parts = [int(part) for part in address.split(".")]
    return max(parts) < 256 and parts[0] not in (0, 127) and parts != [255] * 4


def _secret(kind: str, pattern: str, holds: Callable[[str], bool] = _always) -> Format:
    return Format(kind, Level.SECRET, re.compile(pattern), holds)


def _personal(kind: str, pattern: str, holds: Callable[[str], bool] = _always) -> Format:
    return Format(kind, Level.PERSONAL, re.compile(pattern), holds)


_ISSUED = (
    r"(?:AKIA|ASIA)[A-Z0-9]{16}"  # Amazon
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}"
    r"|gl(?:pat|ptt|dt|rt)-[\w-]{16,}"  # GitLab
    r"|xox[abeprs]-[\w-]{10,}|xapp-[\w-]{20,}"  # Slack
    r"|[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9]{16,}"  # Stripe
    r"|AIza[\w-]{30,}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,}"  # Google
    r"|sk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,}|hf_[A-Za-z0-9]{20,}"
    r"|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}|dop_v1_[0-9a-f]{40,}"
    r"|SG\.[\w-]{16,}\.[\w-]{16,}|EAA[A-Za-z0-9]{40,}|dapi[0-9a-f]{32}"
)
FORMATS = (
    _secret("issued-token", rf"(?<![\w-])(?:{_ISSUED})(?![\w-])"),
    _secret("webhook", r"hooks\.slack\.com/services/([\w/]{20,})"),
    _secret("jwt", r"(?<![\w-])eyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]*)?", _is_jwt),
    _secret("private-key",
        r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END|\Z)"),
    _secret("basic-credentials", r"(?i:\bbasic)(?:\s|%20)+([A-Za-z0-9+/]{4,}={0,2})", _is_basic),
    _secret("bearer-token", r"(?i:\bbearer)(?:\s|%20)+((?=\S*\d)[\w.~+/=-]{8,})"),
    _secret("url-credentials", r"://([^\s/@:?#\"']+:[^\s/@?#\"']+)@"),
    _personal(
        "mail-address",
        r"(?<![\w.+-])[\w.+'~-]*[\w+~-](?:@|%40)(?:[^\W_][\w-]*\.)+[^\W\d_]{2,}",
        _is_foreign,
    ),
    _personal("phone", r"(?<![\w.+])\+[1-9](?:[ ().-]{0,2}\d){7,14}(?!\w)", _is_phone),
    _personal("phone", r"(?<![\w.-])\(?[2-9]\d{2}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])", _is_phone),
    _personal("card", r"(?<![\w.-])[3-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?![\w-])", _is_card),
    _personal("iban",
        r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)", _is_iban),
    _personal("us-ssn", r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])"),
    Format(
        "ip-address", Level.INFO, re.compile(r"(?<![\w./])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])"),
        _is_public,
    ),
)  # fmt: skip
