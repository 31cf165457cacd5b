"""The situations that a client is put into. Each says what it does; checks.py says what is asked.

A script goes on whatever the client does: what it failed to do is for the checks to find in the
log. Only when the client never came to the point is there nothing to grade.
"""

from __future__ import annotations

import asyncio
from typing import Any

from conformance.probe.log import ECHO, EVENTS, Arrival
from conformance.probe.situation import situation
from conformance.probe.stage import Answer, Stage
from tapestry.bayeux.advice import Advice
from tapestry.bayeux.message import (
    META_CONNECT,
    META_HANDSHAKE,
    META_SUBSCRIBE,
    Message,
    Transport,
    is_delivery,
)

INTERVAL = 0.7
BACKOFF_WINDOW = 16.0
LOST_WINDOW = 8.0  # faye's client tries again after 5 s


def refuse(channel: str, error: str, **advice: Any) -> Any:
    """Return an act that answers the message on ``channel`` by a refusal with advice."""

    def act(arrival: Arrival) -> Answer:
        return Answer([_reply(arrival, channel, successful=False, error=error, advice=advice)])

    return act


def _reply(arrival: Arrival, channel: str, **fields: Any) -> Message:
    request = next(message for message in arrival.messages if message.get("channel") == channel)
    named = {"id": request["id"]} if "id" in request else {}
    return {"channel": channel, **named, **fields}


def _event(n: int) -> Message:
    return {"channel": EVENTS, "data": {"n": n}}


@situation("day", "an ordinary day: events come, connects time out, and at the end it is told")
async def day(stage: Stage) -> None:
    """Hold, deliver, time out, deliver again, stop."""
    await stage.ready()
    stage.publish(n=1)
    await stage.wait(lambda: stage.log.echoed(1) > 0, 1.0)
    await stage.need(stage.listening, "the client did not connect again after an event")
    await stage.came_back(3.0)
    stage.publish(n=2)
    await stage.wait(lambda: stage.log.echoed(2) > 0, 1.0)
    await stage.need(stage.listening, "the client did not connect again after a connect timed out")
    await stage.stop()
    await asyncio.sleep(1.0)


@situation("interval", "new advice: an interval between two connects")
async def interval(stage: Stage) -> None:
    """Advise none at the handshake, and an interval with the next connect reply."""
    await stage.ready()
    stage.advise(interval=INTERVAL)
    stage.publish(n=1)
    for _ in range(2):
        await stage.came_back(4.0)
        stage.publish(n=2)
    await stage.came_back(2.0)


@situation("transport-interval", "advice under the name of the transport: an interval")
async def transport_interval(stage: Stage) -> None:
    """Advise no interval in general, and one for long-polling."""
    await stage.ready()
    stage.advise(special={Transport.LONG_POLLING: Advice(interval=INTERVAL)})
    stage.publish(n=1)
    await stage.came_back(4.0)
    await asyncio.sleep(0.3)
    stage.publish(n=2)
    await stage.came_back(4.0)


@situation("retry", "a connect fails, with advice to retry after an interval")
async def retry(stage: Stage) -> None:
    """Refuse one connect."""
    await stage.ready()
    act = refuse(META_CONNECT, "500::busy", reconnect="retry", interval=300)
    stage.answer_next(META_CONNECT, act)
    stage.publish(n=1)
    await stage.came_back(2.0)
    stage.mark("refused")
    await stage.came_back(4.0)


@situation("rehandshake", "the server has forgotten the session: 402, with advice to shake hands")
async def rehandshake(stage: Stage) -> None:
    """Forget the session while a connect is held."""
    await stage.ready()
    stage.mark("forgotten")
    stage.forget_sessions()
    if await stage.wait(lambda: bool(stage.log.having(META_HANDSHAKE, "forgotten")), 5.0):
        await stage.wait(stage.listening, 3.0)
    await asyncio.sleep(0.5)


@situation("none", "a connect fails, with advice not to reconnect")
async def none(stage: Stage) -> None:
    """Refuse one connect for good."""
    await stage.ready()
    stage.answer_next(META_CONNECT, refuse(META_CONNECT, "403::go_away", reconnect="none"))
    stage.publish(n=1)
    await stage.came_back(2.0)
    await asyncio.sleep(0.1)
    stage.mark("refused")
    await asyncio.sleep(4.0)


