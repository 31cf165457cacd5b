"""A correct server that Tapestry was not made for is judged without a false alarm."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from tapestry.bayeux.client import ClientEvent, Delivered
from tapestry.bayeux.http_client import BayeuxFailure, CometdClient
from tests.interop.processes import HERE, Running, cli, foreign_server, provision
from tests.interop.workday import record

pytestmark = pytest.mark.interop

Run = Callable[[Running], Running]

PASSWORDS = {f"{name.upper()}_PASSWORD": f"{name}-pw" for name in ("alice", "bob", "carol")}


def target_at(base: str, folder: Path) -> Path:
    """Write the target file of a server that runs at ``base``."""
    text = (HERE / "gws_server.target.yaml").read_text()
    target = folder / "gws_server.target.yaml"
    target.write_text(text.replace("http://127.0.0.1:8091", base))
    return target


def test_the_judge_finds_it_conformant(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, password in PASSWORDS.items():
        monkeypatch.setenv(name, password)
    target = target_at(run(foreign_server()).base_url(), tmp_path)
    verified = run(cli("verify", "--target", str(target), "--format", "json"))
    code = verified.wait()
    report = json.loads("\n".join(verified.lines))
    faults = [check for check in report["checks"] if check["outcome"] not in ("pass", "na")]
    assert faults == []
    assert code == 0, verified.account()
    assert report["verdict"] == "conformant"
    passed = {check["id"].split(".")[1].split("-")[0] for check in report["checks"]}
    assert {"accept", "reject", "transfer", "unknown", "wrong", "not"} <= passed


def test_a_recorded_day_of_it_is_a_scenario_that_it_passes(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, password in PASSWORDS.items():
        monkeypatch.setenv(name, password)
    base, tape = run(foreign_server()).base_url(), tmp_path / "day.yaml"
    record(run, base, tape)
    target = target_at(base, tmp_path)
    verified = run(cli("verify", str(tape), "--target", str(target)))
    assert verified.wait() == 0, verified.account()
    assert verified.lines[-1].startswith("verdict=conformant")


async def test_our_client_gets_on_with_its_cometd(run: Run) -> None:
    base = run(foreign_server()).base_url()
    heard: list[ClientEvent] = []
    login = {"Authorization": f"Basic {b64encode(b'alice:alice-pw').decode()}"}
    async with aiohttp.ClientSession(base, cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        url = f"{base}/api/v2/notifications"
        async with CometdClient(url, http=http, on_event=heard.append) as client:
            with pytest.raises(BayeuxFailure, match="403::handshake_denied"):
                await client.handshake()
            await http.get("/api/v2/me", headers=login)
            await client.handshake()
            await client.subscribe("/v2/me/*")
            start = {"operationName": "StartContactCenterSession", "channels": ["email"]}
            await http.post("/api/v2/me", json=start)
            provision(base, "Hello", "alice")
            # What the server had queued rides on the next answer of the session, whichever it is.
            await client.subscribe("/v2/me/emails")
            await client.unsubscribe("/v2/me/emails")
    states = [
        event.message["data"]["email"]["state"] for event in heard if isinstance(event, Delivered)
    ]
    assert states == ["Invited"]
