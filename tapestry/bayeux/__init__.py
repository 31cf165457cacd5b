"""The Bayeux 1.0 protocol, which CometD speaks: messages, advice, a server and a client.

The room exists so that the protocol is written down once and without sockets: the machines in
:mod:`tapestry.bayeux.server` and :mod:`tapestry.bayeux.client` take messages and the time and
return what is to be done, so every path runs in memory and on a virtual clock. Thin bindings beside
them (:mod:`tapestry.bayeux.asgi`, :mod:`tapestry.bayeux.http_client`) do the I/O. Nothing here
knows of Genesys or of tapes.
"""

from __future__ import annotations

from tapestry.bayeux.message import (
    MalformedMessages,
    Message,
    Transport,
    is_bayeux,
    is_delivery,
    messages_in,
)

__all__ = [
    "MalformedMessages",
    "Message",
    "Transport",
    "is_bayeux",
    "is_delivery",
    "messages_in",
]
