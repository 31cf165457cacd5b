"""What a draft looks like: a new email, a reply, and what saving makes of it.

Pure rules of the pages of Create, Reply, ReplyAll and Save: who it goes to, what its subject is,
how the original is quoted. Where they are silent the least is done: an absent text is an empty one.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from conformance.reference.email import Email, Pairs, Texts
from conformance.reference.outcome import Json

MAILBOX = "support@example.com"
"""The sender of an email that answers none."""


def new_draft(body: Json, parent: Email | None, at: datetime) -> Email:
    """Return what Create begins with; its id is given later."""
    return Email(
        id="",
        subject="",
        sender=parent.recipient if parent else MAILBOX,
        recipient=parent.sender if parent else "",
        received=at,
        texts=Texts(),
        outbound=True,
        parent=body.get("parentId"),
        pairs=Pairs(body.get("userData", {})),
    )


def reply_to(original: Email, body: Json, at: datetime, *, everybody: bool = False) -> Email:
    """Return what Reply begins with, or ReplyAll, which keeps ``everybody`` who had a copy."""
    quoted = _quoted(original, body) if body.get("quoteOriginal") else ""
    plain = body.get("bodyAsPlainText", "") + quoted
    written = body.get("body", "") + (f"<pre>{html.escape(quoted)}</pre>" if quoted else "")
    return Email(
        id="",
        subject=body.get("subjectPrefix", "") + original.subject,
        sender=original.recipient,
        recipient=original.sender,
        received=at,
        texts=Texts(plain, written, body.get("mime", "text/html")),
        cc=original.cc if everybody else (),
        outbound=True,
        parent=original.id,
        pairs=Pairs(body.get("userData", {})),
    )


def written(draft: Email, letter: Json) -> Email:
    """Return the draft as the member ``email`` of Send and Save has it."""
    first, *others = [*_addresses(letter["to"]), ""]
    return replace(
        draft,
        subject=letter.get("subject", ""),
        sender=letter["from"],
        recipient=first,
        others=tuple(address for address in others if address),
        cc=_addresses(letter.get("cc", ())),
        bcc=_addresses(letter.get("bcc", ())),
        texts=Texts(
            letter.get("bodyAsPlainText", ""),
            letter.get("body", ""),
            letter.get("mime", "text/html"),
        ),
    )


def _addresses(given: str | Sequence[str]) -> tuple[str, ...]:
    """Read addresses in an array or delimited by commas: the pages have both."""
    listed = given.split(",") if isinstance(given, str) else given
    return tuple(address.strip() for address in listed if address.strip())


def _quoted(original: Email, body: Json) -> str:
    mark = body.get("indentCharacter", "")
    lines = (original.texts.plain if original.texts else original.subject).splitlines()
    start = body.get("replyToStartLine", "")
    return "\n".join([start, *(f"{mark}{line}" for line in lines)])
