import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_addons.recorder import recording
from proxy_addons.rewrite import Origins
from proxy_addons.settings import Settings
from tapestry.problems import Problem
from tapestry.serving import serving
from tapestry.tape import codec
from tests.proxy_addons.upstream import talk

ORIGINS = Origins(["http://gws.example.com:8080", "https://gws.example.com"])


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        (b'{"uri": "http://gws.example.com:8080/api/v2/me"}', b'{"uri": "http://h:1/api/v2/me"}'),
        (rb'"http:\/\/gws.example.com:8080\/me"', rb'"http:\/\/h:1\/me"'),
        (b"https://gws.example.com:443/x https://gws.example.com", b"http://h:1/x http://h:1"),
        (b"http://gws.example.com:80801", b"http://gws.example.com:80801"),
        (b"http://gws.example.com.evil", b"http://gws.example.com.evil"),
        (b"nothing of the kind", b"nothing of the kind"),
    ],
)
def test_only_the_servers_own_origins_are_rewritten(said, seen):
    assert ORIGINS.to_proxy("http://h:1").whole(said) == seen


def test_on_the_way_back_the_server_is_called_by_its_first_name():
    back = ORIGINS.to_server("http://h:1").whole(b'{"queueUri": "http://h:1/q"}')
    assert back == b'{"queueUri": "http://gws.example.com:8080/q"}'


WORDS = ["http://gws.example.com:8080", "https://gws.example.com", "htt", "http://gws.", "/x", "1"]


@given(st.lists(st.sampled_from(WORDS)), st.integers(1, 9))
def test_pieces_come_to_the_same_as_the_whole(words, size):
    content = "".join(words).encode()
    rewriting = ORIGINS.to_proxy("http://h:1")
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    rewritten = b"".join(map(rewriting.piece, [*pieces, b""]))
    assert rewritten == ORIGINS.to_proxy("http://h:1").whole(content)


@pytest.mark.parametrize("origin", ["gws.example.com", "ftp://h", "http://h/path", "http://"])
def test_what_is_no_origin_is_told(origin):
    with pytest.raises(Problem, match="not an origin"):
        Origins([origin])


class Server:
    """Names itself in a header, a body and a stream, and tells what it is sent."""

    async def __call__(self, scope, receive, send):
        host = dict(scope["headers"])[b"host"].decode()
        message = await receive()
        self.heard = message["body"]
        headers = [
            (b"content-type", b"application/json"),
            (b"location", f"http://{host}/next".encode()),
        ]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        for part in (f'{{"uri": "http://{host[:5]}', f'{host[5:]}/api"}}'):
            await send({"type": "http.response.body", "body": part.encode(), "more_body": True})
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b""})


def test_the_client_sees_the_proxy_and_the_tape_the_server(tmp_path):
    server = Server()
    with serving(server) as upstream:
        settings = Settings(rewrite=())
        with recording(upstream, tmp_path / "x.yaml", settings=settings) as url:
            status, headers, body = asyncio.run(talk(url, f'{{"a": "{url}/me"}}'.encode()))
    assert status == 201
    assert headers["location"] == f"{url}/next"
    assert body == f'{{"uri": "{url}/api"}}'.encode()
    assert server.heard == f'{{"a": "{upstream}/me"}}'.encode()
    (entry,) = codec.load(tmp_path / "x.yaml").entries
    assert entry.response.body.value == {"uri": f"{upstream}/api"}
    assert entry.request.body.value == {"a": f"{upstream}/me"}
