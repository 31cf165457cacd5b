"""Finds the Bayeux messages on a tape, whatever carried them.

Clients append suffixes to the endpoint's URL and servers mount it where they like, so traffic is
told by its body and never by its path: JSON bodies, form posts, JSONP queries and answers, frames
(Bayeux 1.0, sections 3 and 6).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tapestry.bayeux.codec import FORM, Limits, decode_body, decode_jsonp
from tapestry.bayeux.message import MalformedMessages, Message, is_bayeux, messages_in
from tapestry.tape.model import Body, BodyKind, Request, Response

_LIMITS = Limits(size=64 * 1024 * 1024, messages=100_000)
"""A tape is the user's own: what was recorded whole is read whole."""


def sent_messages(request: Request) -> list[Message] | None:
    """Return the messages a client sent, ``None`` when the request is not Bayeux.

    They are the body itself, the ``message`` fields of a form, or the ``message`` parameters of a
    callback-polling query.
    """
    found = _json_messages(request.body) or _text_messages(request.body, _posted)
    if found is None and "message" in request.query:
        given = request.query["message"]
        texts = given if isinstance(given, list) else [given]
        parts = [_decoded(text, _posted) for text in texts]
        found = [message for part in parts for message in part or []] if all(parts) else None
    return found


def received_messages(response: Response) -> list[Message]:
    """Return the messages of a response, plain or wrapped in a JSONP call; none when not Bayeux."""
    body = response.body
    unwrapped = partial(decode_jsonp, limits=_LIMITS)
    return (
        _json_messages(body) or _text_messages(body, unwrapped) or _text_messages(body, _posted)
    ) or []


def frame_messages(body: Body) -> list[Message]:
    """Return the messages of one WebSocket frame; none when it holds something else."""
    return _json_messages(body) or _text_messages(body, _posted) or []


def _json_messages(body: Body) -> list[Message] | None:
    if body.kind is not BodyKind.JSON or not body.mentions("channel"):
        return None
    return messages_in(body.value) if is_bayeux(body.value) else None


def _text_messages(body: Body, decode: Callable[[str], list[Message]]) -> list[Message] | None:
    return _decoded(body.value, decode) if body.kind is BodyKind.TEXT else None


def _decoded(text: str, decode: Callable[[str], list[Message]]) -> list[Message] | None:
    try:
        messages = decode(text)
    except MalformedMessages:
        return None
    return messages if is_bayeux(messages) else None


def _posted(text: str) -> list[Message]:
    return decode_body(text.encode(errors="surrogatepass"), FORM, _LIMITS)
