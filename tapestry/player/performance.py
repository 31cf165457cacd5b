"""A play: the tape performed for live clients, as a machine without I/O.

Calls, sessions and the time go in; recorded calls whose answers to give, explained misses, and
deliveries to release come out. It answers in each agent's own lane, so agents do not disturb each
other, and lets every delivery follow its cause, so a client may think as long as it likes.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, replace

from tapestry.player.bindings import Bindings
from tapestry.player.casting import Cast, Casting, Client, How
from tapestry.player.choice import AllUsed, Choice, Nothing, TooEarly, choose
from tapestry.player.likeness import LiveCall, is_like
from tapestry.player.miss import Candidate, Cause, Miss, nearest
from tapestry.player.progress import Progress
from tapestry.player.script import Script, is_read, write_script
from tapestry.player.stage import MS, Pace, Release, Stage, Timing
from tapestry.story.model import Call, Delivery, Story

Choices = Mapping[str, Choice]
"""What each agent's lane has for one live call."""


@dataclass(frozen=True, slots=True)
class Played:
    """The recorded call that answers a live one; the answer goes out at ``at``, not before.

    ``repeatable`` says that the same client will get the same answer to the same call for as long
    as the play's ``version`` stays what it is.
    """

    call: Call
    at: float
    repeatable: bool = False


