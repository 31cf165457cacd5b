"""record(replay(x)) tells the story of x: for each shipped cassette, transport and client.

Each agent of the cassette is played by a client of its own that does what the agent did. They work
against a recorder, behind which the player serves the cassette; the new recording must tell of the
same calls, the same deliveries, and the same causes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tapestry.catalogue import catalogue
from tapestry.player.mount import Mount
from tapestry.shipped import cassettes
from tapestry.story.alias import Aliases
from tapestry.story.derive import derive
from tapestry.story.model import Call, Delivery, Event, SessionEvent, Story
from tapestry.tape.codec import load
from tests.interop.processes import HERE, Running, server

pytestmark = pytest.mark.interop

SHIPPED = sorted(cassettes().glob("*.yaml"))
CLIENTS = [
    ("cometd", "long-polling"),
    ("cometd", "websocket"),
    ("cometd-oldest", "long-polling"),
    ("cometd-oldest", "websocket"),
    ("faye", "long-polling"),
    ("faye", "websocket"),
    ("python", "long-polling"),
    ("python", "callback-polling"),
    ("python", "websocket"),
]


def part_of(agent: str, story: Story, endpoint: str) -> dict[str, Any]:
    """Return what ``agent`` did, and how much it had heard before each call."""
    own: list[Event] = [event for event in story.events if event.agent == agent]
    steps: list[dict[str, Any]] = []
    heard, topics, listen = 0, [], 0
    for event in own:
        if isinstance(event, Call):
            asked = "&".join(f"{name}={value}" for name, value in event.query.items())
            path = f"{event.path}?{asked}" if asked else event.path
            steps.append({"method": event.method, "path": path, "heard": heard})
            steps[-1] |= {} if event.request is None else {"body": event.request}
        elif isinstance(event, Delivery):
            heard += 1
        elif event.__class__ is SessionEvent and event.action == "open":
            listen = len(steps)
        elif isinstance(event, SessionEvent) and event.action == "subscribe":
            topics.append(event.channel)
    return {"steps": steps, "heard": heard, "topics": topics, "listen": listen,
            "endpoint": endpoint, "user": user_of(own) or agent}  # fmt: skip


def user_of(events: list[Event]) -> str | None:
    """Return the login name of an agent: what the server told it about itself."""
    told = (event.body for event in events if isinstance(event, Call) and event.operation == "Me")
    return next((body["user"]["userName"] for body in told), None)


def follower(client: str, transport: str, base: str, part: Path) -> Running:
    """Start a desktop on ``client`` that does what ``part`` says."""
    where = ["--base", base, "--part", str(part), "--transport", transport]
    if client == "python":
        return Running(sys.executable, "-m", "tests.interop.follow", *where)
    return Running("node", str(HERE / "follow.mjs"), *where, "--client", client)


def plot(tape: Path) -> dict[str, Any]:
    """Return what a tape tells, lane by lane, with ids by order of appearance."""
    story = derive(load(tape), catalogue())
    aliases = Aliases.of_story(story, catalogue().identifiers)
    calls = {call.n: call for call in story.calls}
    told: dict[str, Any] = {agent: {"calls": [], "deliveries": []} for agent in story.agents}
    for call in story.calls:
        body = aliases.substitute(call.request)
        told[call.agent]["calls"].append((call.operation, call.status, body, state_of(call.body)))
    for delivery in story.deliveries:
        cause = calls.get(delivery.cause or 0)
        email = delivery.data["email"]
        told[delivery.agent]["deliveries"].append(
            (delivery.channel, delivery.notification_type, email["state"], sorted(email),
             delivery.rule, cause and (cause.agent, cause.operation))
        )  # fmt: skip
    return told


def state_of(body: Any) -> Any:
    """Return what of an answer is no id: its statusCode and the names of its members."""
    return (body.get("statusCode"), sorted(body)) if isinstance(body, dict) else body


@pytest.mark.parametrize("tape", SHIPPED, ids=lambda tape: tape.stem)
@pytest.mark.parametrize(("client", "transport"), CLIENTS)
def test_recording_a_replay_tells_the_same_story(
    run: Any, tmp_path: Path, tape: Path, client: str, transport: str
) -> None:
    cassette = load(tape)
    story = derive(cassette, catalogue())
    (endpoint,) = Mount(cassette).paths
    player = run(server("replay", str(tape), "--strict"))
    again = tmp_path / "again.yaml"
    recorder = run(server("record", player.base_url(), "--out", str(again)))
    desktops = []
    for agent in story.agents:
        part = tmp_path / f"{agent}.json"
        part.write_text(json.dumps(part_of(agent, story, endpoint)))
        desktop = run(follower(client, transport, recorder.base_url(), part))
        desktop.wait_until(lambda lines: any('"ready"' in line for line in lines), "ready")
        desktops.append(desktop)
    for desktop in desktops:
        assert desktop.wait() == 0, desktop.account()
    assert recorder.stop() == 0, recorder.account()
    assert player.stop() == 0, player.account()
    assert plot(again) == plot(tape)
