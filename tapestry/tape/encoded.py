"""Opens text that is encoded, so that what it hides can be treated, and closes it the same way.

An address in a query is percent-encoded, a saved mail or a login travels in base64. Neither is
protection: whoever has the tape can decode it, so redaction must look inside.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from urllib.parse import quote, unquote

Treat = Callable[[str], str]


def within_percent(text: str, treat: Treat) -> str | None:
    """Treat percent-encoded ``text`` (RFC 3986, section 2.1); ``None`` when nothing changes."""
    try:
        clear = unquote(text, errors="strict")
    except UnicodeDecodeError:
        return None
    other = treat(clear)
    return None if other == clear else quote(other, safe="")


def within_base64(text: str, treat: Treat) -> str | None:
    """Treat ``text`` in base64 of either alphabet (RFC 4648); ``None`` when nothing changes.

    What does not decode to readable text is no text and left alone.
    """
    bare = text.rstrip("=")
    url_safe = "-" in text or "_" in text
    standard = bare.translate(_FROM_URL_SAFE) if url_safe else bare
    try:
        clear = base64.b64decode(standard + "=" * (-len(bare) % 4), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    if not _readable(clear):
        return None
    other = treat(clear)
    return None if other == clear else _closed(other, url_safe, padded=bare != text)


def _readable(clear: str) -> bool:
    return all(char.isprintable() or char in "\t\r\n" for char in clear)


def _closed(clear: str, url_safe: bool, *, padded: bool) -> str:
    encode = base64.urlsafe_b64encode if url_safe else base64.b64encode
    text = encode(clear.encode("utf-8", "surrogatepass")).decode("ascii")
    return text if padded else text.rstrip("=")


_FROM_URL_SAFE = str.maketrans("-_", "+/")