class Play:
    """One performance of a story. Times are seconds on any monotonic clock.

    After every input ask :meth:`releases`; when nothing happens, at :meth:`next_deadline`.
    """

    def __init__(
        self,
        told: Story | Script,
        pace: Pace = Pace(),  # noqa: B008 - frozen
        bindings: Bindings | None = None,
    ) -> None:
        """Set the stage for a story; ``bindings`` say what may stand for what."""
        self.script = told if isinstance(told, Script) else write_script(told)
        self.bindings = bindings or Bindings()
        self._pace = pace
        self._progress = Progress(self.script)
        self._cast = Cast(self.script.lanes)
        self._stages = {
            agent: Stage(lane, self._progress, pace) for agent, lane in self.script.lanes.items()
        }
        self._owner: dict[str, Client] = {}
        self._unseated: dict[str, Client] = {}
        self._stirred = set(self._stages)

    # What clients do.

    def introduce(self, who: Hashable, agent: str, now: float) -> None:
        """Let ``who`` play ``agent``: its credentials say so."""
        client = self._cast.client(who)
        if client.how not in (How.CREDENTIALS, How.ONLY):
            self._give(client, agent, How.CREDENTIALS, now)

    def call(self, who: Hashable, live: LiveCall, now: float) -> Played | Miss:
        """Take a call and return the recorded one whose answer it gets, or why there is none."""
        client = self._cast.client(who)
        choice = self._choose(live, client.agent) if client.agent else Nothing()
        if isinstance(choice, Call):
            return self._use(choice, live, now)
        choices = {agent: self._choose(live, agent) for agent in self.script.lanes}
        if self._may_wait(client, choices):
            if live not in client.asked:
                client.asked.append(live)
            return self._played(choices[client.fits[0]], now)
        self._decide(client, choices, now)
        choice = choices.get(client.agent or "", Nothing())
        if isinstance(choice, Call):
            return self._use(choice, live, now)
        return self._missed(live, client.agent, choices)

    def answered(self, played: Played, now: float) -> None:
        """Note that the answer has gone out (or that nobody waits for it any more)."""
        if self._progress.answer(played.call.n, now):
            self._stir(played.call)

    def opened(self, who: Hashable, session: str, now: float) -> None:
        """Note that ``who`` opened a live Bayeux session."""
        client = self._cast.client(who)
        client.sessions[session] = set()
        self._owner[session] = client
        if client.agent is None:
            self._unseated[session] = client
        if client.agent is None and len(self.script.lanes) == 1:
            self._give(client, self._cast.agents[0], How.ONLY, now)
        elif client.agent is not None:
            self._seat(client, session, now)

    def subscribed(self, session: str, channel: str) -> None:
        """Note that a live session now hears ``channel``, which may end in a wildcard."""
        client = self._owner[session]
        client.sessions[session].add(channel)
        if client.agent is not None:
            self._stirred.add(client.agent)

    def unsubscribed(self, session: str, channel: str) -> None:
        """Note that a live session no longer hears ``channel``."""
        self._owner[session].sessions[session].discard(channel)

    def closed(self, session: str) -> None:
        """Note that a live session ended; the next one of its client goes on where it was."""
        client = self._owner.pop(session)
        self._unseated.pop(session, None)
        del client.sessions[session]
        if client.agent is not None:
            self._stages[client.agent].leave(session)

    def forget(self, who: Hashable) -> None:
        """Remember ``who`` no longer: it made a call and never came back."""
        self._cast.forget(who)

    # What comes of it.

    @property
    def version(self) -> int:
        """Return a number that grows whenever an answer may have become another one."""
        return self._progress.version + self._cast.decided + self.bindings.version

    @property
    def stirred(self) -> bool:
        """Tell whether :meth:`releases` may have something to give."""
        return bool(self._stirred or self._unseated)

    def force(self, agent: str, now: float) -> Delivery | None:
        """Let the next unsolicited delivery of ``agent`` go; ``None`` when there is none left."""
        self._stirred.add(agent)
        return self._stages[agent].force(now)

    def releases(self, now: float) -> list[Release]:
        """Return the deliveries that go out now, in order."""
        self._seat_listeners(now)
        released = []
        for agent in sorted(self._stirred):
            released += self._stages[agent].release(now)
            if self._stages[agent].next_deadline() is None:
                self._stirred.discard(agent)
        return released

    def next_deadline(self) -> float | None:
        """Return when :meth:`releases` has more to give if nothing else happens."""
        times = (self._stages[agent].next_deadline() for agent in self._stirred)
        return min((time for time in times if time is not None), default=None)

    @property
    def castings(self) -> list[Casting]:
        """Return who plays whom, every decision in order."""
        return self._cast.decisions

    def untold(self) -> list[Casting]:
        """Return the decisions since this was last asked."""
        return self._cast.untold()

    def was_played(self, call: Call) -> bool:
        """Tell whether a recorded call has answered a live one."""
        return self._progress.made(call)

    def waiting(self) -> list[Delivery]:
        """Return the deliveries that have not gone out, lane by lane."""
        return [delivery for stage in self._stages.values() for delivery in stage.waiting]

    # Who is who.

    def _likes(self, call: Call, live: LiveCall) -> bool:
        return is_like(call, live, self.bindings.allow)

    def _may_wait(self, client: Client, choices: Choices) -> bool:
        """Tell whether it can stay open who ``client`` is: all it may be get the same answer."""
        agents = _with_the_call(choices)
        if client.agent is not None or not agents:
            return False
        found = [choices[agent] for agent in self._cast.narrow(client, agents)]
        reads = [choice for choice in found if isinstance(choice, Call) and is_read(choice)]
        alike = all((c.status, c.body) == (reads[0].status, reads[0].body) for c in reads)
        return 1 < len(found) == len(reads) and alike

    def _decide(self, client: Client, choices: Choices, now: float) -> None:
        """Decide who ``client`` is, or mend a guess that its call shows to be wrong."""
        agents = _with_the_call(choices)
        playable = [agent for agent in agents if isinstance(choices[agent], Call)]
        if len(self.script.lanes) == 1:
            if client.agent is None:
                self._give(client, self._cast.agents[0], How.ONLY, now)
        elif client.agent is None:
            fitting = client.fits if agents else []
            if len(fitting) == 1:
                self._give(client, fitting[0], How.CALL, now)
            elif fitting:
                able = [agent for agent in fitting if agent in playable]
                self._give(client, self._cast.first_free(able or fitting), How.ARRIVAL, now)
        elif client.how is How.ARRIVAL and client.agent not in agents:
            free = [agent for agent in playable if self._cast.is_free(agent)]
            if len(free) == len(playable) == 1:
                self._give(client, free[0], How.CALL, now)

    def _seat_listeners(self, now: float) -> None:
        """Decide who a client is that only listens: somebody for whom there is news.

        An agent who has called but does not listen comes first: its cookies may be kept apart.
        """
        for session, client in list(self._unseated.items()):
            if client.agent is None:
                channels = client.sessions[session]
                deaf = [agent for agent in client.fits if not self._stages[agent].taken]
                heard = [agent for agent in deaf if self._stages[agent].has_for(channels)]
                if heard:
                    self._give(client, min(heard, key=self._cast.is_free), How.ARRIVAL, now)

    def _give(self, client: Client, agent: str, how: How, now: float) -> None:
        if client.agent is not None:
            for session in client.sessions:
                self._stages[client.agent].leave(session)
        self._cast.give(client, agent, how)
        for session in client.sessions:
            self._unseated.pop(session, None)
            self._seat(client, session, now)
        for live in client.asked:
            choice = self._choose(live, agent)
            if isinstance(choice, Call):
                self._progress.receive(choice, now)
        client.asked.clear()
        self._stirred.add(agent)

    def _seat(self, client: Client, session: str, now: float) -> None:
        assert client.agent is not None
        self._stages[client.agent].seat(session, client.sessions[session], now)
        self._stirred.add(client.agent)

    def _stir(self, call: Call) -> None:
        """Look again at the agents for whom ``call`` may set something free."""
        self._stirred |= {call.agent, *self.script.hearers.get(call.agent, ())}

    # Answers and misses.

    def _choose(self, live: LiveCall, agent: str) -> Choice:
        lane, exact = self.script.lanes[agent], self.bindings.exact
        return choose(live, lane, self._progress, self._likes, exact=exact)

    def _use(self, call: Call, live: LiveCall, now: float) -> Played:
        if self._progress.made(call):
            again = self._pace.timing is not Timing.RECORDED
            return replace(self._played(call, now), repeatable=again)
        self._progress.receive(call, now)
        self.bindings.learn(call, live)
        self._stir(call)
        return self._played(call, now)

    def _played(self, choice: Choice, now: float) -> Played:
        assert isinstance(choice, Call)
        delay = choice.took / MS / self._pace.speed
        return Played(choice, now + delay if self._pace.timing is Timing.RECORDED else now)

    def _missed(self, live: LiveCall, agent: str | None, choices: Choices) -> Miss:
        match choices.get(agent or ""):
            case AllUsed(last):
                return Miss(live, agent, Cause.ALREADY_USED, (Candidate(last),))
            case TooEarly(call, awaited):
                return Miss(live, agent, Cause.OUT_OF_ORDER, (Candidate(call),), awaited)
        elsewhere = tuple(
            Candidate(next(call for call in self._calls([other]) if self._likes(call, live)))
            for other in _with_the_call(choices)
        )
        if elsewhere:
            return Miss(live, agent, Cause.WRONG_AGENT, elsewhere)
        own = self._calls([agent] if agent else self._cast.agents)
        return Miss(live, agent, Cause.NO_SUCH_EXCHANGE, nearest(live, own))

    def _calls(self, agents: Collection[str]) -> list[Call]:
        return [call for agent in agents for call in self.script.lanes[agent].calls]


def _with_the_call(choices: Choices) -> list[str]:
    """Return the agents who make the call on the tape, whether or not they may make it now."""
    return [agent for agent, choice in choices.items() if not isinstance(choice, Nothing)]
