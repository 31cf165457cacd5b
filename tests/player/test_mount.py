from __future__ import annotations

import pytest

from tapestry.player.mount import DEFAULT, Mount
from tapestry.tape.model import (
    EMPTY,
    Body,
    BodyKind,
    Cassette,
    End,
    Exchange,
    Header,
    Request,
    Response,
)


def mount(*entries):
    return Mount(Cassette(Header("now"), entries))


def asked(path, body=None, socket=None):
    request = Request("POST", path, {}, (), Body(BodyKind.JSON, body) if body else EMPTY)
    return Exchange(0.0, 0.0, request, Response(200), socket=socket)


HANDS = [{"channel": "/meta/handshake"}]


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        ("/api/v2/notifications/handshake", "/api/v2/notifications"),
        ("/api/v2/notifications/", "/api/v2/notifications"),
        ("/cometd", "/cometd"),
        ("/handshake", "/handshake"),
    ],
)
def test_the_endpoint_is_the_recorded_path_without_its_ending(path, endpoint):
    assert mount(asked(path, HANDS)).paths == {endpoint}


def test_a_tape_without_bayeux_gets_the_path_of_gws():
    assert mount(asked("/api/v2/me", {"operationName": "Ready"})).paths == {DEFAULT}


def test_websockets_and_polls_that_never_ended_count():
    poll = End(0.0, "c1", "aborted", request=asked("/b/connect", HANDS).request)
    found = mount(asked("/a", socket="w1"), poll, End(0.0, "w1", "closed"))
    assert found.paths == {"/a", "/b"}


@pytest.mark.parametrize(
    ("path", "covered"),
    [
        ("/cometd", True),
        ("/cometd/", True),
        ("/cometd/connect", True),
        ("/cometd/other", False),
        ("/cometdx", False),
        ("/", False),
    ],
)
def test_what_an_endpoint_covers(path, covered):
    assert mount(asked("/cometd/handshake", HANDS)).covers(path) is covered
