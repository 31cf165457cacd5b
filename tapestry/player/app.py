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
from dataclasses import dataclass

from tapestry.bayeux.asgi import BayeuxEndpoint
from tapestry.bayeux.effects import Effect, SessionClosed, SessionOpened, Subscribed, Unsubscribed
from tapestry.bayeux.server import BayeuxServer
from tapestry.bayeux.settings import ServerSettings
from tapestry.bulk import loading
from tapestry.catalogue import catalogue
from tapestry.player import miss as misses
from tapestry.player.answers import Answers
from tapestry.player.broken import leave_unanswered
from tapestry.player.casting import How
from tapestry.player.control import PREFIX, control
from tapestry.player.credentials import Credentials
from tapestry.player.disguise import counterparts_on
from tapestry.player.hosts import Hosts
from tapestry.player.invented import invented, with_invented
from tapestry.player.likeness import LiveCall
from tapestry.player.miss import Cause, Miss
from tapestry.player.mount import Mount
from tapestry.player.performance import Play, Played
from tapestry.player.plays import Plays, Sharing
from tapestry.player.repeats import Key, Ready, Repeats, key_of
from tapestry.player.script import Script
from tapestry.player.stage import Pace, Timing
from tapestry.player.summary import Summary
from tapestry.player.visitors import Visitor, Visitors
from tapestry.player.wire import (
    Asked,
    Gone,
    TooLarge,
    answer_messages,
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
    sharing: Sharing | str = Sharing.ALL,
    tell: Callable[[str], None] = to_stderr,
    clock: Callable[[], float] = time.monotonic,
) -> PlayerApp:
    """Return an application that plays ``cassette``.

    ``timing`` is ``causal``, ``recorded`` or ``none``; ``speed`` scales recorded gaps; ``sharing``
    is ``all`` or ``none`` (:class:`Sharing`); ``tell`` hears of misses and guesses as they happen.
    Raises :class:`Problem` for a timing, a sharing or a speed that is none.
    """
    for what, given, known in (("timing", timing, Timing), ("sharing", sharing, Sharing)):
        if given not in set(known):
            remedy = f"choose one of {', '.join(known)}"
            raise Problem(f"not a {what}: {given!r}", remedy=remedy)
    if not 0 < speed < math.inf:
        raise Problem(f"not a speed: {speed:g}", remedy="give a number above 0; 2 is twice as fast")
    with loading():
        story = derive(cassette, catalogue())
        ids = catalogue().identifiers
        same = with_invented(counterparts_on(cassette.header), invented(story, ids), ids)
        plays = Plays(story, Pace(Timing(timing), speed), same, Sharing(sharing))
        return PlayerApp(cassette, plays, tell, clock)


