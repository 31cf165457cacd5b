"""Targets: the implementations under test, and how to reach them and bring emails about.

A target file (design: section 7) says what a judge cannot know: where the server is, who works
there, which optional features it claims. Credentials stay out of it: they come from the
environment, so that the file can be shared and a report can quote it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.jsonpath import Path as JsonPath
from conformance.jsonpath import parse_path
from conformance.template import names_in
from tapestry.documents import Document, read_document
from tapestry.problems import Place, Problem, Problems

COMETD = "/api/v2/notifications"
TOPIC = "/v2/me/emails"
HOUSE_AGENTS = ("alice", "bob", "carol")
PROVISION_VARIABLES = frozenset({"subject", "from", "to", "agent"})

Environment = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Agent:
    """One user of the target; without a password it logs in without credentials."""

    name: str
    username: str
    password: str | None = field(default=None, repr=False)
    user_uri: str | None = None


@dataclass(frozen=True, slots=True)
class HttpProvision:
    """Brings an email about by a request; ``id`` is where the answer names it."""

    path: str
    method: str = "POST"
    json: Any = None
    id: JsonPath | None = None

    @property
    def aims(self) -> bool:
        """Tell whether the target can be told which agent gets the email."""
        return "agent" in names_in(self.json) | names_in(self.path)


@dataclass(frozen=True, slots=True)
class CommandProvision:
    """Brings an email about by a program, run in ``folder`` without a shell."""

    command: tuple[str, ...]
    folder: Path = Path()

    @property
    def aims(self) -> bool:
        """Tell whether the target can be told which agent gets the email."""
        return "agent" in names_in(list(self.command))


Provision = HttpProvision | CommandProvision

HOUSE_PROVISION = HttpProvision(
    "/admin/emails",
    json={"subject": "${subject}", "from": "${from}", "to": "${to}", "agent": "${agent}"},
    id=("id",),
)


@dataclass(frozen=True, slots=True)
class Target:
    """One implementation under test; ``capabilities`` of ``None`` claims every feature."""

    name: str
    base_url: str
    agents: Mapping[str, Agent]
    cometd: str = COMETD
    topic: str = TOPIC
    transport: str = "long-polling"
    publish_channel: str | None = None
    csrf: str = "auto"
    session: str = "auto"
    capabilities: frozenset[str] | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    provision: Mapping[str, Provision] = field(default_factory=dict)

    def claims(self, capability: str) -> bool:
        """Tell whether the target says that it has an optional feature."""
        return self.capabilities is None or capability in self.capabilities


def load_target(reference: str, environment: Environment = os.environ) -> Target:
    """Read the target file, or take the base URL, that ``reference`` is.

    Raises :class:`Problem` for a file that is not a target (each fault at file:line:col) and for a
    password whose environment variable is not set.
    """
    if reference.startswith(("http://", "https://")):
        return target_at(reference, environment)
    file = Path(reference)
    if not file.is_file() and "://" in reference:
        raise Problem(f"not a target: {reference!r}", remedy="give a file or an http(s) URL")
    return read_target(read_document(file), environment)


def target_at(url: str, environment: Environment = os.environ) -> Target:
    """Return the target at a bare URL, taken to be built like the reference implementation.

    Its agents are alice, bob and carol, with the passwords in ``TAPESTRY_ALICE_PASSWORD`` and so
    on; one whose variable is not set sends no credentials. Raises :class:`Problem`.
    """
    _check_url(url)
    agents = {}
    for name in HOUSE_AGENTS:
        password = environment.get(f"TAPESTRY_{name.upper()}_PASSWORD")
        agents[name] = Agent(name, name, password)
    return house_target(url, agents, name=url)


def house_target(url: str, agents: Mapping[str, Agent], *, name: str) -> Target:
    """Return a target that is built like the reference implementation, admin route included."""
    return Target(name, url.rstrip("/"), agents, provision={"email": HOUSE_PROVISION})


def read_target(document: Document, environment: Environment = os.environ) -> Target:
    """Read a target from its document. Raises :class:`Problem`."""
    from tapestry.catalogue.own import check_own

    _refuse_passwords(document)
    problems = check_own(document, "target")
    if problems:
        raise Problems(problems)
    raw = document.value
    _check_url(raw["base_url"], document.place("base_url"))
    capabilities = raw.get("capabilities")
    return Target(
        name=raw["name"],
        base_url=raw["base_url"].rstrip("/"),
        agents=_read_agents(document, environment),
        cometd=raw.get("cometd", COMETD),
        topic=raw.get("topic", TOPIC),
        transport=raw.get("transport", "long-polling"),
        publish_channel=raw.get("publish_channel"),
        csrf=raw.get("csrf", "auto"),
        session=raw.get("session", "auto"),
        capabilities=None if capabilities is None else frozenset(capabilities),
        variables=raw.get("variables", {}),
        provision={
            kind: _read_provision(document, kind, way)
            for kind, way in raw.get("provision", {}).items()
        },
    )


def _check_url(url: str, where: Place | None = None) -> None:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
        parts = None
    if parts is not None and (parts.username or parts.password):
        raise Problem(
            "a target URL must not hold credentials",
            where=where,
            why="reports and logs show the URL",
            remedy="give them as agents with password_env",
        )
    if not usable:
        raise Problem("not a usable target URL", where=where, remedy="write http(s)://HOST[:PORT]")


def _refuse_passwords(document: Document) -> None:
    agents = document.value.get("agents") if isinstance(document.value, dict) else None
    for name, agent in agents.items() if isinstance(agents, dict) else ():
        if isinstance(agent, dict) and "password" in agent:
            raise Problem(
                f"a password stands in the file, for {name}",
                where=document.place("agents", name, "password"),
                why="target files are shared and kept; a password in one is a password lost",
                remedy="write password_env: NAME and put the password in that variable",
            )


def _read_agents(document: Document, environment: Environment) -> dict[str, Agent]:
    raw: dict[str, Any] = document.value.get("agents", {})
    problems, agents = [], {}
    for name, agent in raw.items():
        variable = agent.get("password_env")
        password = environment.get(variable) if variable else None
        if variable and password is None:
            problems.append(
                Problem(
                    f"the password of {name} is not set: environment variable {variable}",
                    where=document.place("agents", name, "password_env"),
                    remedy=f"export {variable}=..., or leave password_env out to send none",
                )
            )
        agents[name] = Agent(name, agent.get("username", name), password, agent.get("user_uri"))
    if problems:
        raise Problems(problems)
    return agents or {name: Agent(name, name) for name in HOUSE_AGENTS}


def _read_provision(document: Document, kind: str, way: Mapping[str, Any]) -> Provision:
    place = document.place("provision", kind)
    unknown = names_in(dict(way)) - PROVISION_VARIABLES
    if unknown:
        raise Problem(
            f"unknown variable {', '.join(sorted(unknown))}",
            where=place,
            remedy=f"known are {', '.join(sorted(PROVISION_VARIABLES))}",
        )
    if "command" in way:
        return CommandProvision(tuple(way["command"]), Path(document.file).resolve().parent)
    http = way["http"]
    return HttpProvision(
        path=http["path"],
        method=http.get("method", "POST"),
        json=http.get("json"),
        id=_read_id(http.get("id"), document.place("provision", kind, "http", "id")),
    )


def _read_id(text: str | None, place: Place) -> JsonPath | None:
    if text is None:
        return None
    try:
        return parse_path(text)
    except ValueError as fault:
        raise Problem(f"not a JSON path: {text!r}", where=place, why=str(fault)) from None