@situation("none-handshake", "a handshake is refused, with advice not to come again")
async def none_handshake(stage: Stage) -> None:
    """Refuse the first handshake for good."""
    stage.answer_next(META_HANDSHAKE, refuse(META_HANDSHAKE, "403::denied", reconnect="none"))
    await stage.need(lambda: bool(stage.log.having(META_HANDSHAKE)), "no client came")
    await asyncio.sleep(0.1)
    stage.mark("refused")
    await asyncio.sleep(4.0)


@situation("negotiation", "a handshake is refused, with advice to shake hands again")
async def negotiation(stage: Stage) -> None:
    """Refuse the first handshake, and take the second."""
    act = refuse(META_HANDSHAKE, "401::more", reconnect="handshake", interval=100)
    stage.answer_next(META_HANDSHAKE, act)
    await stage.need(lambda: bool(stage.log.having(META_HANDSHAKE)), "no client came")
    await stage.wait(lambda: len(stage.log.having(META_HANDSHAKE)) > 1, 8.0)


@situation("negative-interval", "advice with a negative interval")
async def negative_interval(stage: Stage) -> None:
    """Answer one connect well, with an interval of -1."""
    await stage.ready()

    def act(arrival: Arrival) -> Answer:
        advice = {"reconnect": "retry", "interval": -1}
        return Answer([_reply(arrival, META_CONNECT, successful=True, advice=advice)])

    stage.answer_next(META_CONNECT, act)
    stage.publish(n=1)
    await stage.came_back(2.0)
    await asyncio.sleep(0.1)
    stage.mark("advised")
    await asyncio.sleep(3.0)


@situation("stale-id", "a connect reply comes with the id of another request")
async def stale_id(stage: Stage) -> None:
    """Answer one connect under an id that nobody waits for."""
    await stage.ready()

    def act(arrival: Arrival) -> Answer:
        return Answer([{"channel": META_CONNECT, "id": "stale0", "successful": True}])

    stage.answer_next(META_CONNECT, act)
    stage.publish(n=1)
    await stage.came_back(2.0)
    stage.mark("stale")
    await stage.came_back(14.0)


@situation("lost-reply", "the connection breaks in the middle of a connect reply")
async def lost_reply(stage: Stage) -> None:
    """Cut one connect reply off."""
    await stage.ready()
    _lose_next(stage)
    stage.publish(n=1)
    stage.mark("cut")
    await stage.came_back(LOST_WINDOW)


@situation("ack-lost", "under the ack extension, a connect reply with an event is lost")
async def ack_lost(stage: Stage) -> None:
    """Cut one connect reply off, and see what the client says it has seen."""
    await stage.ready()
    _lose_next(stage)
    stage.publish(n=1)
    stage.mark("cut")
    await stage.came_back(LOST_WINDOW)
    await stage.came_back(3.0)
    await stage.wait(lambda: stage.log.echoed(1) > 0, 0.5)


@situation("ack-repeat", "under the ack extension, a connect reply comes twice")
async def ack_repeat(stage: Stage) -> None:
    """Give the next connect the deliveries and the batch of the one before."""
    await stage.ready()
    stage.publish(n=1)
    await stage.came_back(2.0)
    await stage.need(stage.listening, "the client did not connect again after an event")
    first = next((a for a in stage.log.arrivals if _event(1) in a.answer), None)
    if first is None:
        return
    batch = next((m.get("ext") for m in first.answer if m["channel"] == META_CONNECT), None)

    def repeat(arrival: Arrival, answer: Answer) -> Answer:
        if not arrival.has(META_CONNECT):
            return answer
        stage.rewrite = lambda _, plain: plain
        messages = [_event(1), _reply(arrival, META_CONNECT, successful=True, ext=batch)]
        stage.mark("repeated")
        return Answer(messages)

    stage.rewrite = repeat
    await stage.came_back(3.0)
    await asyncio.sleep(0.5)


