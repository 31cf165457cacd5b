"""Channel names and wildcards: which subscription a message on a channel reaches.

A channel is a path of segments; a subscription may end in ``*`` (one more segment) or ``**`` (one
or more). Wildcards stand last or nowhere (Bayeux 1.0, "Channel Globbing").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

ONE = "*"
ANY = "**"
LONGEST = 1000  # characters

_NAME = re.compile(r"(?:/[A-Za-z0-9\-_!~()$@.+%=,;:&']+)+\Z")


def is_name(channel: object) -> bool:
    """Tell whether ``channel`` names one channel: ``/a/b``, no wildcard, no empty segment.

    The characters are those of "Common Elements" and some that servers are seen to accept besides.
    """
    fits = isinstance(channel, str) and len(channel) <= LONGEST
    return fits and _NAME.match(str(channel)) is not None


def is_pattern(subscription: object) -> bool:
    """Tell whether ``subscription`` names a channel or ends in a wildcard: ``/a/*``, ``/a/**``."""
    if not isinstance(subscription, str):
        return False
    parent, _, last = subscription.rpartition("/")
    if last in (ONE, ANY) and subscription.startswith("/"):
        return parent == "" or is_name(parent)
    return is_name(subscription)


def matches(pattern: str, channel: str) -> bool:
    """Tell whether a subscription to ``pattern`` covers messages on ``channel``."""
    return pattern in patterns_of(channel)


def patterns_of(channel: str) -> frozenset[str]:
    """Return every subscription that covers ``channel``: itself and its wildcards.

    Ten thousand sessions are asked about one message, so the few patterns are made once and looked
    up in each session's subscriptions.
    """
    return frozenset(_patterns(channel))


def _patterns(channel: str) -> Iterator[str]:
    yield channel
    parent, _, _ = channel.rpartition("/")
    yield f"{parent}/{ONE}"
    yield f"{parent}/{ANY}"
    while parent:
        parent, _, _ = parent.rpartition("/")
        yield f"{parent}/{ANY}"
