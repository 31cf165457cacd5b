import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from conformance.runner import provide as module
from conformance.runner.provide import CannotProvide, filled, provide
from conformance.target import CommandProvision, HttpProvision

VARIABLES = {"subject": "$(touch hacked) ${from}", "from": "a@example.com", "to": "b@example.com"}
TEMPLATE = {"subject": "${subject}", "to": ["${to}"], "agent": "${agent}"}


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    async def take(request: web.Request) -> web.Response:
        got = await request.json()
        return web.json_response({"got": got, "mail": {"id": 7}})

    async def refuse(request: web.Request) -> web.Response:
        return web.Response(status=403)

    async def mumble(request: web.Request) -> web.Response:
        return web.Response(text="created")

    app = web.Application()
    app.router.add_post("/take", take)
    app.router.add_put("/refuse", refuse)
    app.router.add_post("/mumble", mumble)
    started = TestServer(app)
    await started.start_server()
    yield started
    await started.close()


def base(server: TestServer) -> str:
    return str(server.make_url("")).rstrip("/")


async def test_a_request_brings_an_email_about_and_its_id_is_read(server: TestServer) -> None:
    way = HttpProvision("/take", json=TEMPLATE, id=("mail", "id"))
    assert await provide(way, base(server), VARIABLES) == "7"


async def test_an_answer_need_not_tell_the_id(server: TestServer) -> None:
    assert await provide(HttpProvision("/mumble", json={}), base(server), VARIABLES) is None


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (HttpProvision("/refuse", "PUT"), "PUT /refuse answered HTTP 403"),
        (HttpProvision("/mumble", id=("id",)), "does not tell the email's id"),
        (HttpProvision("/take", json={}, id=("got",)), "does not tell the email's id"),
    ],
)
async def test_what_does_not_work_is_told(
    server: TestServer, way: HttpProvision, words: str
) -> None:
    with pytest.raises(CannotProvide, match=words):
        await provide(way, base(server), VARIABLES)


async def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(CannotProvide, match="POST /x"):
        await provide(HttpProvision("/x"), "http://127.0.0.1:1", VARIABLES)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"agent": "alice"}, {"subject": "s", "to": ["t"], "agent": "alice"}),
        ({}, {"subject": "s", "to": ["t"]}),
    ],
)
def test_nobody_is_aimed_at_by_leaving_the_member_out(variables: Any, expected: Any) -> None:
    assert filled(TEMPLATE, {"subject": "s", "to": "t", **variables}) == expected


def test_a_program_gets_its_arguments_as_they_are_and_no_shell(tmp_path: Path) -> None:
    code = "import json, sys; json.dump(sys.argv[1:], open('seen', 'w'))"
    way = CommandProvision((sys.executable, "-c", code, "${subject}", "<${agent}>"), tmp_path)
    assert asyncio.run(provide(way, "", VARIABLES)) is None
    assert json.loads((tmp_path / "seen").read_text()) == [VARIABLES["subject"], "<>"]
    assert [file.name for file in tmp_path.iterdir()] == ["seen"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("no-such-program-here",), "cannot run no-such-program-here"),
        ((sys.executable, "-c", "import sys; sys.exit('mailbox\\nfull')"), "ended with 1: full"),
    ],
)
async def test_a_program_that_fails_is_told(command: tuple[str, ...], words: str) -> None:
    with pytest.raises(CannotProvide, match=words):
        await provide(CommandProvision(command), "", VARIABLES)


async def test_a_program_that_hangs_is_ended(monkeypatch) -> None:
    monkeypatch.setattr(module, "PROVIDED_WITHIN", 0.2)
    way = CommandProvision((sys.executable, "-c", "import signal; signal.pause()"))
    with pytest.raises(CannotProvide, match=r"no email within 0\.2 s"):
        await provide(way, "", VARIABLES)
