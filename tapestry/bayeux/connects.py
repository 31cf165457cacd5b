"""Connects: the heartbeat of a session, held open until there is something to say.

Everything that decides whether and how long one is held stands here: the client's wish, advice for
a transport, other messages beside it, what waits, and other clients in the same browser (Bayeux
1.0, "Connect", "Multiple clients operation"). On a stream deliveries need no connect, and it is
held as a heartbeat alone.
"""

from __future__ import annotations

from tapestry.bayeux import errors
from tapestry.bayeux.advice import Advice, Reconnect
from tapestry.bayeux.effects import Batch, Request
from tapestry.bayeux.message import Message
from tapestry.bayeux.replies import refusal, success, unknown_session
from tapestry.bayeux.session import CloseReason, Held, Session
from tapestry.bayeux.sessions import Sessions


def answer_connect(request: Request, session: Session, sessions: Sessions) -> Message | None:
    """Return the answer to a connect, ``None`` when it is held.

    An older connect that is still held gives way.
    """
    message, batch, now = request.message, request.batch, request.at
    settings = sessions.settings
    if message.get("connectionType", batch.transport) not in settings.transports:
        return refusal(message, errors.CONNECTION_TYPE_UNSUPPORTED)
    if session.queue.stalled > settings.max_resends:
        session.queue.clear()
        sessions.drop(session, CloseReason.UNACKNOWLEDGED, now)
        return unknown_session(message)
    sessions.give_way(session)
    session.transport = batch.transport
    sessions.stream(session, batch.link if batch.streaming else None)
    timeout = _timeout(message, session, sessions)
    session.connected = True
    crowded = timeout > 0 and not batch.streaming and sessions.is_crowded(session)
    answer = _answer(message, session, settings.crowd_advice if crowded else settings.advice)
    if timeout > 0 and not crowded and _may_hold(session, batch):
        held = Held(batch.link, answer, request.said, now, batch.streaming)
        sessions.hold(session, held, now + timeout)
        return None
    sessions.await_connect(session, now)
    return answer


def _may_hold(session: Session, batch: Batch) -> bool:
    """Tell whether nothing has to leave at once: what waits, or replies to other messages.

    On a stream both can leave before the connect is answered, but for deliveries that have to be
    acknowledged.
    """
    if batch.streaming:
        return not (session.queue.keeps and session.queue)
    return not session.queue and len(batch.messages) == 1


def _timeout(message: Message, session: Session, sessions: Sessions) -> float:
    """Return how long to hold a connect, in seconds.

    The client's wish is honoured ("timeout advice field", SHOULD). The first connect of a session
    is not held without such a wish, so that a client soon knows that it works.
    """
    wish = Advice.parse(message.get("advice")).timeout
    if wish is not None:
        return min(wish, sessions.settings.longest_timeout)
    ours = sessions.settings.advice.over(session.transport).timeout or 0
    return ours if session.connected else 0


def _answer(message: Message, session: Session, advice: Advice) -> Message:
    """Return the reply, with ``advice`` if the client sent some or ours is new to it."""
    told, session.advice = session.advice, advice
    if advice.reconnect is Reconnect.NONE:
        return refusal(message, errors.MULTIPLE_CLIENTS, advice=advice.as_field())
    if "advice" in message or told != advice:
        return success(message, advice=advice.as_field())
    return success(message)
