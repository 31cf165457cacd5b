"""A conversation with the server machine, told as a transcript: who says what over which link."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import count
from typing import Any

import pytest

from tapestry.bayeux.message import Message, Transport
from tapestry.bayeux.server import (
    Batch,
    BayeuxServer,
    Effect,
    Policy,
    Refuse,
    Reply,
    ServerSettings,
    Session,
)


class Transcript:
    """Drives a server on a virtual clock and keeps what each link was answered."""

    def __init__(self, settings: ServerSettings | None = None, **options: Any) -> None:
        numbers = count(1)
        options.setdefault("new_id", lambda: f"s{next(numbers)}")
        self.server = BayeuxServer(settings or ServerSettings(), **options)
        self.now = 0.0
        self.answers: dict[Hashable, list[Message] | int] = {}
        self.frames: dict[Hashable, list[list[Message]]] = {}
        self.order: list[Hashable] = []
        self.facts: list[str] = []

    def say(
        self,
        *messages: Message,
        over: Hashable = "x",
        who: str | None = None,
        browser: str | None = None,
    ) -> list[Message] | int | None:
        """Post ``messages``; return the answer, ``None`` while the link is held."""
        assert over not in self.frames
        self.answers.pop(over, None)
        batch = Batch(over, list(messages), principal=who, browser=browser)
        self.carry_out(self.server.receive(batch, self.now))
        return self.answers.get(over)

    def send(
        self, *messages: Message, over: Hashable = "w", who: str | None = None
    ) -> list[list[Message]]:
        """Send one frame over a WebSocket; return the frames that came back at once."""
        self.frames.setdefault(over, [])
        self.heard(over)
        batch = Batch(over, list(messages), Transport.WEBSOCKET, principal=who)
        self.carry_out(self.server.receive(batch, self.now))
        return self.heard(over)

    def heard(self, over: Hashable = "w") -> list[list[Message]]:
        """Return the frames that came over a WebSocket since this was asked last."""
        frames, self.frames[over] = self.frames[over], []
        return frames

    def one(self, message: Message, **how: Any) -> Message:
        """Post one message and return its only reply."""
        answer = self.say(message, **how)
        assert isinstance(answer, list), answer
        (reply,) = answer
        return reply

    def open(self, *channels: str, who: str | None = None, **how: Any) -> str:
        """Handshake, subscribe, make the first connect; return the clientId.

        ``how`` may hold fields of the handshake, or the ``browser`` it comes from.
        """
        browser = how.pop("browser", None)
        client = str(self.one(handshake(**how), who=who, browser=browser)["clientId"])
        for channel in channels:
            assert self.one(subscribe(client, channel), who=who)["successful"]
        assert self.one(connect(client, timeout=0), who=who)["successful"]
        return client

    def open_socket(self, *channels: str, over: Hashable = "w", **fields: Any) -> str:
        """Handshake, subscribe and leave a connect held on a WebSocket; return the clientId."""
        (((reply, *_),)) = self.send(handshake(**fields), over=over)
        client = str(reply["clientId"])
        for channel in channels:
            self.send(subscribe(client, channel), over=over)
        self.send(connect(client, timeout=0), over=over)
        assert self.send(connect(client, id="held"), over=over) == []
        return client

    def hold(self, client: str, over: str, who: str | None = None, **fields: Any) -> None:
        """Leave a connect held on a link."""
        assert self.say(connect(client, **fields), over=over, who=who) is None

    def wait(self, seconds: float) -> None:
        """Let time pass, stopping at each deadline on the way."""
        end = self.now + seconds
        while (at := self.server.next_deadline()) is not None and at <= end:
            self.now = at
            self.carry_out(self.server.tick(at))
        self.now = end

    def publish(self, channel: str, data: Any, **how: Any) -> None:
        self.carry_out(self.server.publish(channel, data, self.now, **how))

    def deliver(self, client: str, channel: str, data: Any) -> None:
        self.carry_out(self.server.deliver(client, channel, data, self.now))

    def data(self, over: str) -> list[Any]:
        """Return the data of the deliveries in a link's answer."""
        answer = self.answers[over]
        assert isinstance(answer, list), answer
        return [message["data"] for message in answer if "data" in message]

    def carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Reply(link, messages) if link in self.frames:
                    self.frames[link].append(messages)
                case Reply(link, messages):
                    assert link not in self.answers, f"{link} is answered twice"
                    self.answers[link] = messages
                    self.order.append(link)
                case Refuse(link, status):
                    assert link not in self.answers, f"{link} is answered twice"
                    self.answers[link] = status
                    self.order.append(link)
                case _:
                    self.facts.append(_fact(effect))


def _fact(effect: Any) -> str:
    session: Session | None = effect.session
    words = [type(effect).__name__, session.id if session else "nobody"]
    told = [name for name in ("reason", "channel", "data") if hasattr(effect, name)]
    return " ".join([*words, *(str(getattr(effect, name)) for name in told)])


def handshake(**fields: Any) -> Message:
    return {
        "channel": "/meta/handshake",
        "version": "1.0",
        "supportedConnectionTypes": ["long-polling"],
        **fields,
    }


def connect(client: str, *, timeout: Any = None, **fields: Any) -> Message:
    advice = {} if timeout is None else {"advice": {"timeout": timeout}}
    kind = {"connectionType": "long-polling"}
    return {"channel": "/meta/connect", "clientId": client, **kind, **advice, **fields}


def subscribe(client: str, subscription: Any, **fields: Any) -> Message:
    named = {"clientId": client, "subscription": subscription}
    return {"channel": "/meta/subscribe", **named, **fields}


@pytest.fixture
def talk() -> Transcript:
    return Transcript()


@pytest.fixture(scope="session")
def talk_with() -> Any:
    """Make a transcript with settings or a policy of its own."""

    def make(*, allow: Policy | None = None, **settings: Any) -> Transcript:
        policy = {"allow": allow} if allow else {}
        return Transcript(ServerSettings(**settings), **policy)

    return make


@pytest.fixture(scope="session")
def say() -> type[Words]:
    return Words


class Words:
    """The messages a client says, so that tests need no imports from here."""

    handshake = staticmethod(handshake)
    connect = staticmethod(connect)
    subscribe = staticmethod(subscribe)

    @staticmethod
    def unsubscribe(client: str, subscription: Any, **fields: Any) -> Message:
        return subscribe(client, subscription, **fields) | {"channel": "/meta/unsubscribe"}

    @staticmethod
    def disconnect(client: str, **fields: Any) -> Message:
        return {"channel": "/meta/disconnect", "clientId": client, **fields}

    @staticmethod
    def publish(client: str | None, channel: str, data: Any, **fields: Any) -> Message:
        named = {} if client is None else {"clientId": client}
        return {"channel": channel, "data": data, **named, **fields}
