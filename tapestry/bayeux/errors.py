"""The error field of a Bayeux reply: ``ddd:arg,arg:text`` (Bayeux 1.0, "error").

The server machine answers with the errors below, whose codes and words are those of CometD where it
has one. Judges compare codes, never texts, and know that another vendor may give a code another
meaning: 402 is "unknown client" to CometD and "missing parameter" to faye.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_GRAMMAR = re.compile(r"(?P<code>[0-9]{3}):(?P<args>[^:]*):(?P<text>.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class BayeuxError:
    """One error: a three-digit code, a short text, and the arguments between them."""

    code: int
    text: str
    args: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the error as it stands on the wire."""
        return f"{self.code:03}:{','.join(self.args)}:{self.text}"

    @classmethod
    def parse(cls, error: object) -> BayeuxError | None:
        """Read an ``error`` field; ``None`` when it is absent, empty or of another form."""
        found = _GRAMMAR.match(error) if isinstance(error, str) else None
        if found is None:
            return None
        args = tuple(found["args"].split(",")) if found["args"] else ()
        return cls(int(found["code"]), found["text"], args)


VERSION_MISMATCH = BayeuxError(300, "version_mismatch")
CONNECTION_TYPE_UNSUPPORTED = BayeuxError(301, "connection_type_unsupported")
VERSION_MISSING = BayeuxError(400, "version_missing")
CHANNEL_MISSING = BayeuxError(400, "channel_missing")
DATA_MISSING = BayeuxError(400, "data_missing")
SESSION_UNKNOWN = BayeuxError(402, "session_unknown")
HANDSHAKE_DENIED = BayeuxError(403, "handshake_denied")
SUBSCRIBE_DENIED = BayeuxError(403, "subscribe_denied")
SUBSCRIPTION_MISSING = BayeuxError(403, "subscription_missing")
PUBLISH_DENIED = BayeuxError(403, "publish_denied")
TOO_MANY_SUBSCRIPTIONS = BayeuxError(403, "too_many_subscriptions")
MULTIPLE_CLIENTS = BayeuxError(403, "multiple_clients")
CHANNEL_UNKNOWN = BayeuxError(404, "channel_unknown")
CHANNEL_INVALID = BayeuxError(405, "channel_invalid")
MESSAGE_ID_INVALID = BayeuxError(405, "message_id_invalid")
TOO_MANY_SESSIONS = BayeuxError(503, "too_many_sessions")
