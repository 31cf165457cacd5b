"""Carries out the steps of a scenario, one function for each kind.

Each returns whether what the step states held; what did not is in the ledger by then. A step that
could not be done at all, for reasons that say nothing about the target's answers, raises
:class:`Broken`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, assert_never
from urllib.parse import quote

from conformance.jsonpath import MISSING, Path, find, write_path
from conformance.judge.match import match
from conformance.language.scenario import Call, Disconnect, Expect, Never, Provision, Ready, Step
from conformance.model import Finding
from conformance.runner.agent import AgentUnusable, Answer, NoAnswer, Unreachable
from conformance.runner.events import Called, Provisioned
from conformance.runner.expectation import Decision, compare, decide, late, missing
from conformance.runner.provide import CannotProvide, provide
from conformance.runner.scene import Scene
from conformance.runner.shapes import Judged, judge_answer, judge_notification
from conformance.template import fill

GRACE = 0.25
"""Seconds waited beyond a deadline, to tell 'late' from 'missing'."""
QUIET = 0.5
"""Seconds from a cause to the end of the silence after it, at the least."""

CUSTOMER = "customer@example.com"
MAILBOX = "support@example.com"


class Broken(Exception):
    """The step could not be done; says nothing about whether the target conforms."""


async def carry_out(scene: Scene, step: Step) -> bool:
    """Carry out one step whose variables all have values. Raises :class:`Broken`."""
    try:
        match step.action:
            case Ready():
                return await _ready(scene, step, step.action)
            case Disconnect():
                return await _disconnect(scene, step, step.action)
            case Provision():
                return await _provision(scene, step, step.action)
            case Call():
                return await _call(scene, step, step.action)
            case Expect():
                return await _expect(scene, step, step.action)
            case Never():
                return await _never(scene, step, step.action)
            case _:
                assert_never(step.action)
    except (AgentUnusable, CannotProvide) as fault:
        raise Broken(str(fault)) from None
    except Unreachable as fault:
        raise Broken(f"the target broke off: {fault}") from None


async def _ready(scene: Scene, step: Step, action: Ready) -> bool:
    scene.begin(step.id)
    await scene.live[action.agent].make_ready()
    return True


async def _disconnect(scene: Scene, step: Step, action: Disconnect) -> bool:
    scene.begin(step.id)
    await scene.live[action.agent].fall_silent()
    return True


async def _provision(scene: Scene, step: Step, action: Provision) -> bool:
    way = scene.target.provision[action.kind]
    subject = fill(action.subject or scene.scenario.id, scene.scope)
    variables = {
        "subject": f"{subject} [{scene.stage.tag()}]",
        "from": fill(action.sender or CUSTOMER, scene.scope),
        "to": fill(action.to or MAILBOX, scene.scope),
    }
    aimed = {}
    if action.agent is not None:
        agent = scene.cast[action.agent]
        aimed = {"agent": agent.username}
    begun = scene.begin(step.id)
    scene.scope.update({f"{action.name}.{key}": value for key, value in variables.items()})
    identifier = await provide(way, scene.target.base_url, variables | aimed)
    if identifier is not None:
        scene.scope[f"{action.name}.id"] = identifier
    scene.stage.emit(
        Provisioned(
            begun, scene.scenario.id, step.id, variables["subject"], action.agent, identifier
        )
    )
    return True


async def _call(scene: Scene, step: Step, action: Call) -> bool:
    path = _filled_path(action.path, scene.scope)
    body = MISSING if action.json is MISSING else fill(action.json, scene.scope)
    text = None if action.text is None else str(fill(action.text, scene.scope))
    begun = scene.begin(step.id)
    try:
        answer = await scene.live[action.agent].request(
            action.method, path, body=body, text=text, within=action.within
        )
    except NoAnswer as fault:
        _tell_call(scene, step, action, path, begun, None)
        scene.ledger.find(step.check, [Finding("missing", str(fault), "answer")])
        return False
    _tell_call(scene, step, action, path, begun, answer)
    findings = _judge_call(scene, step, action, answer)
    findings += _capture(scene, action.capture, answer.body)
    scene.ledger.find(step.check, findings)
    shapes = judge_answer(scene.stage.catalogue, action.method, path, body, answer)
    _add_shapes(scene, step.check, shapes, findings)
    return not findings


def _judge_call(scene: Scene, step: Step, action: Call, answer: Answer) -> list[Finding]:
    findings = []
    if answer.status not in action.status:
        message = f"the HTTP status is not {action.status}"
        findings.append(Finding("status", message, "status", str(action.status), answer.status))
        shown = None if answer.body is MISSING else answer.body
        scene.ledger.note(step.check, [Finding("answer", "the answer was", "$", None, shown)])
    if action.body is not None:
        compared = match(action.body, answer.body, scene.scope)
        scene.scope.update(compared.bound)
        scene.ledger.note(step.check, compared.notes)
        findings.extend(compared.findings)
    return findings


async def _expect(scene: Scene, step: Step, action: Expect) -> bool:
    live = scene.live[action.agent]
    anchor = scene.begun[action.after or ""].at
    latest = anchor + action.within + GRACE
    while True:
        open_to = live.inbox.open_to(action.lane, anchor)
        decision = decide(action, open_to, scene.scope, scene.target.topic)
        remaining = latest - scene.now()
        if decision is not None or remaining <= 0:
            break
        await live.inbox.wait(remaining)
    if decision is None:
        _was_listening(scene, action)
        _tell_missing(scene, step, action, anchor)
        return False
    live.inbox.claim(decision.arrival, step.id, action.lane)
    return _judge_arrival(scene, step, action, decision, anchor)


def _judge_arrival(
    scene: Scene, step: Step, action: Expect, decision: Decision, anchor: float
) -> bool:
    arrival = decision.arrival
    scene.scope.update(decision.match.bound)
    findings = [*decision.match.findings, *_capture(scene, action.capture, arrival.data)]
    delayed = late(arrival, anchor, action.within)
    if delayed is not None:
        findings.append(delayed)
    scene.ledger.find(step.check, findings)
    scene.ledger.note(step.check, decision.match.notes)
    shapes = judge_notification(scene.stage.catalogue, arrival.channel, arrival.data)
    _add_shapes(scene, step.check, shapes, findings)
    return not findings


def _tell_missing(scene: Scene, step: Step, action: Expect, anchor: float) -> None:
    seen = scene.live[action.agent].inbox.since(anchor)
    finding, notes = missing(action, seen, scene.scope, scene.target.topic, anchor)
    scene.ledger.find(step.check, [finding])
    scene.ledger.note(step.check, notes)


async def _never(scene: Scene, step: Step, action: Never) -> bool:
    """Hold that nothing of the kind came, as long as it would have been seen.

    The fence is a poll that was sent after the step began: whatever the server had for this session
    rides on it or came before. A notification may still follow its cause by a little, and a poll
    may come back at once with another, so fences go on until some time has passed since the cause.
    In a session that was not the same all the while, nothing is proven.
    """
    live = scene.live[action.agent]
    begun = scene.begun[action.after or ""]
    fenced = await live.fence(action.within)
    while fenced and scene.now() < begun.at + QUIET:
        fenced = await live.fence(action.within)
    if not fenced:
        message = f"no poll came back; silence was measured by {action.within:g} s of time"
        scene.ledger.note(step.check, [Finding("fence", message)])
    _was_listening(scene, action)
    came = [
        arrival
        for arrival in live.inbox.since(begun.at)
        if arrival.claimed is None and compare(action, arrival, scene.scope, scene.target.topic)
    ]
    for arrival in came:
        moment = f"{(arrival.at - begun.at) * 1000:.0f} ms"
        message = f"{action.agent} got it all the same, {moment} after the cause"
        arrival.claimed = step.id
        scene.ledger.find(
            step.check, [Finding("unexpected", message, "$.data", None, arrival.data)]
        )
    return not came


def _was_listening(scene: Scene, action: Expect | Never) -> None:
    """Make sure that a notification would have been seen. Raises :class:`Broken`."""
    live = scene.live[action.agent]
    before = scene.begun[action.after or ""].sessions[action.agent]
    if not live.listening or live.sessions != before:
        raise Broken(f"{action.agent} was not listening all the while, so silence proves nothing")


def _capture(scene: Scene, wanted: Mapping[str, Path], value: Any) -> list[Finding]:
    findings = []
    for name, path in wanted.items():
        found = find(path, value)
        if found is MISSING:
            message = f"is missing, and later steps need it as ${{{name}}}"
            findings.append(Finding("missing", message, write_path(path)))
        else:
            scene.scope[name] = found
    return findings


def _add_shapes(scene: Scene, check: str, judged: Judged, told: list[Finding]) -> None:
    """Add what is wrong with a message's shape, where the step has not told the same already."""
    places = {finding.path for finding in told}
    for level, finding in judged:
        if finding.path not in places:
            scene.ledger.find(check, [finding], level)


def _filled_path(path: str, scope: Mapping[str, Any]) -> str:
    """Fill a path; a value is one segment, whatever characters the target put in it."""
    quoted = {name: quote(str(value), safe="") for name, value in scope.items()}
    return re.sub(r"\s", "%20", str(fill(path, quoted)))


def _tell_call(
    scene: Scene, step: Step, action: Call, path: str, begun: float, answer: Answer | None
) -> None:
    hide = scene.stage.secrets.hide
    sent = None if action.json is MISSING else fill(action.json, scene.scope)
    scene.stage.emit(
        Called(
            at=begun,
            took=scene.now() - begun,
            scenario=scene.scenario.id,
            step=step.id,
            agent=action.agent,
            method=action.method,
            path=hide(path),
            request=hide(sent if action.text is None else action.text),
            status=answer.status if answer else None,
            answer=None if answer is None or answer.body is MISSING else hide(answer.body),
        )
    )
