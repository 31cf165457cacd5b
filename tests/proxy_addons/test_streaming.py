import asyncio

import aiohttp
import pytest
from mitmproxy.test import tutils

from proxy_addons.recorder import recording
from proxy_addons.streaming import SMALL, Tap, request_flows, response_flows
from tapestry.tape import codec
from tapestry.tape.body import MAX_BODY_BYTES
from tests.proxy_addons.upstream import talk

LARGE = str(SMALL + 1).encode()


@pytest.mark.parametrize(
    ("headers", "flows"),
    [
        ([], True),
        ([(b"content-length", b"10")], False),
        ([(b"content-length", LARGE)], True),
        ([(b"content-length", b"10"), (b"transfer-encoding", b"chunked")], True),
    ],
)
def test_a_response_flows_when_its_end_is_open_or_far(headers, flows):
    assert response_flows(tutils.tresp(headers=tuple(headers))) is flows


@pytest.mark.parametrize(
    ("version", "headers", "flows"),
    [
        (b"HTTP/1.1", [], False),
        (b"HTTP/1.1", [(b"transfer-encoding", b"chunked")], True),
        (b"HTTP/1.1", [(b"content-length", LARGE)], True),
        (b"HTTP/1.1", [(b"content-length", b"10")], False),
        (b"HTTP/2.0", [], True),
    ],
)
def test_a_request_flows_when_it_has_a_body_that_is_open_or_large(version, headers, flows):
    request = tutils.treq(http_version=version, headers=tuple(headers))
    assert request_flows(request) is flows


def test_a_tap_keeps_what_a_tape_may_hold_and_counts_the_rest():
    tap = Tap(5)
    assert [tap(piece) for piece in (b"abc", b"def", b"gh", b"")] == [b"abc", b"def", b"gh", b""]
    payload = tap.payload(tutils.tresp().headers)
    assert (payload.content, payload.cut) == (b"abcde", 3)


def test_each_chunk_reaches_the_client_before_the_next_is_sent(upstream, tmp_path):
    """The server sends a chunk only when the client has the one before: a buffer would hang."""

    async def drink(url):
        got = []
        async with aiohttp.ClientSession() as http, http.get(f"{url}/drip") as response:
            async for part in response.content.iter_any():
                got.append(part)
                await talk(f"{url}/next")
        return got

    with recording(upstream, tmp_path / "x.yaml") as url:
        got = asyncio.run(asyncio.wait_for(drink(url), 30))
    assert got == [b"chunk0", b"chunk1", b"chunk2"]
    drip = next(e for e in codec.load(tmp_path / "x.yaml").entries if e.request.path == "/drip")
    assert drip.response.body.value == "chunk0chunk1chunk2"


def test_a_large_download_and_upload_pass_whole_and_are_kept_in_part(upstream, app, tmp_path):
    size = 9 * 1024 * 1024
    with recording(upstream, tmp_path / "x.jsonl") as url:
        status, _, body = asyncio.run(talk(f"{url}/large", b"y" * size))
    assert (status, body) == (200, b"x" * size)
    assert app.asked[0][2] == b"y" * size
    (entry,) = codec.load(tmp_path / "x.jsonl").entries
    assert entry.request.body.truncated == size - MAX_BODY_BYTES
    assert entry.response.body.truncated == size - MAX_BODY_BYTES
    assert len(entry.response.body.value) == MAX_BODY_BYTES
