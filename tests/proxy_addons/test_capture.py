import gzip

import pytest
from mitmproxy.test import tflow, tutils

from proxy_addons.capture import query_of, request_of, response_of
from tapestry.tape.model import Body, BodyKind


def flow(path=b"/x", request=b"", response=b"", request_headers=(), response_headers=()):
    return tflow.tflow(
        req=tutils.treq(path=path, content=request, headers=tuple(request_headers)),
        resp=tutils.tresp(content=response, headers=tuple(response_headers)),
    )


def test_a_request_is_taken_as_sent_but_for_its_framing():
    request = request_of(
        flow(
            b"/a%20b/c;p=1?x=1&y=&x=2&x=3",
            b'{"a": 1}',
            request_headers=[
                (b"Content-Type", b"application/json"),
                (b"Content-Length", b"8"),
                (b"X-Twice", b"1"),
                (b"X-Twice", b"2"),
                (b"X-Raw", b"\xff"),
            ],
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
    taken = response_of(flow(response=content, response_headers=[(b"Content-Encoding", encoding)]))
    assert (taken.status, taken.headers) == (200, ())
    assert taken.body == Body(BodyKind.JSON, [1])


def test_no_query_is_no_parameters():
    assert query_of("") == {}
