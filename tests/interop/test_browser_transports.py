"""The official client, unmodified, in a real browser: every transport that our server offers.

callback-polling needs a page, and so does a WebSocket that sends cookies by itself: neither can be
shown from Node.js.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tapestry.bayeux.asgi import BayeuxEndpoint
from tapestry.bayeux.effects import Effect, SessionOpened
from tapestry.bayeux.server import BayeuxServer
from tapestry.serving import Receive, Scope, Send, serving
from tests.interop.chromium import browser, need_browser
from tests.interop.processes import HERE, missing, need

pytestmark = pytest.mark.interop

LIBRARY = HERE / "node_modules" / "cometd"
TRANSPORTS = ("websocket", "long-polling", "callback-polling")

TALK = """(async () => {
  const {CometD} = await import('/lib/cometd.js');
  const {AckExtension} = await import('/lib/AckExtension.js');
  const talk = (transport, ack) => new Promise((resolve, reject) => {
    const cometd = new CometD();
    if (ack) cometd.registerExtension('ack', new AckExtension());
    for (const name of NAMES) if (name !== transport) cometd.unregisterTransport(name);
    cometd.configure({url: location.origin + '/bayeux', logLevel: 'error'});
    const heard = [];
    const take = ({data}) => {
      heard.push(data);
      if (heard.length < 3) cometd.publish('/chat', heard.length + 1);
      else cometd.disconnect(() => resolve(heard));
    };
    cometd.handshake((shaken) => {
      if (!shaken.successful) return reject(new Error(JSON.stringify(shaken)));
      cometd.subscribe('/chat', take, () => cometd.publish('/chat', 1));
    });
  });
  const told = {};
  for (const transport of NAMES)
    for (const ack of [false, true]) told[transport + (ack ? ' with ack' : '')] =
      await talk(transport, ack);
  return told;
})()""".replace("NAMES", str(list(TRANSPORTS)))


class Site:
    """The library's files, and a Bayeux endpoint that notes by what each session was opened."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.bayeux = BayeuxEndpoint(BayeuxServer(), on_event=self._note)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith("/bayeux"):
            await self.bayeux(scope, receive, send)
            return
        file = LIBRARY / Path(scope["path"]).name
        found = scope["path"].startswith("/lib/")
        body = file.read_bytes() if found else b"<!doctype html><title>page</title>"
        kind = b"text/javascript" if found else b"text/html"
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _note(self, effect: Effect) -> None:
        if isinstance(effect, SessionOpened):
            self.opened.append(effect.session.transport.value)


@pytest.fixture(autouse=True)
def third_parties() -> None:
    need_browser()
    need(missing())


async def test_a_page_talks_over_every_transport() -> None:
    site = Site()
    with serving(site, before_stop=site.bayeux.close) as base:
        async with browser() as chromium:
            told: Any
            told, _ = await chromium.work(base, TALK)
    expected = [name for transport in TRANSPORTS for name in (transport, f"{transport} with ack")]
    assert told == {name: [1, 2, 3] for name in expected}
    assert site.opened == [name.removesuffix(" with ack") for name in expected]
