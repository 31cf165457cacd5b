"""The ways in which a server can be made wrong from outside, and the mutant that has one.

A fault stands between the binding and the server machine: it changes what the machine hears, what
it says, or which of its effects are carried out. Nothing inside the machine is touched, so mutants
stay valid while it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

from conformance.bayeux.open_server import open_target
from conformance.target import Target
from tapestry.bayeux.asgi import BayeuxEndpoint
from tapestry.bayeux.message import META_SUBSCRIBE, META_UNSUBSCRIBE, Message
from tapestry.bayeux.server import Batch, BayeuxServer, Effect, Refuse, Reply, ServerSettings
from tapestry.serving import App, Receive, Scope, Send, serving

BROKEN = 500

Hear = Callable[[Message, BayeuxServer], Message | None]
Say = Callable[[Message, Message | None], Iterable[Message]]
Lose = Callable[[Effect, Batch | None], bool]
Do = Callable[[Batch, BayeuxServer, float], list[Effect]]
MakeServer = Callable[[], BayeuxServer]


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong; whatever is left out goes right.

    ``breaks_on``: such a message makes the server answer HTTP 500. ``hears``: what it takes a
    message for, ``None`` for not at all. ``says``: what it says instead of a message; the request
    is known when the answer is immediate. ``loses``: effects that are not carried out. ``also``:
    what it does besides, after a batch. ``serves``: the application in front of it.
    """

    breaks_on: Callable[[Message], bool] | None = None
    hears: Hear | None = None
    says: Say | None = None
    loses: Lose | None = None
    also: Do | None = None
    serves: Callable[[App], App] | None = None
    server: MakeServer = BayeuxServer


@dataclass(frozen=True, slots=True)
class Mutant:
    """A server with a fault; ``killed_by`` is the check that must find it.

    ``fault`` makes a fresh one, for faults may remember.
    """

    name: str
    summary: str
    killed_by: str
    fault: Callable[[], Fault]


class Menagerie:
    """An ASGI application with every mutant in it, each made anew below the path of its name."""

    def __init__(self, mutants: Mapping[str, Mutant]) -> None:
        """Keep ``mutants``; one comes to life at its first request."""
        self._mutants = mutants
        self._living: dict[str, App] = {}
        self._endpoints: list[BayeuxEndpoint] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the mutant answer that the path names."""
        name = scope["path"].strip("/").partition("/")[0]
        if name not in self._living:
            self._living[name] = self._bring_to_life(self._mutants[name].fault())
        await self._living[name](scope, receive, send)

    def close(self) -> None:
        """Release whatever is held."""
        for endpoint in self._endpoints:
            endpoint.close()

    def _bring_to_life(self, fault: Fault) -> App:
        endpoint = BayeuxEndpoint(cast(BayeuxServer, WrongServer(fault.server(), fault)))
        self._endpoints.append(endpoint)
        return fault.serves(endpoint) if fault.serves else endpoint


@contextmanager
def serve_mutants(mutants: Mapping[str, Mutant]) -> Iterator[Callable[[str], Target]]:
    """Serve mutants for the length of the block; yields what makes a target of a name."""
    menagerie = Menagerie(mutants)
    with serving(menagerie, before_stop=menagerie.close) as url:
        yield lambda name: replace(open_target(url, f"mutant {name}"), cometd=f"/{name}")


class WrongServer:
    """A server machine behind a fault; all that the binding calls passes through here."""

    def __init__(self, server: BayeuxServer, fault: Fault) -> None:
        """Put ``fault`` in front of ``server``."""
        self._server = server
        self._fault = fault

    @property
    def settings(self) -> ServerSettings:
        """Return the settings of the server behind."""
        return self._server.settings

    @property
    def closed(self) -> bool:
        """Tell whether the server behind is closed."""
        return self._server.closed

    def receive(self, batch: Batch, now: float) -> list[Effect]:
        """Take a batch, and get it wrong."""
        fault = self._fault
        if fault.breaks_on is not None and any(map(fault.breaks_on, batch.messages)):
            return [Refuse(batch.link, BROKEN)]
        heard = replace(batch, messages=self._heard(batch))
        effects = self._server.receive(heard, now)
        if fault.also is not None:
            effects = [*effects, *fault.also(batch, self._server, now)]
        return self._said(effects, batch)

    def __getattr__(self, name: str) -> Any:
        """Return what the server behind has; effects that come of it are spoilt too."""
        member = getattr(self._server, name)
        if name not in ("tick", "lost", "overflowed", "close"):
            return member
        return lambda *arguments: self._said(member(*arguments), None)

    def _heard(self, batch: Batch) -> list[Message]:
        if self._fault.hears is None:
            return list(batch.messages)
        heard = (self._fault.hears(message, self._server) for message in batch.messages)
        return [message for message in heard if message is not None]

    def _said(self, effects: Iterable[Effect], batch: Batch | None) -> list[Effect]:
        kept = [e for e in effects if not (self._fault.loses and self._fault.loses(e, batch))]
        return [
            replace(effect, messages=self._spoken(effect.messages, batch))
            if isinstance(effect, Reply)
            else effect
            for effect in kept
        ]

    def _spoken(self, messages: list[Message], batch: Batch | None) -> list[Message]:
        asked = {str(message.get("id")): message for message in batch.messages} if batch else {}
        spoken: list[Message] = []
        for message in messages:
            request = asked.get(str(message.get("id")))
            said = self._as_asked(message, request)
            spoken += self._fault.says(said, request) if self._fault.says else [said]
        return spoken

    def _as_asked(self, message: Message, request: Message | None) -> Message:
        """Return a reply that names the subscription which was asked for, not the one heard."""
        changes = self._fault.hears is not None and request is not None
        if changes and message.get("channel") in (META_SUBSCRIBE, META_UNSUBSCRIBE):
            assert request is not None
            return {**message, "subscription": request.get("subscription")}
        return message
