"""Scenarios acted out against the reference, and against servers that are wrong in one way."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from conformance.language.scenario import Scenario
from conformance.model import Check, Outcome
from conformance.runner.casting import Unfit, cast_for
from conformance.runner.enact import enact
from conformance.runner.events import Called, Event, SessionChanged
from conformance.runner.scene import Stage
from conformance.runner.steps import QUIET
from conformance.target import Agent, HttpProvision, Target
from tapestry.bayeux.http_client import BayeuxFailure, CometdClient
from tapestry.catalogue import catalogue

INVITED = """\
  - id: in
    provision: {as: mail, agent: alice}
  - id: invited
    expect:
      agent: alice
      where: {email: {subject: "${mail.subject}"}}
      data: {email: {state: Invited}}
      capture: {email: $.email.id}
"""


async def act(scenario: Scenario, target: Target, **stage: Any) -> dict[str, Check]:
    cast = cast_for(scenario, target)
    assert not isinstance(cast, Unfit)
    checks = await enact(scenario, cast, Stage(target, catalogue(), **stage))
    return {check.id: check for check in checks}


async def test_an_invitation_comes_and_is_told_in_events(read, reference) -> None:
    events: list[Event] = []
    checks = await act(read(INVITED), reference, emit=events.append)
    assert checks["test.one"].outcome is Outcome.PASS
    told = [event.what for event in events if isinstance(event, SessionChanged)]
    assert told == ["logged in", "listening", "session started", "ready", "left"]


async def test_sessions_are_ended_whatever_went_wrong(read, reference) -> None:
    fails = INVITED + '  - never: {agent: alice, after: in, data: "${mail.id}"}\n'
    await act(read(fails), reference)
    async with (
        aiohttp.ClientSession() as http,
        http.get(reference.base_url + "/admin/state") as answer,
    ):
        state = await answer.json()
    assert {agent["channels"] for agent in state["agents"].values()} == {None}


async def test_what_was_not_captured_skips_what_needs_it_and_only_that(read, reference) -> None:
    steps = """\
  - id: first
    check: {id: test.first, title: x}
    call: {agent: alice, request: GET /api/v2/me, capture: {nothing: $.no.such}}
  - check: {id: test.second, title: x}
    call: {agent: alice, request: "GET /api/v2/users/${nothing}"}
  - check: {id: test.third, title: x}
    requires: [first]
    call: {agent: alice, request: GET /api/v2/me}
  - check: {id: test.fourth, title: x}
    call: {agent: alice, request: GET /api/v2/me}
"""
    checks = await act(read(steps), reference)
    assert checks["test.first"].findings[0].path == "$.no.such"
    assert checks["test.second"].reason == "needs ${nothing}, but step first failed"
    assert checks["test.third"].reason == "needs step first, which failed"
    assert checks["test.fourth"].outcome is Outcome.PASS


async def test_nothing_is_expected_of_a_cause_that_was_skipped(read, reference) -> None:
    steps = """\
  - call: {agent: alice, request: GET /api/v2/me, capture: {nothing: $.no.such}}
  - {id: cause, call: {agent: alice, request: "GET /api/v2/users/${nothing}"}}
  - check: {id: test.never, title: x}
    never: {agent: alice, data: {}}
"""
    check = (await act(read(steps), reference))["test.never"]
    assert check.outcome is Outcome.SKIP
    assert check.reason == "follows from step cause, which was skipped"


async def test_what_the_target_does_not_tell_is_not_taken_for_a_failure(read, reference) -> None:
    silent = HttpProvision("/admin/emails", json=reference.provision["email"].json)
    target = replace(reference, provision={"email": silent})
    steps = INVITED + "  - call: {agent: alice, request: 'GET /api/v2/me/emails/${mail.id}'}\n"
    check = (await act(read(steps), target))["test.one"]
    assert (check.outcome, check.reason) == (
        Outcome.SKIP,
        "needs ${mail.id}, which the target does not tell",
    )


async def test_a_wrong_answer_is_told_whole(read, reference) -> None:
    steps = """\
  - call:
      agent: alice
      request: POST /api/v2/me/emails/none
      json: {operationName: Accept}
      answer: {json: {statusCode: 0}}
"""
    check = (await act(read(steps), reference))["test.one"]
    assert check.outcome is Outcome.FAIL
    assert [(found.kind, found.path, found.observed) for found in check.findings] == [
        ("status", "status", 404),
        ("mismatch", "$.statusCode", 6),
    ]
    assert check.notes[0].observed["statusCode"] == 6


async def test_what_never_comes_fails_at_its_deadline(read, reference, hurry) -> None:
    steps = INVITED + "  - expect: {agent: alice, data: {email: {state: Sent}}}\n"
    [finding] = (await act(hurry(read(steps)), reference))["test.one"].findings
    assert finding.kind == "missing"
    assert "within 0.6 s" in finding.message


async def test_what_must_not_come_and_came_is_a_finding(read, reference) -> None:
    steps = """\
  - {id: in, provision: {as: mail, agent: alice}}
  - never: {agent: alice, data: {email: {subject: "${mail.subject}"}}}
