"""A page with the official client works in Chromium against a replay, over a WebSocket.

The page is served beside the player, since a desktop comes from the server that it talks to; the
client is the unmodified npm package, loaded as the browser loads modules.
"""

from __future__ import annotations

from typing import Any

import pytest

from tapestry.player.app import player_app
from tapestry.serving import Receive, Scope, Send, serving
from tapestry.shipped import cassettes
from tapestry.tape.codec import load
from tests.interop.chromium import browser, need_browser
from tests.interop.processes import HERE, need

pytestmark = pytest.mark.interop

PAGE = b"<!doctype html><link rel=icon href=data:,><title>a desktop</title>"
LIBRARY = HERE / "node_modules" / "cometd"

WORK = """(async () => {
  const {CometD} = await import('/library/cometd.js');
  let number = 0;
  const call = async (method, path, body) => {
    const headers = {'Content-Type': 'application/json'};
    if (!number++) headers.Authorization = 'Basic ' + btoa('%s:secret');
    const answer = await fetch('/api/v2' + path,
                               {method, headers, body: body && JSON.stringify(body)});
    return {status: answer.status, ...(await answer.json())};
  };
  const heard = [], codes = [];
  let wake = () => {};
  const until = async (state) => {
    for (;;) {
      const found = heard.find((email) => email.state == state && !email.taken);
      if (found) { found.taken = true; return found; }
      await new Promise((done) => { wake = done; });
    }
  };
  codes.push((await call('GET', '/me')).statusCode);
  await call('GET', '/users?fields=*');
  const cometd = new CometD();
  cometd.unregisterTransport('long-polling');
  cometd.unregisterTransport('callback-polling');
  cometd.configure({url: location.origin + '/api/v2/notifications'});
  const shaken = await new Promise((done) => cometd.handshake(done));
  await new Promise((done) => cometd.subscribe('/v2/me/emails', ({data}) => {
    heard.push(data.email); wake();
  }, done));
  const session = {operationName: 'StartContactCenterSession', channels: ['email']};
  codes.push((await call('POST', '/me', session)).statusCode);
  codes.push((await call('POST', '/me/channels/email', {operationName: 'Ready'})).statusCode);
  const first = await until('Invited');
  const reject = await call('POST', '/me/emails/' + first.id, {operationName: 'Reject'});
  codes.push(reject.statusCode);
  await until('Completed');
  const second = await until('Invited');
  codes.push((await call('POST', '/me/emails/' + second.id, {operationName: 'Accept'})).statusCode);
  await until('Processing');
  const transport = cometd.getTransport().type;
  await new Promise((done) => cometd.disconnect(done));
  return {transport, shaken: shaken.successful, codes, states: heard.map((email) => email.state)};
})()"""


@pytest.fixture(autouse=True)
def chromium() -> None:
    need_browser()
    need(None if LIBRARY.is_dir() else "run npm ci in tests/interop")


def beside(app: Any) -> Any:
    """Serve a page, and the client's modules, beside ``app``."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == "/":
            content, kind = PAGE, b"text/html"
        elif path.startswith("/library/") and "/" not in path.removeprefix("/library/"):
            content, kind = (LIBRARY / path.rpartition("/")[2]).read_bytes(), b"text/javascript"
        else:
            await app(scope, receive, send)
            return
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return serve


async def test_a_page_works_over_a_websocket_against_what_was_recorded_over_long_polling(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.interop.chromium.PATIENCE", 60.0)  # a browser is slow to start
    cassette = load(cassettes() / "email-morning.yaml")
    told: list[str] = []
    player = player_app(cassette, tell=told.append)
    me = next(c for c in player.script.calls.values() if c.operation == "Me")
    with serving(beside(player), before_stop=player.close) as url:
        async with browser() as chromium:
            page = await chromium._tab(f"{url}/")
            await chromium._until(page, "document.title == 'a desktop'")
            value = await page.run(WORK % me.body["user"]["userName"])
    assert value == {
        "transport": "websocket",
        "shaken": True,
        "codes": [0, 0, 0, 0, 0],
        "states": ["Invited", "Completed", "Invited", "Processing"],
    }
    assert told == []
