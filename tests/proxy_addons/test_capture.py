import gzip

import pytest

from proxy_addons.capture import frame_body, query_of, request_of, response_of
from proxy_addons.sighting import Answered, Asked, Payload, Said
from tapestry.tape.model import Body, BodyKind


def asked(target=b"/x", headers=(), content=b"", cut=0):
    return Asked("k", 1.0, "c1", b"GET", target, Payload(tuple(headers), content, cut))


def answered(headers=(), content=b"", cut=0):
    return Answered("k", 1.0, 200, Payload(tuple(headers), content, cut))


def test_a_request_is_taken_as_sent_but_for_its_framing():
    request = request_of(
        asked(
            b"/a%20b/c;p=1?x=1&y=&x=2&x=3",
            [
                (b"Content-Type", b"application/json"),
                (b"Content-Length", b"8"),
                (b"X-Twice", b"1"),
                (b"X-Twice", b"2"),
                (b"X-Raw", b"\xff"),
            ],
            b'{"a": 1}',
        )
    )
    assert (request.method, request.path) == ("GET", "/a%20b/c;p=1")
    assert request.query == {"x": ["1", "2", "3"], "y": ""}
    assert request.headers == (
        ("Content-Type", "application/json"),
        ("X-Twice", "1"),
        ("X-Twice", "2"),
        ("X-Raw", "\udcff"),
    )
    assert request.body == Body(BodyKind.JSON, {"a": 1})


@pytest.mark.parametrize("encoding", [b"gzip", b"broken"])
def test_a_response_is_taken_decoded_where_that_is_possible(encoding):
    content = gzip.compress(b"[1]") if encoding == b"gzip" else b"[1]"
    taken = response_of(answered([(b"Content-Encoding", encoding)], content))
    assert (taken.status, taken.headers) == (200, ())
    assert taken.body == Body(BodyKind.JSON, [1])


def test_what_was_left_out_on_the_way_is_said():
    assert response_of(answered(content=b"[1, 2", cut=7)).body == Body(BodyKind.TEXT, "[1, 2", 7)
    assert frame_body(Said("k", 1.0, False, b"abc", 3)) == Body(BodyKind.TEXT, "abc", 3)


def test_no_query_is_no_parameters():
    assert query_of("") == {}
