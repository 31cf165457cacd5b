"""The little HTTP that the reference server needs, straight on ASGI.

It keeps start-up quick: a web framework would cost more time to import than this server needs to
start and serve a scenario.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, quote

from conformance.reference.outcome import Answer, Refusal, StatusCode
from tapestry.serving import Receive, Scope, Send

MAX_BODY = 1 << 20

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Request:
    """What stands before the body; ``path`` is percent-encoded, header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]

    @classmethod
    def of(cls, scope: Scope) -> Request:
        """Read an ASGI ``http`` scope; of a repeated query parameter the last one counts."""
        raw = scope.get("raw_path") or quote(scope["path"]).encode()
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        return cls(
            scope["method"],
            raw.decode("latin-1"),
            {name: values[-1] for name, values in query.items()},
            {name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]},
        )

    @property
    def cookies(self) -> Mapping[str, str]:
        """Return the cookies, whatever form those of other applications have."""
        pairs = (pair.partition("=") for pair in self.headers.get("cookie", "").split(";"))
        return {name.strip(): value.strip() for name, _, value in pairs}


async def read_body(receive: Receive) -> bytes:
    """Return the whole body. Raises :class:`Refusal` when it is too large."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise Refusal(StatusCode.INVALID, "The request body is too large", http=413)
        if not message.get("more_body", False):
            return bytes(body)


async def respond(send: Send, answer: Answer, headers: Headers = ()) -> None:
    """Send ``answer``: its file, or its body as JSON."""
    if answer.file is not None:
        body, media = answer.file.content, answer.file.mime
    else:
        body, media = json.dumps(answer.body).encode(), "application/json;charset=UTF-8"
    fields = [("Content-Type", media), *headers]
    fields.append(("Content-Length", str(len(body))))
    encoded = [(name.encode("latin-1"), text.encode("latin-1")) for name, text in fields]
    await send({"type": "http.response.start", "status": answer.http, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


def from_loopback(scope: Scope) -> bool:
    """Tell whether the peer is on this machine."""
    peer = scope.get("client")
    try:
        return peer is not None and ipaddress.ip_address(peer[0]).is_loopback
    except ValueError:
        return False


def address_of(scope: Scope) -> str:
    """Return the URL of the address on which the request came in, whatever Host it names."""
    host, port = scope["server"]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
