"""Mutants that take a subscription, or its end, for another."""

from __future__ import annotations

from collections.abc import Callable

from conformance.bayeux.mutants.events import delivering, subscribed
from conformance.bayeux.mutants.fault import Fault, Hear, Mutant
from tapestry.bayeux.message import (
    META_SUBSCRIBE,
    META_UNSUBSCRIBE,
    Message,
)
from tapestry.bayeux.server import Batch, BayeuxServer, Effect, Session

NOWHERE = "/tapestry/nowhere"

Subscriptions = list[str]
Hearing = Callable[[Subscriptions, Session, BayeuxServer], Subscriptions]


def hearing(channel: str, change: Hearing) -> Fault:
    """Return a server that takes a subscribe or unsubscribe for one to other channels."""
    return Fault(hears=_misheard(channel, change))


def _misheard(channel: str, change: Hearing) -> Hear:
    def hear(message: Message, server: BayeuxServer) -> Message:
        session = server.sessions.get(str(message.get("clientId")))
        listed = message.get("subscription")
        if message.get("channel") != channel or session is None or not listed:
            return message
        asked = listed if isinstance(listed, list) else [listed]
        return {**message, "subscription": change(asked, session, server) or [NOWHERE]}

    return hear


def _unsubscribes_everybody(
    asked: Subscriptions, session: Session, server: BayeuxServer
) -> Subscriptions:
    for other in server.sessions.values():
        other.subscriptions.difference_update(asked)
    return asked


def _subscribe_once() -> Fault:
    """Refuse in silence what a session has given up before."""
    given_up: set[tuple[str, str]] = set()

    def note(asked: Subscriptions, session: Session, server: BayeuxServer) -> Subscriptions:
        given_up.update((session.id, channel) for channel in asked)
        return asked

    def forget(asked: Subscriptions, session: Session, server: BayeuxServer) -> Subscriptions:
        return [channel for channel in asked if (session.id, channel) not in given_up]

    first, second = _misheard(META_UNSUBSCRIBE, note), _misheard(META_SUBSCRIBE, forget)

    def hear(message: Message, server: BayeuxServer) -> Message | None:
        heard = first(message, server)
        return second(heard, server) if heard is not None else None

    return Fault(hears=hear)


def _inherits_subscriptions() -> Fault:
    """Give the new session of a browser the subscriptions of the one before."""
    known: dict[str, set[str]] = {}

    def also(batch: Batch, server: BayeuxServer, now: float) -> list[Effect]:
        for session in server.sessions.values():
            if session.browser is not None:
                subscriptions = known.setdefault(session.browser, set())
                subscriptions |= session.subscriptions
                session.subscriptions.update(subscriptions)
        return []

    return Fault(also=also)


def _about(pattern: str) -> Callable[[str], bool]:
    return lambda channel: channel.endswith(f"/{pattern}")


def _replaced(pattern: str, by: Callable[[str], Subscriptions]) -> Hearing:
    ends = _about(pattern)
    return lambda asked, session, server: [
        heard for channel in asked for heard in (by(channel) if ends(channel) else [channel])
    ]


def _twice_subscribed() -> Fault:
    """Deliver once for each subscribe, even to the same channel."""
    times: dict[tuple[str, str], int] = {}

    def count(asked: Subscriptions, session: Session, server: BayeuxServer) -> Subscriptions:
        for channel in asked:
            times[session.id, channel] = times.get((session.id, channel), 0) + 1
        return asked

    def recipients(message: Message, server: BayeuxServer) -> list[Session]:
        found = subscribed(message, server)
        return [s for s in found for _ in range(times.get((s.id, message["channel"]), 1))]

    fault = delivering(recipients)
    first, second = _misheard(META_SUBSCRIBE, count), fault.hears
    assert second is not None

    def hear(message: Message, server: BayeuxServer) -> Message | None:
        heard = first(message, server)
        return second(heard, server) if heard is not None else None

    return Fault(hears=hear, says=fault.says, also=fault.also)


MUTANTS = (
    Mutant(
        "subscribed-twice",
        "delivers once for each subscribe",
        "BAYEUX-DELIVERY-07",
        _twice_subscribed,
    ),
    Mutant(
        "unsubscribe-ignored",
        "goes on delivering after an unsubscribe",
        "BAYEUX-BOUNDARY-03",
        lambda: hearing(META_UNSUBSCRIBE, lambda a, s, v: []),
    ),
    Mutant(
        "unsubscribe-first-only",
        "of an array gives up the first channel only",
        "BAYEUX-BOUNDARY-04",
        lambda: hearing(META_UNSUBSCRIBE, lambda a, s, v: a[:1]),
    ),
    Mutant(
        "unsubscribe-all",
        "gives up everything at any unsubscribe",
        "BAYEUX-BOUNDARY-05",
        lambda: hearing(META_UNSUBSCRIBE, lambda a, s, v: sorted(s.subscriptions)),
    ),
    Mutant(
        "unsubscribe-everybody",
        "ends everybody's subscription to a channel",
        "BAYEUX-BOUNDARY-06",
        lambda: hearing(META_UNSUBSCRIBE, _unsubscribes_everybody),
    ),
    Mutant(
        "subscribe-once",
        "takes no subscription that was given up before",
        "BAYEUX-BOUNDARY-07",
        _subscribe_once,
    ),
    Mutant(
        "inherits-subscriptions",
        "gives a new session the subscriptions of the last one",
        "BAYEUX-BOUNDARY-08",
        _inherits_subscriptions,
    ),
    Mutant(
        "no-wildcards",
        "knows no pattern that ends in *",
        "BAYEUX-CHANNEL-01",
        lambda: hearing(META_SUBSCRIBE, _replaced("*", lambda c: [NOWHERE])),
    ),
    Mutant(
        "star-is-deep",
        "takes * for any depth",
        "BAYEUX-CHANNEL-02",
        lambda: hearing(META_SUBSCRIBE, _replaced("*", lambda c: [f"{c}*"])),
    ),
    Mutant(
        "deep-is-star",
        "takes ** for one segment",
        "BAYEUX-CHANNEL-03",
        lambda: hearing(META_SUBSCRIBE, _replaced("**", lambda c: [c[:-1]])),
    ),
    Mutant(
        "deep-covers-itself",
        "takes /a/** to cover /a",
        "BAYEUX-CHANNEL-04",
        lambda: hearing(META_SUBSCRIBE, _replaced("**", lambda c: [c, c[:-3]])),
    ),
    Mutant(
        "patterns-stay",
        "does not give up patterns",
        "BAYEUX-CHANNEL-05",
        lambda: hearing(META_UNSUBSCRIBE, _replaced("*", lambda c: [NOWHERE])),
    ),
)
