"""The keys under which names of people and texts of mails stand, where letters tell the truth."""

from __future__ import annotations

import re
from enum import StrEnum

_NAME = re.compile(
    r"(?:x_)?(?:(?:first|last|middle|full|given|family|maiden|nick|user|login|customer|contact|agent"
    r"|person)_?name|surname|login|(?:remote|forwarded)_user|employee_?id|assigned_?to"
    r"|(?:from|to|cc)_?personal|(?:rtarget_)?(?:workbin_)?agent_(?:selected|id))$"
)
_MAIL = re.compile(
    r"(?:subject|body(?:_?as_?(?:plain_?text|html))?|comments?|notes?|text|street|address_?line\d?"
    r"|transcript|header_(?!content|mime|date|in_reply|references|message|dkim|received).*)$"
)
_PEOPLE = frozenset({"user", "users", "agent", "contact", "participant", "participants", "person"})
_ENVELOPES = frozenset({"request", "response", ""})
_PAYLOADS = frozenset({"body", "text"})


class Telling(StrEnum):
    """What kind of text stands under a key."""

    NAME = "name"
    MAIL = "mail"


def telling(name: str, parent: str) -> Telling | None:
    """Return what is told under ``name`` within ``parent``, ``None`` when it may be anything."""
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\s.-]+", "_", name).lower()
    if _NAME.fullmatch(plain) or (plain == "display_name" and parent.lower() in _PEOPLE):
        return Telling.NAME
    if plain in _PAYLOADS and parent in _ENVELOPES | _PAYLOADS:  # of a cassette, not of a mail
        return None
    return Telling.MAIL if _MAIL.fullmatch(plain) else None
