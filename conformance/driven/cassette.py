"""Reads a cassette as a scenario.

The story on the tape is walked from the first event to the last. A call becomes a call, with its
recorded answer expected; a delivery becomes an expectation, after the call that caused it; an
invitation that nothing caused is brought about first, with the subject and sender that it shows.
Personal values on a tape are pseudonyms, so the live email bears the pseudonyms and matches them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.driven.people import colleague, users_of_agents, when_silent
from conformance.driven.rules import Rules, as_template, as_templates
from conformance.jsonpath import MISSING, find
from conformance.judge.matchers import (
    Alias,
    Literal,
    Matcher,
    Members,
    Text,
    names_bound,
    names_used,
)
from conformance.language.names import provision_names
from conformance.language.scenario import (
    WITHIN,
    Action,
    Call,
    CheckSpec,
    Disconnect,
    Expect,
    Presence,
    Provision,
    Scenario,
    Statuses,
    Step,
)
from conformance.runner.timeline import in_words
from conformance.template import names_in, parse_template
from tapestry.catalogue import Catalogue, catalogue
from tapestry.story import model as taped
from tapestry.story.alias import Aliases
from tapestry.story.derive import derive
from tapestry.tape.codec import load
from tapestry.tape.model import Cassette

START = "StartContactCenterSession"
INVITED = "Invited"
NOT_AUTHENTICATED = 20


def read_cassette(file: Path) -> Scenario:
    """Read the cassette in ``file`` as a scenario. Raises :class:`Problem` when unreadable."""
    return drive(load(file), catalogue(), name=file.name.partition(".")[0], file=str(file))


def drive(cassette: Cassette, known: Catalogue, *, name: str, file: str = "") -> Scenario:
    """Return the scenario that acts out the story of ``cassette``; ``name`` begins its ids."""
    return _Walk(derive(cassette, known), known, _slug(name), file).scenario()


@dataclass(slots=True)
class _Walk:
    """One walk over a story; steps and checks gather on the way."""

    story: taped.Story
    known: Catalogue
    name: str
    file: str
    steps: list[Step] = field(default_factory=list)
    checks: list[CheckSpec] = field(default_factory=list)
    provisioned: dict[str, str] = field(default_factory=dict)
    aliases: Aliases = field(init=False)
    users: Mapping[str, str] = field(init=False)
    silence: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.aliases = Aliases.of_story(self.story, self.known.identifiers)
        self.users = users_of_agents(self.story, self.aliases)
        self.silence = when_silent(self.story)

    def scenario(self) -> Scenario:
        title = f"The story recorded in {self.name} comes about again"
        self.checks.append(CheckSpec(self.name, title))
        for event in self.story.events:
            if isinstance(event, taped.Call) and not _was_refused_entry(event):
                self._call(event)
            elif isinstance(event, taped.Delivery):
                self._delivery(event)
            elif event.n == self.silence.get(event.agent):
                self._fall_silent(event)
        agents = self._agents()
        return Scenario(
            id=self.name,
            title=title,
            agents=agents,
            steps=tuple(self.steps),
            checks=tuple(self.checks),
            alone=True,
            closed=True,
            subscribe=self._channels(),
            file=self.file,
            unfit=None if self.steps else "nothing on the cassette can be driven",
        )

    def _agents(self) -> dict[str, Presence]:
        """Return the agents; those who start their session on the tape are not ready before."""
        started = {call.agent for call in self.story.calls if call.operation == START}
        acting = {call.agent for call in self.story.calls}
        acting |= {delivery.agent for delivery in self.story.deliveries}
        return {
            agent: Presence.CONNECTED if agent in started else Presence.READY
            for agent in self.story.agents
            if agent in acting
        }

    def _channels(self) -> tuple[str, ...]:
        subscribed = (
            event.channel
            for event in self.story.events
            if isinstance(event, taped.SessionEvent) and event.action == "subscribe"
        )
        return tuple(dict.fromkeys(channel for channel in subscribed if channel))

    def _fall_silent(self, event: taped.Event) -> None:
        action = Disconnect(event.agent)
        self.steps.append(Step(f"step-{event.n}", action, self.name))

    def _call(self, call: taped.Call) -> None:
        rules = Rules(self.known.volatile, reading=call.method == "GET")
        body = None if call.body is None else rules.matcher(self.aliases.substitute(call.body))
        request: Any = MISSING
        if call.request is not None:
            request = as_templates(
                self.aliases.substitute(call.request), lambda text: colleague(text, self.users)
            )
        path = as_template(self.aliases.text(call.path)) + _query(call.query)
        action = Call(
            agent=call.agent,
            method=call.method,
            path=path,
            json=request,
            status=Statuses(frozenset({call.status}), frozenset()),
            body=body,
        )
        uses = names_in(path) | (frozenset() if request is MISSING else names_in(request))
        about = f" {self.aliases.text(call.interaction)}" if call.interaction else ""
        title = f"{call.agent}: {call.operation}{about} is answered as recorded"
        self._step(call.n, call.operation, title, action, uses, body)

    def _delivery(self, delivery: taped.Delivery) -> None:
        data = self.aliases.substitute(delivery.data)
        interaction = self._interaction(delivery, data)
        provision = None
        if delivery.cause is None and interaction not in self.provisioned:
            provision = self._bring_about(delivery, interaction)
        rules = Rules(self.known.volatile, self._asked_for(interaction))
        matcher = rules.matcher(data)
        where = self._meant(delivery, data, interaction, first=provision is not None)
        action = Expect(
            agent=delivery.agent,
            data=matcher,
            where=where,
            channel=Literal(delivery.channel),
            within=max(WITHIN, 3 * self._gap(delivery)),
            after=provision or self._anchor(delivery),
            lane=interaction or "",
        )
        if not action.after:
            return
        kind = delivery.notification_type or delivery.message_type or "notification"
        about = f" of {interaction}" if interaction else ""
        title = f"{delivery.agent} is told {in_words(delivery.data)}{about} as recorded"
        uses = names_used(matcher) | (names_used(where) if where else frozenset())
        self._step(delivery.n, kind, title, action, uses, matcher)

    def _interaction(self, delivery: taped.Delivery, data: Any) -> str | None:
        """Return the alias of what a delivery is about."""
        message = self.known.message_type(delivery.channel, delivery.data)
        found = find(message.interaction, data) if message and message.interaction else MISSING
        return found if isinstance(found, str) else None

    def _bring_about(self, delivery: taped.Delivery, interaction: str | None) -> str | None:
        """Add the step that lets an email come in, as an invitation showed it."""
        email = find(("email",), delivery.data)
        if interaction is None or not isinstance(email, dict) or email.get("state") != INVITED:
            return None
        name = f"mail-{delivery.n}"
        self.provisioned[interaction] = name
        action = Provision(
            name=name,
            agent=delivery.agent,
            subject=_escaped(email.get("subject")),
            sender=_escaped(email.get("from")),
        )
        step = Step(name, action, self.name, gives=frozenset(provision_names(name)))
        self.steps.append(step)
        return name

    def _asked_for(self, interaction: str | None) -> dict[tuple[str | int, ...], Matcher]:
        """Return what must be as it was asked for when the email was brought about."""
        name = self.provisioned.get(interaction or "")
        if name is None:
            return {}
        return {
            ("email", "subject"): Text(parse_template(f"${{{name}.subject}}")),
            ("email", "from"): Text(parse_template(f"${{{name}.from}}")),
        }

    def _meant(
        self, delivery: taped.Delivery, data: Any, interaction: str | None, *, first: bool
    ) -> Matcher | None:
        """Return how the live notification is found: by its email and type, the first by subject.

        A message that is about nothing in particular is found by all of its data.
        """
        if interaction is None:
            return None
        if first:
            asked = self._asked_for(interaction)["email", "subject"]
            return Members({"email": Members({"subject": asked})})
        message = self.known.message_type(delivery.channel, delivery.data)
        assert message is not None, "what it is about was read by the message type"
        where = _nested(message.interaction, Alias(interaction))
        if delivery.notification_type is not None:
            kind = Literal(delivery.notification_type)
            where = Members({**where.members, "notificationType": kind})
        return where

    def _gap(self, delivery: taped.Delivery) -> float:
        """Return how many seconds after its cause a delivery was recorded."""
        cause = next((call for call in self.story.calls if call.n == delivery.cause), None)
        return 0.0 if cause is None else (delivery.at - cause.at) / 1000

    def _anchor(self, delivery: taped.Delivery) -> str:
        """Return the step that a delivery follows from: its cause, else the last that did a thing.

        Nothing can be expected before anything is done; such a delivery is not waited for.
        """
        if delivery.cause is not None:
            cause = next((s for s in self.steps if s.id == f"step-{delivery.cause}"), None)
            if cause is not None:
                return cause.id
        doing = (s.id for s in reversed(self.steps) if isinstance(s.action, Call | Provision))
        return next(doing, "")

    def _step(
        self,
        n: int,
        kind: str,
        title: str,
        action: Action,
        uses: frozenset[str],
        expected: Matcher | None,
    ) -> None:
        check = CheckSpec(f"{self.name}.{n}-{_slug(kind)}", title)
        self.checks.append(check)
        gives = names_bound(expected) if expected is not None else frozenset()
        self.steps.append(Step(f"step-{n}", action, check.id, uses=uses, gives=gives))


def _was_refused_entry(call: taped.Call) -> bool:
    """Tell whether a desktop was sent away to log in first, which is not driven again."""
    return call.status == 401 or find(("statusCode",), call.body) == NOT_AUTHENTICATED


def _nested(path: tuple[str, ...], matcher: Matcher) -> Members:
    for step in reversed(path[1:]):
        matcher = Members({step: matcher})
    return Members({path[0]: matcher})


def _query(query: Mapping[str, str | list[str]]) -> str:
    from urllib.parse import urlencode

    return f"?{urlencode(query, doseq=True)}".replace("${", "$${") if query else ""


def _escaped(text: Any) -> str | None:
    return text.replace("${", "$${") if isinstance(text, str) and text else None


def _slug(text: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return words or "cassette"
