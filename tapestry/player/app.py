"""The player on HTTP: an ASGI application that serves a cassette, REST and notifications alike.

It binds the play (which decides) to the wire: REST calls are answered from the tape, CometD by a
Bayeux server of our own with its own clientIds and cookies. There is no code path to the network,
and no credentials are checked, kept or shown.
"""

from __future__ import annotations

import asyncio
import math
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar

from tapestry.bayeux.asgi import BayeuxEndpoint
from tapestry.bayeux.effects import Effect, SessionClosed, SessionOpened, Subscribed, Unsubscribed
from tapestry.bayeux.server import BayeuxServer
from tapestry.bayeux.settings import ServerSettings
from tapestry.catalogue import catalogue
from tapestry.player import miss as misses
from tapestry.player.answers import Answers
from tapestry.player.bindings import Bindings
from tapestry.player.casting import How
from tapestry.player.control import PREFIX, control
from tapestry.player.credentials import Credentials
from tapestry.player.disguise import counterparts_on
from tapestry.player.hosts import Hosts
from tapestry.player.likeness import LiveCall
from tapestry.player.miss import Cause, Miss
from tapestry.player.mount import Mount
from tapestry.player.performance import Play, Played
from tapestry.player.stage import Pace, Timing
from tapestry.player.summary import Summary
from tapestry.player.visitors import Visitor, Visitors
from tapestry.player.wire import (
    Asked,
    Gone,
    TooLarge,
    giving_cookie,
    json_answer,
    read_call,
    read_head,
    refuse_socket,
    send_answer,
)
from tapestry.problems import Problem
from tapestry.serving import Receive, Scope, Send
from tapestry.story.derive import derive
from tapestry.story.model import Story
from tapestry.tape.model import Cassette

MAX_MISSES = 1000
"""How many different misses a summary tells apart."""

_visitor: ContextVar[Visitor] = ContextVar("visitor")


