"""Agents listen to what is theirs, by any name for it; nobody publishes."""

import pytest

from conformance.reference.policy import AgentsOnly
from tapestry.bayeux.advice import Advice
from tapestry.bayeux.message import Transport
from tapestry.bayeux.session import Session

SESSION = Session("s1", "alice", None, Transport.LONG_POLLING, Advice())


@pytest.mark.parametrize(
    ("channel", "allowed"),
    [
        ("/v2/me/emails", True),
        ("/v2/me/interactions", True),
        ("/v2/me/*", True),
        ("/v2/me/**", True),
        ("/v2/me", True),
        ("/v2/*", True),
        ("/v2/**", True),
        ("/**", True),
        ("/*", False),
        ("/v2/users", False),
        ("/v2/meeting", False),
        ("/v2/users/**", False),
    ],
)
def test_subscriptions(channel, allowed):
    assert AgentsOnly().may_subscribe(SESSION, channel) is allowed


def test_only_who_is_logged_in_shakes_hands_and_nobody_publishes():
    policy = AgentsOnly()
    assert policy.may_handshake("alice", {})
    assert not policy.may_handshake(None, {})
    assert not policy.may_publish(SESSION, "/v2/me/emails", {})
