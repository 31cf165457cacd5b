"""What the first contact with a target tells, and that it is no verdict."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from conformance.runner import agent as agent_module
from conformance.runner.secrets import Secrets
from conformance.runner.smoke import smoke
from conformance.target import Agent, Target
from tapestry.problems import TargetUnusable

ALICE = Agent("alice", "alice", "alice-pw")

Serve = Callable[[Callable[[web.Request], Awaitable[web.Response]]], Awaitable[Target]]


def target(url: str) -> Target:
    return Target("t", url, {"alice": ALICE})


async def words_of(given: Target) -> str:
    with pytest.raises(TargetUnusable) as caught:
        await smoke(given, [ALICE], Secrets())
    assert caught.value.exit_code == 3
    assert "alice-pw" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    servers: list[TestServer] = []

    async def serving(handler: Callable[[web.Request], Awaitable[web.Response]]) -> Target:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", handler)
        server = TestServer(app)
        servers.append(server)
        await server.start_server()
        return target(str(server.make_url("")).rstrip("/"))

    yield serving
    for server in servers:
        await server.close()


async def test_the_reference_lets_its_agents_in(reference) -> None:
    await smoke(reference, list(reference.agents.values()), Secrets())


async def test_where_only_notifications_are_wanted_only_they_are_tried(reference) -> None:
    await smoke(replace(reference, session="none"), list(reference.agents.values()), Secrets())


async def test_a_port_where_nobody_listens_cannot_be_reached() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        assert "cannot reach http://127.0.0.1" in await words_of(target(f"http://127.0.0.1:{port}"))


async def test_a_name_that_does_not_exist_cannot_be_reached() -> None:
    assert "cannot reach" in await words_of(target("http://no-such-host.invalid"))


async def test_a_server_that_says_nothing_cannot_be_used(monkeypatch) -> None:
    monkeypatch.setattr(agent_module, "LOGIN_WITHIN", 0.1)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert "no answer within 0.1 s" in await words_of(target(f"http://127.0.0.1:{port}"))
    server.close()


@pytest.mark.parametrize(
    ("status", "text", "kind", "words"),
    [
        (401, "{}", "application/json", "refuses alice: HTTP 401"),
        (403, '{"statusCode": 20}', "application/json", "refuses alice: HTTP 403"),
        (200, "<html>", "text/html", "no user resource: HTTP 200, not JSON"),
        (500, "<html>", "text/html", "no user resource: HTTP 500, not JSON"),
        (302, "", "text/plain", "no user resource: HTTP 302"),
        (200, "[]", "application/json", "no user resource: HTTP 200"),
        (200, '{"statusCode": 0}', "application/json", "alice cannot listen: handshake failed"),
        (404, "", "text/plain", "alice cannot listen: handshake failed: HTTP status 404"),
    ],
)
async def test_an_answer_of_the_wrong_kind_is_told(
    serve: Serve, status: int, text: str, kind: str, words: str
) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, text=text, content_type=kind)

    assert words in await words_of(await serve(answer))


async def test_a_handshake_that_gets_no_answer_is_told(serve: Serve, monkeypatch) -> None:
    monkeypatch.setattr(agent_module, "LOGIN_WITHIN", 0.2)
    stuck = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        if request.method == "POST":
            await stuck.wait()
        return web.json_response({"statusCode": 0})

    given = await serve(answer)
    assert "no CometD session within 0.2 s" in await words_of(given)
    stuck.set()
