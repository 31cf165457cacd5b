"""The corpus as a recorder without redaction would have kept it: what a scan must not let pass."""

from __future__ import annotations

from urllib.parse import parse_qsl

from tapestry.tape.body import body_of
from tapestry.tape.framing import query_from, without_framing
from tapestry.tape.model import Cassette, Exchange, Frame, Header, Request, Response
from tests.canary.corpus import Corpus, Turn


def twin(corpus: Corpus) -> Cassette:
    """Return the unredacted cassette of ``corpus``."""
    exchanges = [_exchange(float(n), turn) for n, turn in enumerate(corpus.turns)]
    at = float(len(exchanges))
    path = Request("GET", "/api/v2/notifications")
    opening = Exchange(at, 1.0, path, Response(101), socket="w1")
    frames = [
        Frame(at + n, "w1", sender, body_of(text.encode()))
        for n, (sender, text) in enumerate(corpus.frames)
    ]
    header = Header("2026-11-21T09:30:00.000Z", "http://127.0.0.1:8090")
    return Cassette(header, (*exchanges, opening, *frames))


def _exchange(at: float, turn: Turn) -> Exchange:
    path, _, query = turn.target.partition("?")
    request = Request(
        turn.method,
        path,
        query_from(parse_qsl(query, keep_blank_values=True)),
        without_framing(turn.headers),
        body_of(turn.body, _type(turn.headers)),
    )
    answer = body_of(turn.answer, _type(turn.answer_headers))
    return Exchange(
        at, 0.5, request, Response(turn.status, without_framing(turn.answer_headers), answer)
    )


def _type(headers: tuple[tuple[str, str], ...]) -> str:
    return next((value for name, value in headers if name.lower() == "content-type"), "")
