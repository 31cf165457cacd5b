"""The replies of a Bayeux server: what every one of them repeats from its request.

A client finds the request of a reply by ``id`` alone; the official JavaScript client stops polling
for good at a stale one. So replies are made here only, from the request that they answer.
"""

from __future__ import annotations

from typing import Any

from tapestry.bayeux.advice import Advice, Reconnect
from tapestry.bayeux.errors import SESSION_UNKNOWN, BayeuxError
from tapestry.bayeux.message import META_CONNECT, Message

HANDSHAKE_AGAIN = Advice(Reconnect.HANDSHAKE, interval=0).as_field()
LATER = Advice(Reconnect.HANDSHAKE, interval=10).as_field()
NEVER_AGAIN = Advice(Reconnect.NONE, interval=0).as_field()


def success(request: Message, **fields: Any) -> Message:
    """Return a successful reply: the request's channel, and its id with the JSON type it had."""
    return {**echo(request, "id", "channel"), "successful": True, **fields}


def refusal(request: Message, error: BayeuxError, **fields: Any) -> Message:
    """Return an unsuccessful reply that gives ``error``."""
    return success(request) | {"successful": False, "error": str(error)} | fields


def unknown_session(request: Message) -> Message:
    """Return the reply to a clientId that is unknown, or is someone else's.

    Only a connect gets the advice to act on; other requests get the bare error, as from CometD. The
    reply to a subscribe names its subscription even so ("Subscribe Response", MUST).
    """
    advice = {"advice": HANDSHAKE_AGAIN} if request.get("channel") == META_CONNECT else {}
    return refusal(request, SESSION_UNKNOWN, **echo(request, "subscription"), **advice)


def echo(request: Message, *names: str) -> dict[str, Any]:
    """Return the named fields of ``request`` that it has."""
    return {name: request[name] for name in names if name in request}