@situation("places", "events ride before and after replies, in every kind of response")
async def places(stage: Stage) -> None:
    """Deliver events 1 to 4 in four places, one after the other."""

    def in_subscribe(arrival: Arrival, answer: Answer) -> Answer:
        if not arrival.has(META_SUBSCRIBE):
            return answer
        stage.mark("in-subscribe")
        stage.rewrite = _nothing
        return Answer([*answer.messages, _event(1)])

    stage.rewrite = in_subscribe
    await stage.ready()
    await stage.wait(lambda: stage.log.echoed(1) > 0, 1.0)
    stage.rewrite = _events_last
    stage.publish(n=2)
    await stage.wait(lambda: stage.log.echoed(2) > 0, 1.0)
    await stage.need(stage.listening, "the client did not connect again after an event")

    def in_publish(arrival: Arrival, answer: Answer) -> Answer:
        if not arrival.has(ECHO):
            return answer
        stage.mark("in-publish")
        stage.rewrite = _nothing
        return Answer([_event(4), *answer.messages])

    stage.rewrite = in_publish
    stage.publish(n=3)
    await stage.wait(lambda: stage.log.echoed(3) > 0, 1.0)
    await stage.wait(lambda: stage.log.echoed(4) > 0, 1.0)


@situation("unknown-fields", "messages and advice have fields that nobody has heard of")
async def unknown_fields(stage: Stage) -> None:
    """Add fields to everything."""

    def add(arrival: Arrival, answer: Answer) -> Answer:
        return Answer([_with_unknown(message) for message in answer.messages], answer.status)

    stage.rewrite = add
    await _go_on(stage)


@situation("bare-replies", "replies have no field that a server may leave out")
async def bare_replies(stage: Stage) -> None:
    """Take advice, extensions and the clientId out of every reply but the handshake's."""

    def strip(arrival: Arrival, answer: Answer) -> Answer:
        return Answer([_bare(message) for message in answer.messages], answer.status)

    stage.rewrite = strip
    await _go_on(stage)


@situation("backoff", "every connect fails, without new advice")
async def backoff(stage: Stage) -> None:
    """Answer connects by HTTP status 503 for a while."""
    await stage.ready()
    stage.answer_every(META_CONNECT, lambda arrival: Answer([], 503))
    stage.publish(n=1)
    await stage.came_back(2.0)
    stage.mark("failing")
    await asyncio.sleep(BACKOFF_WINDOW)


@situation("hosts", "the server sends its clients to another host, with advice to shake hands")
async def hosts(stage: Stage) -> None:
    """Name a host that is this machine by another name."""
    await stage.ready()
    here = stage.log.arrivals[0].host.rpartition(":")[0]
    there = "localhost" if here != "localhost" else "127.0.0.1"
    act = refuse(META_CONNECT, "402::moved", reconnect="handshake", interval=0, hosts=[there])
    stage.answer_next(META_CONNECT, act)
    stage.publish(n=1)
    await stage.came_back(2.0)
    stage.mark("moved")
    await stage.wait(lambda: bool(stage.log.having(META_HANDSHAKE, "moved")), 5.0)


async def _go_on(stage: Stage) -> None:
    """Deliver one event and see whether the client polls on."""
    if not await stage.came():
        return
    stage.publish(n=1)
    stage.mark("told")
    await stage.wait(lambda: stage.log.echoed(1) > 0, 1.0)
    await stage.came_back(3.0)


def _nothing(arrival: Arrival, answer: Answer) -> Answer:
    return answer


def _events_last(arrival: Arrival, answer: Answer) -> Answer:
    return Answer(sorted(answer.messages, key=is_delivery), answer.status)


def _lose_next(stage: Stage) -> None:
    """Cut off the next connect reply that carries an event."""

    def cut(arrival: Arrival, answer: Answer) -> Answer:
        if not any(is_delivery(message) for message in answer.messages):
            return answer
        stage.rewrite = _nothing
        return Answer(answer.messages, cut=True)

    stage.rewrite = cut


def _with_unknown(message: Message) -> Message:
    advice = message.get("advice")
    told = {"advice": {**advice, "x-probe": {"a": [1]}, "reload": None}} if advice else {}
    ext = message.get("ext") or {}
    return {**message, **told, "x-probe": 1, "ext": {**ext, "com.example.probe": {}}}


def _bare(message: Message) -> Message:
    if is_delivery(message):
        return message
    kept = {"channel", "id", "successful", "subscription"}
    if message["channel"] == META_HANDSHAKE:
        kept |= {"clientId", "version", "supportedConnectionTypes"}
    return {key: value for key, value in message.items() if key in kept}
