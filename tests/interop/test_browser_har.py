"""A HAR that Chromium has saved becomes a cassette, and the same page works against its replay."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.conversion import convert
from conformance.reference.app import reference_server
from tapestry.player import play
from tapestry.tape.codec import load
from tests.interop.chromium import browser, need_browser

pytestmark = pytest.mark.interop

DESKTOP = """(async () => {
  let headers = {'Content-Type': 'application/json'}, number = 0, client;
  const send = async (method, path, body, more) => {
    const answer = await fetch('/api/v2' + path, {
      method, headers: {...headers, ...more}, body: body && JSON.stringify(body)});
    const name = answer.headers.get('X-CSRF-HEADER');
    if (name) headers[name] = answer.headers.get(name);
    return answer.json();
  };
  const meta = (channel, more) => send('POST', '/notifications',
    [{channel: '/meta/' + channel, id: String(++number), clientId: client, ...more}]);
  const heard = [];
  const until = async (state) => {
    for (let polls = 0; polls < 20; polls++) {
      for (const message of await meta('connect', {connectionType: 'long-polling'})) {
        if (message.data) heard.push(message.data.email);
      }
      const found = heard.find((email) => email.state == state && !email.taken);
      if (found) { found.taken = true; return found.id; }
    }
    throw new Error('never heard ' + state);
  };
  const login = {Authorization: 'Basic ' + btoa('alice:alice-pw')};
  await send('GET', '/me', undefined, login);
  client = (await meta('handshake', {version: '1.0',
    supportedConnectionTypes: ['long-polling']}))[0].clientId;
  await meta('subscribe', {subscription: '/v2/me/emails'});
  await send('POST', '/me', {operationName: 'StartContactCenterSession', channels: ['email']});
  await send('POST', '/me', {operationName: 'Ready'});
  const invite = () => fetch('/admin/emails', {method: 'POST', headers,
    body: JSON.stringify({subject: 'Hello', from: 'jo@customer.test', to: 'support@shop.test'})});
  await invite();
  const email = await until('Invited');
  await send('POST', '/me/emails/' + email, {operationName: 'Accept'});
  await until('Processing');
  await meta('disconnect');
  return heard.map((email) => email.state);
})()"""


@pytest.fixture(autouse=True)
def chromium() -> None:
    need_browser()


async def test_a_har_saved_by_chromium_becomes_a_cassette_that_replays(tmp_path: Path) -> None:
    archive, tape = tmp_path / "browser.har", tmp_path / "browser.yaml"
    async with browser() as chromium:
        with reference_server() as server:
            page = f"{server}/api/v2/diagnostics/version"
            seen, har = await chromium.work(page, DESKTOP)
    archive.write_text(har, encoding="utf-8")
    report = convert(archive, tape)
    async with browser() as chromium:  # another one, without the cookies of the first
        with play(load(tape)) as player:
            page = f"{player}/api/v2/diagnostics/version"
            again, _ = await chromium.work(page, DESKTOP)
    assert json.loads(har)["log"]["creator"]["name"] == "WebInspector"
    assert seen == again == ["Invited", "Processing"]
    assert report.entries >= 10
    assert report.lost == ()
    text = tape.read_text()
    assert "customer.test" not in text
    assert "YWxpY2U6" not in text
    assert "alice" not in text
