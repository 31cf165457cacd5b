"""The seed corpus: bodies that once mattered or well might, each through every door.

``taken`` are understood (if only to be answered by an error), ``refused`` are malformed as a whole.
The ending says how a file is sent: as a ``body``, as a ``form``, or as the ``query`` of a GET.
"""

import json
from contextlib import suppress
from pathlib import Path

import pytest

from tapestry.bayeux.asgi import BayeuxEndpoint
from tapestry.bayeux.codec import (
    FORM,
    decode_body,
    decode_frame,
    decode_jsonp,
    decode_query,
)
from tapestry.bayeux.errors import BayeuxError
from tapestry.bayeux.message import MalformedMessages
from tapestry.bayeux.server import BayeuxServer

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(path for path in CORPUS.rglob("*.*") if path.parent != CORPUS)
SOCKET_CODES = {1003, 1007, 1009}


def every_file(function):
    names = [f"{path.parent.name}/{path.name}" for path in FILES]
    return pytest.mark.parametrize("path", FILES, ids=names)(function)


async def call(endpoint, body, **scope):
    """Send one request and return its status and body."""
    sent = []
    events = iter([{"type": "http.request", "body": body}])

    async def receive():
        return next(events, {"type": "http.disconnect"})

    async def send(event):
        sent.append(event)

    await endpoint({"type": "http", "headers": [], **scope}, receive, send)
    return sent[0]["status"], sent[1]["body"]


@every_file
async def test_a_body_gets_the_answer_it_deserves(path):
    endpoint = BayeuxEndpoint(BayeuxServer())
    body = path.read_bytes()
    kind = FORM if path.suffix == ".form" else "application/json"
    scope = {"method": "POST", "headers": [(b"content-type", kind.encode())]}
    if path.suffix == ".query":
        scope, body = {"method": "GET", "query_string": body}, b""
    status, answer = await call(endpoint, body, **scope)
    if path.parent.name == "refused":
        assert status == 400
        assert answer
        return
    assert status == 200
    text = answer.decode()
    replies = decode_jsonp(text) if path.suffix == ".query" else json.loads(text)
    assert replies
    for reply in replies:
        assert isinstance(reply["successful"], bool)
        assert reply["successful"] or BayeuxError.parse(reply["error"])


@every_file
async def test_a_socket_takes_it_or_closes(path):
    sent = []
    body = path.read_bytes()
    try:
        frame = {"text": body.decode()}
    except UnicodeDecodeError:
        frame = {"bytes": body}
    events = iter([{"type": "websocket.connect"}, {"type": "websocket.receive"} | frame])

    async def receive():
        return next(events, {"type": "websocket.disconnect"})

    async def send(event):
        sent.append(event)

    endpoint = BayeuxEndpoint(BayeuxServer())
    await endpoint({"type": "websocket", "headers": []}, receive, send)
    last = sent[-1]
    assert last.get("code") in SOCKET_CODES or isinstance(json.loads(last["text"]), list)


@every_file
def test_every_reader_takes_it_or_says_why_not(path):
    body = path.read_bytes()
    text = body.decode(errors="replace")
    readers = [
        lambda: decode_body(body),
        lambda: decode_body(body, FORM),
        lambda: decode_query(text),
        lambda: decode_jsonp(text),
        lambda: decode_frame(text),
    ]
    for read in readers:
        with suppress(MalformedMessages):
            found = read()
            messages = found[0] if isinstance(found, tuple) else found
            assert all(isinstance(message, dict) for message in messages)


def test_the_corpus_is_there():
    assert len(FILES) > 90