class PlayerApp:
    """A cassette played over HTTP. Call it, and its methods, on one event loop."""

    def __init__(
        self,
        cassette: Cassette,
        plays: Plays,
        tell: Callable[[str], None],
        clock: Callable[[], float],
    ) -> None:
        """Bind ``plays`` of the story that ``cassette`` tells to the wire."""
        self.script = plays.script
        self._plays = plays
        self._answers = Answers(cassette, Hosts(cassette))
        self._credentials = Credentials(cassette, self.script.calls.values())
        self._mount = Mount(cassette)
        self._visitors = Visitors(self._forget, by_cookie_only=plays.sharing is Sharing.NONE)
        self._repeats = Repeats()
        self._listeners: dict[str, Visitor] = {}
        self._missed: Counter[tuple[Cause, str]] = Counter()
        self._warnings = (*cassette.warnings, *_shortcomings(self.script, self._answers))
        self._tell, self._clock = tell, clock
        self._timers: dict[Play, asyncio.TimerHandle] = {}
        # All that is due may be released before a client connects; no session drowns in that.
        room = sum(len(lane.deliveries) for lane in self.script.lanes.values())
        settings = ServerSettings(max_queue=ServerSettings().max_queue + room)
        server = BayeuxServer(settings)
        self._bayeux = BayeuxEndpoint(server, clock=clock, on_event=self._on_event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        key = key_of(scope)
        if ready := self._repeats.find(key):
            await ready.send(send)
            return
        asked = read_head(scope)
        if asked.path.startswith(PREFIX) and scope["type"] == "http":
            await send_answer(control(asked, self), send)
            return
        visitor, new = self._visitors.recognise(asked.cookie, asked.authorization)
        visitor.base_url = asked.base_url
        if asked.authorization and (agent := self._credentials.agent_of(asked.authorization)):
            self._plays.of(visitor.name).introduce(visitor.name, agent, self._clock())
        if new:
            send = giving_cookie(send, visitor)
        if self._mount.covers(asked.path):
            _visitor.set(visitor)
            await self._bayeux(scope, receive, send)
        elif scope["type"] == "websocket":
            await refuse_socket(send)
        else:
            exchange = Wire(scope, receive, send, None if new else key)
            await self._rest(asked, visitor, exchange)

    def release(self, agent: str) -> str | None:
        """Let the next unsolicited delivery of ``agent`` go now and return its channel.

        Where every client has a play of its own, in each of them.
        """
        released = None
        for play in self._plays:
            delivery = play.force(agent, self._clock())
            self._settle(play)
            released = released or delivery
        return released.channel if released else None

    def summary(self) -> Summary:
        """Return what became of the cassette so far; in any of the plays, if there are several."""
        plays = list(self._plays)
        calls = self.script.calls.values()
        used = [call for call in calls if any(play.was_played(call) for play in plays)]
        unused = [call for call in calls if not any(play.was_played(call) for play in plays)]
        kept = [{delivery.n for delivery in play.waiting()} for play in plays]
        recorded = [d for lane in self.script.lanes.values() for d in lane.deliveries]
        waiting = [d for d in recorded if all(d.n in numbers for numbers in kept)]
        return Summary(
            used=tuple(used),
            unused=tuple(unused),
            delivered=len(recorded) - len(waiting),
            undelivered=tuple(waiting),
            missed=dict(self._missed),
            castings=tuple(casting for play in plays for casting in play.castings),
            warnings=self._warnings,
        )

    def close(self) -> None:
        """Answer what is held, so that the server can end."""
        for timer in self._timers.values():
            timer.cancel()
        self._bayeux.close()

    async def _rest(self, asked: Asked, visitor: Visitor, wire: Wire) -> None:
        try:
            live = await read_call(asked, wire.receive)
        except TooLarge:
            told = json_answer(413, {"statusMessage": "the body is too large"})
            await send_answer(told, wire.send)
            return
        except Gone:
            return
        play = self._plays.of(visitor.name)
        result = play.call(visitor.name, live, self._clock())
        self._settle(play)
        if isinstance(result, Miss):
            self._note(result, live)
            await send_answer(json_answer(misses.STATUS, misses.answer(result)), wire.send)
        else:
            await self._give(play, result, visitor, wire)

    async def _give(self, play: Play, played: Played, visitor: Visitor, wire: Wire) -> None:
        try:
            if (delay := played.at - self._clock()) > 0:
                await asyncio.sleep(delay)
            reason = self.script.unanswered.get(played.call.n)
            if reason is not None:
                await leave_unanswered(reason, wire.scope, wire.receive, wire.send)
                return
            answer = self._answers.render(played.call.entry, visitor, play.bindings)
            parts = answer_messages(answer)
            ready = Ready(play, play.version, visitor, visitor.base_url, *parts)
            if played.repeatable and wire.key is not None:
                self._repeats.keep(wire.key, ready)
            await ready.send(wire.send)
        finally:
            play.answered(played, self._clock())
            self._settle(play)

    def _on_event(self, event: Effect) -> None:
        """Tell the play what becomes of live sessions."""
        match event:
            case SessionOpened(session):
                visitor = self._listeners[session.id] = _visitor.get()
                play = self._plays.of(visitor.name)
                play.opened(visitor.name, session.id, self._clock())
                asyncio.get_running_loop().call_soon(self._settle, play)
            case SessionClosed(session):
                if session.id in self._listeners:
                    play = self._plays.of(self._listeners.pop(session.id).name)
                    play.closed(session.id)
            case Subscribed(session, channel):
                play = self._play_of(session.id)
                play.subscribed(session.id, channel)
                # The reply goes out first: a client expects no news before it.
                asyncio.get_running_loop().call_soon(self._settle, play)
            case Unsubscribed(session, channel):
                self._play_of(session.id).unsubscribed(session.id, channel)

    def _play_of(self, session: str) -> Play:
        return self._plays.of(self._listeners[session].name)

    def _forget(self, visitor: Visitor) -> None:
        self._plays.forget(visitor.name)

    def _settle(self, play: Play) -> None:
        """Release what is due, tell what was guessed, and wake up for what is due later."""
        if not play.stirred:
            return
        for release in play.releases(self._clock()):
            visitor = self._listeners[release.session]
            data = self._answers.value(release.delivery.data, visitor.base_url, play.bindings)
            self._bayeux.deliver(release.session, release.delivery.channel, data)
        for casting in play.untold():
            if casting.how is How.ARRIVAL:
                self._tell(f"{casting.who} plays {casting.agent}, {casting.how}")
        self._arm(play)

    def _arm(self, play: Play) -> None:
        if timer := self._timers.pop(play, None):
            timer.cancel()
        deadline = play.next_deadline()
        if deadline is not None:
            delay = max(0.0, deadline - self._clock())
            self._timers[play] = asyncio.get_running_loop().call_later(delay, self._settle, play)

    def _note(self, miss: Miss, live: LiveCall) -> None:
        key = miss.cause, misses.label(live)
        if key not in self._missed and len(self._missed) >= MAX_MISSES:
            key = miss.cause, "other calls"
        self._missed[key] += 1
        self._tell(misses.text(miss))


@dataclass(frozen=True, slots=True)
class Wire:
    """The ASGI side of one request; ``key`` is by what its answer may be kept."""

    scope: Scope
    receive: Receive
    send: Send
    key: Key | None


def _shortcomings(script: Script, answers: Answers) -> list[str]:
    """Return what a user must know of a tape before trusting a play of it."""
    found = [
        f"the answer in entry {entry + 1} was not recorded whole: {lack} bytes are missing"
        for entry, lack in answers.truncated()
    ]
    if not script.lanes:
        found.append("the cassette holds neither calls nor deliveries: every call will miss")
    return found
