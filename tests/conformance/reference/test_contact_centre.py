"""The rules of the floor, as a table: given, when, then answered, then told."""

import pytest

BOTH = ("alice logs in", "bob logs in")
OWNED = (*BOTH, "an email comes for alice", "alice accepts")
OFFERED = (*BOTH, "an email comes for alice")

# given, when, (HTTP status, statusCode), told
RULES = [
    # Invitations
    (BOTH, "an email comes for bob", (200, None), ["bob Invited"]),
    ((), "an email comes", (200, None), []),
    (["an email comes"], "alice logs in", (200, 0), ["alice email=Ready", "alice Invited"]),
    (["alice logs in", "alice is away"], "an email comes", (200, None), []),
    (
        ["alice logs in", "alice is away", "an email comes"],
        "alice is ready",
        (200, 0),
        ["alice email=Ready", "alice Invited"],
    ),
    ([*BOTH, "an email comes"], "an email comes", (200, None), ["bob Invited"]),
    ([*BOTH, "an email comes for bob"], "an email comes", (200, None), ["alice Invited"]),
    (
        ["bob logs in", "an email comes for alice"],
        "alice logs in",
        (200, 0),
        ["alice email=Ready", "alice Invited"],
    ),
    # Accept
    (OFFERED, "alice accepts", (200, 0), ["alice Processing #1"]),
    (OFFERED, "bob accepts", (403, 3), []),
    (OWNED, "alice accepts", (400, 2), []),
    (OWNED, "bob accepts", (403, 3), []),
    (BOTH, "alice accepts", (404, 6), []),
    (["an email comes"], "alice accepts", (400, 2), []),
    # Reject
    (OFFERED, "alice rejects", (200, 0), ["alice Completed #1", "bob Invited"]),
    (["alice logs in", "an email comes"], "alice rejects", (200, 0), ["alice Completed #1"]),
    ([*OFFERED, "alice rejects"], "alice accepts", (403, 3), []),
    ([*OFFERED, "alice rejects"], "bob accepts", (200, 0), ["bob Processing #2"]),
    ([*OFFERED, "alice rejects"], "bob rejects", (200, 0), ["bob Completed #2"]),
    (
        [*OFFERED, "alice rejects", "bob rejects"],
        "carol logs in",
        (200, 0),
        ["carol email=Ready", "carol Invited"],
    ),
    (
        [*OFFERED, "alice rejects", "bob rejects", "alice is away"],
        "alice is ready",
        (200, 0),
        ["alice email=Ready"],
    ),
    (OWNED, "alice rejects", (400, 2), []),
    (OFFERED, "bob rejects", (403, 3), []),
    # Transfer to an agent
    (OWNED, "alice gives it to bob", (200, 0), ["alice Processing #2", "bob Invited"]),
    ([*OWNED, "alice gives it to bob"], "alice gives it to bob", (403, 3), []),
    ([*OWNED, "alice gives it to bob"], "bob accepts", (200, 0), ["bob Processing #3"]),
    (
        [*OWNED, "alice gives it to bob"],
        "bob rejects",
        (200, 0),
        ["bob Completed #3", "alice Invited"],
    ),
    ([*OWNED, "bob is away"], "alice gives it to bob", (200, 0), ["alice Processing #2"]),
    (
        [*OWNED, "bob is away", "alice gives it to bob"],
        "carol logs in",
        (200, 0),
        ["carol email=Ready"],
    ),
    (
        [*OWNED, "bob is away", "alice gives it to bob"],
        "bob is ready",
        (200, 0),
        ["bob email=Ready", "bob Invited"],
    ),
    (OWNED, "alice gives it to carol", (400, 2), []),
    (OWNED, "alice gives it to alice", (400, 10), []),
    (OWNED, "alice gives it to mallory", (404, 6), []),
    (OWNED, "bob gives it to bob", (403, 3), []),
    (OFFERED, "alice gives it to bob", (400, 2), []),
    # Transfer to a queue
    (OWNED, "alice gives it to queue support", (200, 0), ["alice Processing #2", "bob Invited"]),
    (OWNED, "alice gives it to queue nowhere", (404, 6), []),
    (
        ["bob logs in", "alice logs in", "an email comes for bob", "bob accepts"],
        "bob gives it to queue billing",
        (200, 0),
        ["bob Processing #2"],
    ),
    (
        [*OWNED, "bob leaves", "alice gives it to queue support"],
        "carol logs in",
        (200, 0),
        ["carol email=Ready", "carol Invited"],
    ),
    (
        [*OWNED, "carol logs in", "alice gives it to queue billing"],
        "bob rejects",
        (200, 0),
        ["bob Completed #3", "carol Invited"],
    ),
    (
        [*OWNED, "alice gives it to queue billing"],
        "bob rejects",
        (200, 0),
        ["bob Completed #3"],
    ),
    (
        [*OWNED, "alice gives it to queue support", "bob accepts"],
        "bob leaves",
        (200, 0),
        ["bob Revoked", "bob email=LoggedOut", "alice Invited"],
    ),
    # Sessions
    ((), "alice logs in", (200, 0), ["alice email=Ready"]),
    (["alice logs in", "alice is away"], "alice logs in", (200, 0), ["alice email=NotReady"]),
    ((), "alice leaves", (200, 0), []),
    (["alice logs in"], "alice leaves", (200, 0), ["alice email=LoggedOut"]),
    (OFFERED, "alice leaves", (200, 0), ["alice Revoked", "alice email=LoggedOut", "bob Invited"]),
    (OWNED, "alice leaves", (200, 0), ["alice Revoked", "alice email=LoggedOut", "bob Invited"]),
    ([*OWNED, "alice leaves"], "alice accepts", (400, 2), []),
    ((), "alice is ready", (400, 2), []),
    (["alice logs in"], "alice is away", (200, 0), ["alice email=NotReady"]),
    (OFFERED, "alice is away", (200, 0), ["alice email=NotReady"]),
]


def _name(rule):
    given, when, (_, code), _ = rule
    return f"{', '.join(given)} | {when}: {code}"


@pytest.mark.parametrize("rule", RULES, ids=_name)
def test_the_rule_holds(floor, rule) -> None:
    given, when, (http, code), expected = rule
    outcome = floor.given(*given).do(when)
    assert (outcome.answer.http, outcome.answer.body.get("statusCode")) == (http, code)
    assert floor.told(outcome) == expected
