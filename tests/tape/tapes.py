"""Cassettes as a recorder can have written them, for tests that try every kind."""

import json

from hypothesis import strategies as st

from tapestry.tape.body import body_of
from tapestry.tape.model import Cassette, End, Exchange, Frame, Header, Request, Response

NAMES = st.text("abcdefghijklmnopqrstuvwxyz-ABCXYZ", min_size=1, max_size=12).map("X-".__add__)
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"))
HEADERS = st.lists(st.tuples(NAMES, VALUES.map(str.strip)), max_size=3).map(tuple)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
CONTENT = st.binary() | st.text().map(str.encode) | JSON.map(json.dumps).map(str.encode)
BODIES = st.builds(body_of, CONTENT)
MOMENTS = st.integers(0, 10**9).map(lambda micro: micro / 1000)
PATHS = st.text("abc/-._~%20", max_size=20).map("/".__add__).filter(lambda path: "//" not in path)
QUERIES = st.dictionaries(
    st.text(st.characters(codec="utf-8"), min_size=1),
    st.text(st.characters(codec="utf-8"))
    | st.lists(st.text(st.characters(codec="utf-8")), min_size=2),
    max_size=3,
)
REQUESTS = st.builds(
    Request, st.sampled_from(["GET", "POST", "PUT"]), PATHS, QUERIES, HEADERS, BODIES
)
AGENTS = st.none() | st.sampled_from(["agent#1", "agent#2"])
ANSWERS = st.builds(Response, st.integers(200, 599), HEADERS, BODIES)
EXCHANGES = st.builds(
    Exchange, MOMENTS, MOMENTS, REQUESTS, ANSWERS, AGENTS, st.none() | st.just("c7")
)
ENDS = st.builds(End, MOMENTS, st.just("c9"), st.text(min_size=1), MOMENTS, AGENTS, REQUESTS)


@st.composite
def sockets(draw, name):
    """Draw a WebSocket: the exchange that opened it, its messages and perhaps its end."""
    opening = Exchange(
        draw(MOMENTS), draw(MOMENTS), draw(REQUESTS), Response(101), draw(AGENTS), "c1", name
    )
    frames = st.builds(
        Frame, MOMENTS, st.just(name), st.sampled_from(["client", "server"]), BODIES, AGENTS
    )
    closing = st.builds(End, MOMENTS, st.just(name), st.text(min_size=1), agent=AGENTS)
    return [opening, *draw(st.lists(frames, max_size=3)), *draw(st.lists(closing, max_size=1))]


@st.composite
def cassettes(draw):
    """Draw a whole cassette, its strands mixed as they come."""
    singles = draw(st.lists(EXCHANGES | ENDS, max_size=4))
    strands = [[one] for one in singles]
    strands += [draw(sockets(f"w{n}")) for n in range(draw(st.integers(0, 2)))]
    order = draw(st.permutations([n for n, strand in enumerate(strands) for _ in strand]))
    waiting = [iter(strand) for strand in strands]
    header = Header(
        "2026-11-21T09:30:00.000Z",
        "http://127.0.0.1:8090",
        {"tapestry": "0.1.0"},
        {"policy": "default", "rules": 14},
    )
    return Cassette(header, tuple(next(waiting[n]) for n in order))