"""
    check = (await act(read(steps), reference))["test.one"]
    assert check.outcome is Outcome.FAIL
    assert check.findings[0].kind == "unexpected"


async def test_what_must_not_come_is_waited_for_one_round_trip_only(read, reference) -> None:
    steps = "  - call: {agent: alice, request: GET /api/v2/me}\n" * 1
    steps += "  - never: {agent: alice, within: 30s, data: {email: {id: none}}}\n"
    check = (await act(read(steps), reference))["test.one"]
    assert check.outcome is Outcome.PASS
    assert check.seconds < 10


async def test_silence_lasts_a_while_even_when_polls_come_back_at_once(read, reference) -> None:
    steps = """\
  - {id: in, provision: {as: mail, agent: alice}}
  - never: {agent: alice, data: {email: {id: none}}}
"""
    check = (await act(read(steps), reference))["test.one"]
    assert check.outcome is Outcome.PASS
    assert check.seconds >= QUIET


async def test_notifications_that_nobody_expected_are_noted(read, reference) -> None:
    steps = """\
  - {id: in, provision: {as: mail, agent: alice}}
  - {id: other, provision: {as: next, agent: alice}}
  - expect: {agent: alice, where: {email: {subject: "${next.subject}"}}, data: {}}
"""
    check = (await act(read(steps), reference))["test.one"]
    assert check.outcome is Outcome.PASS
    assert any("nobody expected this" in note.message for note in check.notes)
    closed = replace(read(steps), closed=True)
    assert (await act(closed, reference))["test.one"].outcome is Outcome.FAIL


async def test_an_agent_that_becomes_ready_later_gets_nothing_before(read, reference) -> None:
    steps = """\
  - {id: in, provision: {as: mail, agent: alice}}
  - never: {agent: alice, after: in, data: {email: {subject: "${mail.subject}"}}}
  - ready: alice
  - expect: {agent: alice, after: in, data: {email: {subject: "${mail.subject}"}}}
"""
    check = (await act(read(steps, "agents: {alice: connected}\n"), reference))["test.one"]
    assert check.findings == ()
    assert check.outcome is Outcome.PASS


async def test_the_watchdog_turns_a_hang_into_an_error_that_tells_where(read, reference) -> None:
    steps = INVITED + "  - {id: hangs, expect: {agent: alice, within: 60s, data: {no: 1}}}\n"
    check = (await act(read(steps), reference, patience=1.0))["test.one"]
    assert check.outcome is Outcome.ERROR
    told = "the watchdog ended it after 1 s at step hangs; 2 steps were done and "
    assert (check.reason or "").startswith(told)


async def test_cancelling_skips_the_rest_and_ends_the_sessions(read, reference) -> None:
    waiting = asyncio.Event()

    def emit(event: Event) -> None:
        if isinstance(event, SessionChanged) and event.what == "ready":
            waiting.set()

    scenario = read(
        "  - {id: x, provision: {as: m}}\n  - expect: {agent: alice, within: 60s, data: 1}\n"
    )
    task = asyncio.create_task(act(scenario, reference, emit=emit))
    await waiting.wait()
    task.cancel()
    check = (await task)["test.one"]
    assert (check.outcome, check.reason) == (Outcome.SKIP, "interrupted")


async def test_wrong_credentials_are_an_error_and_no_secret_is_shown(read, reference) -> None:
    agents = {"alice": Agent("alice", "alice", "not-the-password")}
    check = (await act(read(INVITED), replace(reference, agents=agents)))["test.one"]
    assert check.outcome is Outcome.ERROR
    assert "refuses alice: HTTP 403" in (check.reason or "")
    assert "not-the-password" not in (check.reason or "")


async def test_a_provisioning_that_fails_is_an_error_not_a_failure(read, reference) -> None:
    target = replace(reference, provision={"email": HttpProvision("/no/such/route")})
    check = (await act(read(INVITED), target))["test.one"]
    assert check.outcome is Outcome.ERROR
    assert check.reason == "step in: POST /no/such/route answered HTTP 403"


class Silence:
    """Stands in for an agent whose session was opened again while nothing came."""

    def __init__(self, live: Any, sessions: int) -> None:
        self._live = live
        self._sessions = iter([1, sessions])

    def __getattr__(self, name: str) -> Any:
        return getattr(self._live, name)

    @property
    def sessions(self) -> int:
        return next(self._sessions)


async def test_silence_in_a_session_that_was_lost_proves_nothing(
    read, reference, monkeypatch
) -> None:
    from conformance.runner.scene import Scene

    engage = Scene._engage
    monkeypatch.setattr(Scene, "_engage", lambda *given: Silence(engage(*given), sessions=2))
    steps = """\
  - call: {agent: alice, request: GET /api/v2/me}
  - never: {agent: alice, data: {}}
"""
    check = (await act(read(steps), reference))["test.one"]
    assert check.outcome is Outcome.ERROR
    assert "silence proves nothing" in (check.reason or "")


async def test_what_does_not_come_in_a_session_that_was_lost_is_an_error(
    read, reference, hurry
) -> None:
    """Bringing an email about ends every session here, which the reference's reset does."""
    target = replace(reference, provision={"email": HttpProvision("/admin/reset")})
    check = (await act(hurry(read(INVITED)), target))["test.one"]
    assert check.outcome is Outcome.ERROR
    assert "step invited: alice was not listening all the while" in (check.reason or "")


