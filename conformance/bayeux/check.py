"""What a check is: an id for ever, a sentence, the requirements behind it, and a story to try.

The level of a check is that of its requirements and is never chosen; all requirements of one check
have the same level, so a SHOULD can never fail as a MUST.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module

from conformance.bayeux.lab import Lab
from conformance.bayeux.requirement import Requirement, register
from conformance.model import Finding, Level

Story = Callable[[Lab], Awaitable[Sequence[Finding]]]

GROUPS = (
    "messages",
    "ids",
    "handshake",
    "negotiation",
    "connect",
    "holding",
    "disconnect",
    "subscribe",
    "publish",
    "delivery",
    "boundaries",
    "channels",
    "advice",
    "long_polling",
    "callback_polling",
    "websocket",
    "cometd",
)


class Need(StrEnum):
    """Something optional that a check needs of the server."""

    EVENT = "event"
    PUBLISH = "publish"
    TREE = "tree"
    PROMPT = "prompt"
    CALLBACK_POLLING = "callback-polling"
    WEBSOCKET = "websocket"
    ACK = "ack"


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """One check; ``transport`` is set when it is about that transport and no other.

    ``slow`` marks one that waits for many seconds and may run beside the others.
    """

    id: str
    title: str
    group: str
    requirements: tuple[Requirement, ...]
    story: Story
    needs: frozenset[Need] = frozenset()
    transport: str | None = None
    slow: bool = False

    @property
    def level(self) -> Level:
        """Return the level that all its requirements have."""
        return self.requirements[0].level

    @property
    def suspect(self) -> bool:
        """Tell whether it traces to a requirement that every independent server breaks."""
        return any(requirement.suspect for requirement in self.requirements)

    @property
    def line(self) -> int | None:
        """Return the first line of the specification that it traces to."""
        return next((line for r in self.requirements for line in r.lines), None)


_FOUND: dict[str, CheckSpec] = {}


def check(
    identifier: str,
    *requirements: str,
    needs: Sequence[Need] = (),
    transport: str | None = None,
    slow: bool = False,
) -> Callable[[Story], Story]:
    """Register a story as a check; the first line of its docstring is the title.

    An id is given once only, and never again.
    """

    def enlist(story: Story) -> Story:
        assert identifier not in _FOUND, identifier
        known = register()
        title = (story.__doc__ or "").partition("\n")[0].rstrip(".")
        _FOUND[identifier] = CheckSpec(
            id=identifier,
            title=title,
            group=story.__module__.rpartition(".")[2],
            requirements=tuple(known[name] for name in requirements),
            story=story,
            needs=frozenset(needs),
            transport=transport,
            slow=slow,
        )
        return story

    return enlist


def all_checks() -> tuple[CheckSpec, ...]:
    """Return every check of the suite, in a fixed order: by group, as they stand in it."""
    for group in GROUPS:
        import_module(f"conformance.bayeux.checks.{group}")
    return tuple(sorted(_FOUND.values(), key=lambda spec: GROUPS.index(spec.group)))
