"""The suite on servers that are right, that are not there, and that are no Bayeux servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from conformance.bayeux.check import all_checks
from conformance.bayeux.grade import Grade, grade
from conformance.bayeux.open_server import open_server, open_target
from conformance.bayeux.suite import run_bayeux
from conformance.model import Check, Outcome
from conformance.target import Target
from conformance.verification import embedded_reference
from tapestry.bayeux.asgi import BayeuxEndpoint
from tapestry.bayeux.message import Transport
from tapestry.bayeux.server import BayeuxServer, ServerSettings
from tapestry.problems import TargetUnusable
from tapestry.serving import App, Receive, Scope, Send, serving
from tests.conformance.bayeux.conftest import PATIENCE

LIMIT = 4
SLOW = {spec.id for spec in all_checks() if spec.slow}


def others(checks: list[Check]) -> dict[str, tuple[Outcome, str | None]]:
    return {c.id: (c.outcome, c.reason) for c in checks if c.outcome is not Outcome.PASS}


@pytest.mark.parametrize("transport", list(Transport))
async def test_our_own_server_is_unconditionally_compliant(server: Target, transport: str) -> None:
    checks = await run_bayeux(server, transport=transport, limit=LIMIT)
    assert others(checks) == {"BAYEUX-MESSAGE-08": (Outcome.NA, "the server sends no timestamps")}
    assert [check.id for check in checks] == [spec.id for spec in all_checks()]
    assert grade(checks) is Grade.UNCONDITIONALLY


async def test_where_nobody_may_publish_events_are_provisioned() -> None:
    with embedded_reference() as target:
        only = [spec.id for spec in all_checks() if not spec.slow]
        checks = await run_bayeux(target, only=only, limit=LIMIT)
    passed = {check.id for check in checks if check.outcome is Outcome.PASS}
    assert {"BAYEUX-DELIVERY-01", "BAYEUX-BOUNDARY-03", "BAYEUX-CHANNEL-01"} <= passed
    assert grade(checks) is Grade.UNCONDITIONALLY


async def test_a_single_channel_to_publish_on_is_enough(server: Target) -> None:
    only = ["BAYEUX-DELIVERY-01", "BAYEUX-BOUNDARY-03", "BAYEUX-BOUNDARY-02"]
    checks = await run_bayeux(server, publish_channel="/some/where", only=only)
    assert others(checks) == {
        "BAYEUX-BOUNDARY-02": (
            Outcome.NA,
            "clients may publish on one channel only, not on channels below it",
        )
    }


async def test_what_a_server_does_not_offer_is_not_asked_of_it() -> None:
    settings = ServerSettings(transports=(Transport.LONG_POLLING,))
    with open_server(settings) as target:
        only = ["BAYEUX-WEBSOCKET-01", "BAYEUX-CALLBACK-01", "BAYEUX-HANDSHAKE-11"]
        checks = await run_bayeux(target, only=only)
    named = {check.id: check.outcome for check in checks}
    assert named == {
        "BAYEUX-HANDSHAKE-11": Outcome.WARN,
        "BAYEUX-CALLBACK-01": Outcome.NA,
        "BAYEUX-WEBSOCKET-01": Outcome.NA,
    }
    assert grade(checks) is Grade.UNDECIDED


async def test_a_check_says_where_its_requirement_stands(server: Target) -> None:
    (check,) = await run_bayeux(server, only=["BAYEUX-CONNECT-01"])
    assert (check.file, check.line) == ("bayeux.adoc", 870)
    assert check.requirements == ("connect.answered", "connect.reply", "successful.given")
    assert (check.scenario, check.transport) == ("bayeux/connect", "long-polling")


async def test_a_server_that_is_not_there_is_no_verdict(unused_tcp_port: int) -> None:
    target = open_target(f"http://127.0.0.1:{unused_tcp_port}", "nobody")
    with pytest.raises(TargetUnusable, match="cannot reach"):
        await run_bayeux(target, patience=PATIENCE)


async def test_a_wrong_password_is_no_verdict() -> None:
    with embedded_reference() as target:
        alice = replace(target.agents["alice"], password="wrong")
        refused = replace(target, agents={"alice": alice})
        with pytest.raises(TargetUnusable, match="refused"):
            await run_bayeux(refused, patience=PATIENCE)


async def test_without_credentials_the_handshake_may_be_refused() -> None:
    with embedded_reference() as target:
        stranger = replace(target.agents["alice"], password=None)
        refused = replace(target, agents={"alice": stranger})
        with pytest.raises(TargetUnusable, match="403::handshake_denied"):
            await run_bayeux(refused, patience=PATIENCE)


@contextmanager
def fake(app: App) -> Iterator[Target]:
    with serving(app) as url:
        yield open_target(url, "fake")


async def html_page(scope: Scope, receive: Receive, send: Send) -> None:
    fields = [(b"content-type", b"text/html")]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": b"<h1>It works!</h1>"})


async def silence(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await receive()


@pytest.mark.parametrize("app", [html_page, silence])
async def test_what_is_no_bayeux_server_is_no_verdict(app: App) -> None:
    with fake(app) as target, pytest.raises(TargetUnusable, match="no Bayeux server"):
        await run_bayeux(target, patience=0.5)


async def test_a_url_may_be_that_of_the_bayeux_server_alone() -> None:
    endpoint = BayeuxEndpoint(BayeuxServer())

    async def only_there(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/comet/bayeux":
            await endpoint(scope, receive, send)
        else:
            await send({"type": "http.response.start", "status": 404, "headers": []})
            await send({"type": "http.response.body", "body": b""})

    with serving(only_there, before_stop=endpoint.close) as url:
        target = open_target(f"{url}/comet/bayeux", "alone")
        checks = await run_bayeux(target, only=["BAYEUX-DELIVERY-01", "BAYEUX-WEBSOCKET-04"])
    assert others(checks) == {}


async def test_no_secret_of_a_session_is_told(server: Target) -> None:
    from conformance.bayeux.lab import Lab
    from conformance.bayeux.suite import open_world, run_check

    told: list[str] = []

    async def tells(lab: Lab) -> list[object]:
        """Tell a clientId."""
        from conformance.bayeux.expect import wrong

        peer = await lab.session()
        told.append(peer.client_id)
        return list(wrong("$", f"it is {peer.client_id}", None, {"clientId": peer.client_id}))

    spec = replace(all_checks()[0], story=tells)
    async with open_world(server) as world:
        result = await run_check(world, spec)
    assert result.outcome is Outcome.FAIL
    assert told[0] not in repr(result)
    assert "[hidden]" in repr(result.findings)