async def test_where_no_poll_comes_back_silence_is_measured_by_time_and_that_is_told(
    read, reference, monkeypatch
) -> None:
    async def never_back(client: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(CometdClient, "round_trip", never_back)
    steps = """\
  - call: {agent: alice, request: GET /api/v2/me}
  - never: {agent: alice, within: 50ms, data: {email: {id: none}}}
"""
    check = (await act(read(steps), reference))["test.one"]
    assert check.outcome is Outcome.PASS
    told = "no poll came back; silence was measured by 0.05 s of time"
    assert told in {note.message for note in check.notes}


async def test_without_a_session_silence_proves_nothing(read, reference, monkeypatch) -> None:
    async def gone(client: Any) -> None:
        raise BayeuxFailure("there is no session")

    monkeypatch.setattr(CometdClient, "round_trip", gone)
    steps = """\
  - call: {agent: alice, request: GET /api/v2/me}
  - never: {agent: alice, data: {}}
"""
    check = (await act(read(steps), reference))["test.one"]
    assert (check.outcome, check.reason) == (
        Outcome.ERROR,
        "step-2: alice is not listening: there is no session",
    )


async def test_a_captured_value_is_one_segment_of_a_path(read, reference) -> None:
    events: list[Event] = []
    scenario = read(
        "  - call: {agent: alice, request: 'GET /api/v2/users/${odd}', answer: {status: 404}}\n",
        "agents: [alice]\nvariables: {odd: a/b ?c}\n",
    )
    check = (await act(scenario, reference, emit=events.append))["test.one"]
    assert check.findings == ()
    [call] = [event for event in events if isinstance(event, Called)]
    assert call.path == "/api/v2/users/a%2Fb%20%3Fc"


# Servers that break while they are asked ---------------------------------------------------------


@pytest.fixture
async def odd(reference) -> AsyncIterator[Callable[[], Target]]:
    """A target whose notifications are the reference's and whose /odd/* routes misbehave."""
    stuck = asyncio.Event()

    async def silent(request: web.Request) -> web.Response:
        await stuck.wait()
        return web.Response()

    async def breaks(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async def html(request: web.Request) -> web.Response:
        return web.Response(text="<h1>Oh no</h1>", content_type="text/html", status=502)

    async def echo(request: web.Request) -> web.Response:
        return web.json_response({"statusCode": 0, "you": request.headers.get("Authorization")})

    async def pass_on(request: web.Request) -> web.Response:
        async with (
            aiohttp.ClientSession() as http,
            http.request(
                request.method,
                reference.base_url + request.path,
                data=await request.read(),
                headers={k: v for k, v in request.headers.items() if k not in ("Host",)},
            ) as answer,
        ):
            headers = {
                k: v for k, v in answer.headers.items() if k in ("Set-Cookie", "Content-Type")
            }
            return web.Response(body=await answer.read(), status=answer.status, headers=headers)

    app = web.Application()
    for path, handler in {
        "/odd/silent": silent,
        "/odd/breaks": breaks,
        "/odd/html": html,
        "/odd/echo": echo,
    }.items():
        app.router.add_get(path, handler)
    app.router.add_route("*", "/{rest:.*}", pass_on)
    server = TestServer(app)
    await server.start_server()
    yield lambda: replace(reference, base_url=str(server.make_url("")).rstrip("/"))
    stuck.set()
    await server.close()


@pytest.mark.parametrize(
    ("request_line", "outcome", "words"),
    [
        ("GET /odd/silent, within: 50ms", Outcome.FAIL, "no answer within 0.05 s"),
        ("GET /odd/breaks", Outcome.ERROR, "step-1: the target broke off"),
        ("GET /odd/html", Outcome.FAIL, "the HTTP status is not 2xx"),
    ],
)
async def test_a_server_that_breaks_gets_the_right_class_of_outcome(
    read, odd, request_line: str, outcome: Outcome, words: str
) -> None:
    check = (await act(read(f"  - call: {{agent: alice, request: {request_line}}}\n"), odd()))[
        "test.one"
    ]
    assert check.outcome is outcome
    assert words in (check.reason or check.findings[0].message)


async def test_a_secret_that_the_server_echoes_is_hidden(read, odd) -> None:
    events: list[Event] = []
    await act(read("  - call: {agent: alice, request: GET /odd/echo}\n"), odd(), emit=events.append)
    [call] = [event for event in events if isinstance(event, Called)]
    assert call.answer == {"statusCode": 0, "you": "Basic [hidden]"}


async def test_without_a_session_agents_only_listen(read, reference) -> None:
    events: list[Event] = []
    bare = replace(reference, session="none")
    await act(read(INVITED.replace("5s", "1s")), bare, emit=events.append, patience=1.0)
    told = [event.what for event in events if isinstance(event, SessionChanged)]
    assert told == ["listening", "left"]