def to_stderr(text: str) -> None:
    """Tell the user something while the player runs."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def player_app(
    cassette: Cassette,
    *,
    timing: Timing | str = Timing.CAUSAL,
    speed: float = 1.0,
    tell: Callable[[str], None] = to_stderr,
    clock: Callable[[], float] = time.monotonic,
) -> PlayerApp:
    """Return an application that plays ``cassette``.

    ``timing`` is ``causal``, ``recorded`` or ``none``; ``speed`` scales recorded gaps; ``tell``
    hears of misses and guesses as they happen. Raises :class:`Problem` for a timing or a speed
    that is none.
    """
    if timing not in set(Timing):
        words = ", ".join(Timing)
        raise Problem(f"not a timing: {timing!r}", remedy=f"choose one of {words}")
    if not 0 < speed < math.inf:
        raise Problem(f"not a speed: {speed:g}", remedy="give a number above 0; 2 is twice as fast")
    story = derive(cassette, catalogue())
    return PlayerApp(cassette, story, Pace(Timing(timing), speed), tell, clock)


class PlayerApp:
    """One play of a cassette over HTTP. Call it, and its methods, on one event loop."""

    def __init__(
        self,
        cassette: Cassette,
        story: Story,
        pace: Pace,
        tell: Callable[[str], None],
        clock: Callable[[], float],
    ) -> None:
        """Bind ``story``, which ``cassette`` tells, to the wire."""
        bindings = Bindings(counterparts_on(cassette.header))
        self.play = Play(story, pace, bindings)
        self._answers = Answers(cassette, Hosts(cassette), bindings)
        self._credentials = Credentials(cassette, story)
        self._mount = Mount(cassette)
        self._visitors = Visitors()
        self._listeners: dict[str, Visitor] = {}
        self._missed: Counter[tuple[Cause, str]] = Counter()
        self._warnings = (*cassette.warnings, *_shortcomings(self.play, self._answers))
        self._tell, self._clock = tell, clock
        self._told = 0
        self._timer: asyncio.TimerHandle | None = None
        # All that is due may be released before a client connects; no session drowns in that.
        settings = ServerSettings(max_queue=ServerSettings().max_queue + len(story.deliveries))
        server = BayeuxServer(settings)
        self._bayeux = BayeuxEndpoint(server, clock=clock, on_event=self._on_event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        asked = read_head(scope)
        if asked.path.startswith(PREFIX) and scope["type"] == "http":
            await send_answer(control(asked, self), send)
            return
        visitor, new = self._visitors.recognise(asked.cookie, asked.authorization)
        visitor.base_url = asked.base_url
        if asked.authorization and (agent := self._credentials.agent_of(asked.authorization)):
            self.play.introduce(visitor.name, agent, self._clock())
        if new:
            send = giving_cookie(send, visitor)
        if self._mount.covers(asked.path):
            _visitor.set(visitor)
            await self._bayeux(scope, receive, send)
        elif scope["type"] == "websocket":
            await refuse_socket(send)
        else:
            await self._rest(asked, visitor, receive, send)

    def release(self, agent: str) -> str | None:
        """Let the next unsolicited delivery of ``agent`` go now and return its channel."""
        delivery = self.play.force(agent, self._clock())
        self._settle()
        return delivery.channel if delivery else None

    def summary(self) -> Summary:
        """Return what became of the cassette so far."""
        calls = self.play.script.calls.values()
        waiting = self.play.waiting()
        recorded = sum(len(lane.deliveries) for lane in self.play.script.lanes.values())
        return Summary(
            used=tuple(call for call in calls if self.play.was_played(call)),
            unused=tuple(call for call in calls if not self.play.was_played(call)),
            delivered=recorded - len(waiting),
            undelivered=tuple(waiting),
            missed=dict(self._missed),
            castings=tuple(self.play.castings),
            warnings=self._warnings,
        )

    def close(self) -> None:
        """Answer what is held, so that the server can end."""
        if self._timer is not None:
            self._timer.cancel()
        self._bayeux.close()

    async def _rest(self, asked: Asked, visitor: Visitor, receive: Receive, send: Send) -> None:
        try:
            live = await read_call(asked, receive)
        except TooLarge:
            await send_answer(json_answer(413, {"statusMessage": "the body is too large"}), send)
            return
        except Gone:
            return
        result = self.play.call(visitor.name, live, self._clock())
        self._settle()
        if isinstance(result, Miss):
            self._note(result, live)
            await send_answer(json_answer(misses.STATUS, misses.answer(result)), send)
        else:
            await self._give(result, visitor, send)

    async def _give(self, played: Played, visitor: Visitor, send: Send) -> None:
        try:
            if (delay := played.at - self._clock()) > 0:
                await asyncio.sleep(delay)
            answer = self._answers.render(played.call.entry, visitor.base_url, visitor.csrf_token)
            await send_answer(answer, send)
        finally:
            self.play.answered(played, self._clock())
            self._settle()

    def _on_event(self, event: Effect) -> None:
        """Tell the play what becomes of live sessions."""
        match event:
            case SessionOpened(session):
                self._listeners[session.id] = _visitor.get()
                self.play.opened(_visitor.get().name, session.id, self._clock())
                asyncio.get_running_loop().call_soon(self._settle)
            case SessionClosed(session):
                self._listeners.pop(session.id, None)
                self.play.closed(session.id)
            case Subscribed(session, channel):
                self.play.subscribed(session.id, channel)
                # The reply goes out first: a client expects no news before it.
                asyncio.get_running_loop().call_soon(self._settle)
            case Unsubscribed(session, channel):
                self.play.unsubscribed(session.id, channel)

    def _settle(self) -> None:
        """Release what is due, tell what was guessed, and wake up for what is due later."""
        for release in self.play.releases(self._clock()):
            visitor = self._listeners[release.session]
            data = self._answers.value(release.delivery.data, visitor.base_url)
            self._bayeux.deliver(release.session, release.delivery.channel, data)
        for casting in self.play.castings[self._told :]:
            if casting.how is How.ARRIVAL:
                self._tell(f"{casting.who} plays {casting.agent}, {casting.how}")
        self._told = len(self.play.castings)
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self.play.next_deadline()
        if deadline is not None:
            delay = max(0.0, deadline - self._clock())
            self._timer = asyncio.get_running_loop().call_later(delay, self._settle)

    def _note(self, miss: Miss, live: LiveCall) -> None:
        key = miss.cause, misses.label(live)
        if key not in self._missed and len(self._missed) >= MAX_MISSES:
            key = miss.cause, "other calls"
        self._missed[key] += 1
        self._tell(misses.text(miss))


def _shortcomings(play: Play, answers: Answers) -> list[str]:
    """Return what a user must know of a tape before trusting a play of it."""
    found = [
        f"the answer in entry {entry + 1} was not recorded whole: {lack} bytes are missing"
        for entry, lack in answers.truncated()
    ]
    if not play.script.lanes:
        found.append("the cassette holds neither calls nor deliveries: every call will miss")
    return found
