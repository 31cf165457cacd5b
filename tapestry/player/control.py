"""The player's own routes, for whoever runs it: let a delivery go, and see how the play stands.

They stand under a reserved prefix, answer only to this machine, and never touch the tape.
"""

from __future__ import annotations

from typing import Protocol
from urllib.parse import parse_qs

from tapestry.player.answers import Answer
from tapestry.player.script import Script
from tapestry.player.summary import Summary, as_json
from tapestry.player.wire import Asked, json_answer

PREFIX = "/__tapestry/"


class Controlled(Protocol):
    """What can be controlled: the player."""

    @property
    def script(self) -> Script:
        """Return what the tape has."""

    def release(self, agent: str) -> str | None:
        """Let the next unsolicited delivery of ``agent`` go; return its channel."""

    def summary(self) -> Summary:
        """Return what became of the cassette so far."""


def control(asked: Asked, player: Controlled) -> Answer:
    """Answer a request to a route of the player's own."""
    if not asked.local:
        return _refusal(403, "the control routes answer only to this machine")
    match asked.method, asked.path.removeprefix(PREFIX):
        case "GET", "summary":
            return json_answer(200, as_json(player.summary()))
        case "POST", "release":
            return _release(asked, player)
        case _, "summary" | "release":
            return _refusal(405, "GET /__tapestry/summary, POST /__tapestry/release")
    return _refusal(404, "there are /__tapestry/summary and /__tapestry/release")


def _release(asked: Asked, player: Controlled) -> Answer:
    agents = list(player.script.lanes)
    agent = parse_qs(asked.query).get("agent", agents if len(agents) == 1 else [""])[0]
    if agent not in agents:
        return _refusal(404, f"give ?agent=, one of: {', '.join(agents)} ('#' is written %23)")
    channel = player.release(agent)
    if channel is None:
        return _refusal(409, f"nothing unsolicited is left for {agent}")
    return json_answer(200, {"agent": agent, "channel": channel})


def _refusal(status: int, message: str) -> Answer:
    return json_answer(status, {"error": message})
