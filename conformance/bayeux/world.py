"""What is known of the server under test before the first check: how to get in, what it offers.

A check that needs something optional asks here, and is not applicable, with the reason, where the
server lacks it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

from conformance.bayeux.broken import Unreachable
from conformance.bayeux.lines import Address
from conformance.runner.secrets import Secrets
from conformance.target import Provision, Target

ME = "/api/v2/me"
BROWSER_COOKIE = "BAYEUX_BROWSER"


@dataclass(frozen=True, slots=True)
class PublishChannel:
    """Events come about by publishing on ``channel``, or below it when it is a ``tree``."""

    channel: str
    tree: bool

    @classmethod
    def parse(cls, text: str) -> PublishChannel:
        """Read ``/some/channel`` or ``/some/tree/**``."""
        tree = text.endswith("/**")
        return cls(text.removesuffix("/**"), tree)


@dataclass(frozen=True, slots=True)
class Provisioned:
    """Events come about on ``channel`` in the way that the target file says."""

    way: Provision
    channel: str


Source = PublishChannel | Provisioned


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server was found to offer.

    ``types`` are the connection types it names; ``ack`` whether it takes the ack extension;
    ``prompt`` whether a connect that asks for it is answered at once; ``source`` how events come
    about, ``None`` when there is no way.
    """

    types: frozenset[str] = frozenset()
    ack: bool = False
    prompt: bool = True
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class World:
    """One server under test and how this run speaks to it."""

    target: Target
    address: Address
    cookies: Mapping[str, str]
    transport: str
    secrets: Secrets
    offer: Offer = field(default_factory=Offer)

    def lacks(self, need: str) -> str | None:
        """Say that the server lacks something, ``None`` when it has it."""
        offer = self.offer
        publishes = isinstance(offer.source, PublishChannel)
        has = {
            "event": offer.source is not None,
            "publish": publishes,
            "tree": isinstance(offer.source, PublishChannel) and offer.source.tree,
            "prompt": offer.prompt,
            "ack": offer.ack,
        }
        if has.get(need, need in offer.types):
            return None
        if need == "tree" and not publishes:
            need = "publish"
        return _LACKING.get(need, _no(need))


_LACKING = {
    "event": "there is no way to bring an event about: no channel to publish on, no provisioning",
    "publish": "clients may not publish; events are brought about otherwise",
    "tree": "clients may publish on one channel only, not on channels below it",
    "prompt": "the server does not answer a connect at once when advised to",
    "ack": "the server does not take the ack extension",
}


def _no(transport: str) -> str:
    return f"the server does not name {transport} among its connection types"


async def get_in(
    target: Target, secrets: Secrets, patience: float
) -> tuple[Address, dict[str, str]]:
    """Log the target's first agent in, and return how to speak to the server from now on.

    Without a password there is nothing to log in with; a server without the user resource (404) is
    taken as it is. Raises :class:`Unreachable`.
    """
    url = target.base_url + target.cometd
    agent = next(iter(target.agents.values()))
    if agent.password is None:
        return Address(url, {}, patience), {}
    pair = f"{agent.username}:{agent.password}".encode()
    auth = f"Basic {b64encode(pair).decode()}"
    secrets.add(agent.password)
    secrets.add(auth)
    headers = {"Authorization": auth}
    if target.session == "none":
        return Address(url, headers, patience), {}
    cookies, csrf = await _read_me(target.base_url + ME, headers, patience)
    for value in (*cookies.values(), *csrf.values()):
        secrets.add(value)
    headers |= csrf if target.csrf == "auto" else {}
    return Address(url, headers, patience), cookies


async def _read_me(
    url: str, headers: Mapping[str, str], within: float
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the cookies, and the header with the CSRF token, that the user resource offers."""
    patience = aiohttp.ClientTimeout(total=within)
    try:
        async with (
            aiohttp.ClientSession(timeout=patience) as http,
            http.get(url, headers=dict(headers), allow_redirects=False) as response,
        ):
            await response.read()
    except (aiohttp.ClientError, OSError, TimeoutError) as fault:
        raise Unreachable(f"{fault}" or type(fault).__name__) from None
    if response.status in (401, 403):
        raise Unreachable(f"the agent is refused: HTTP {response.status} to GET {ME}")
    name, token = response.headers.get("X-CSRF-HEADER"), response.headers.get("X-CSRF-TOKEN")
    cookies = {c.key: c.value for c in response.cookies.values() if c.key != BROWSER_COOKIE}
    return cookies, {name: token} if name and token else {}
