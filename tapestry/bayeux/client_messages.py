"""The meta messages that a client sends to open a session and to keep it.

Extensions add their word here, so that the machine need not know which are in use.
"""

from __future__ import annotations

from typing import Any

from tapestry.bayeux import message as wire
from tapestry.bayeux.client_ack import Acknowledging
from tapestry.bayeux.client_timesync import ClockOffset
from tapestry.bayeux.message import Message, Transport

BAYEUX_VERSION = "1.0"


class Composer:
    """Writes handshakes and connects, and completes other messages of a session."""

    def __init__(self, ack: Acknowledging, clock: ClockOffset | None) -> None:
        """Let ``ack`` and, when it is wanted, ``clock`` have their say."""
        self._ack = ack
        self._clock = clock

    def handshake(self, identifier: str, offered: list[str], now: float) -> Message:
        """Return a handshake that offers transports (Bayeux 1.0, "Handshake Request")."""
        ack = {"ack": True} if self._ack.wanted else {}
        return {
            "channel": wire.META_HANDSHAKE,
            "id": identifier,
            "version": BAYEUX_VERSION,
            "minimumVersion": BAYEUX_VERSION,
            "supportedConnectionTypes": offered,
            **self._ext(ack, now),
        }

    def connect(
        self,
        identifier: str,
        client_id: str | None,
        transport: Transport,
        hold: float | None,
        now: float,
    ) -> Message:
        """Return a connect that asks to be held ``hold`` seconds ("Connect Request")."""
        word = self._ack.word
        advice = {} if hold is None else {"advice": {"timeout": round(hold * 1000)}}
        return {
            "channel": wire.META_CONNECT,
            "id": identifier,
            "clientId": client_id,
            "connectionType": transport.value,
            **advice,
            **self._ext({} if word is None else {"ack": word}, now),
        }

    def complete(self, message: Message, client_id: str | None, now: float) -> Message:
        """Return a message of the session as it is to be sent."""
        ext = self._ext({}, now) if wire.is_meta(message["channel"]) else {}
        return {**message, "clientId": client_id, **ext}

    def hear(self, reply: Message, now: float) -> None:
        """Let the extensions take what a reply to a meta message says to them."""
        ext = reply.get("ext")
        said = ext if isinstance(ext, dict) else {}
        if self._clock is not None:
            self._clock.hear(said.get("timesync"), now)
        if reply.get("channel") == wire.META_HANDSHAKE:
            self._ack.agree(said.get("ack"))

    def _ext(self, said: dict[str, Any], now: float) -> dict[str, Any]:
        if self._clock is not None:
            said = {**said, "timesync": self._clock.word(now)}
        return {"ext": said} if said else {}
