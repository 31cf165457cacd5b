"""Who is who in two stories: by the whole, by what is rare, by outline, by anything; then order."""

from conformance.judge.pair import Profile, pair


def profiles(**described):
    """Build profiles from ``key="whole shape feature feature ..."``."""
    made = {}
    for key, text in described.items():
        whole, shape, *features = text.split()
        made[key] = Profile(whole, shape, frozenset(features))
    return made


def test_what_is_alike_in_everything_is_paired_in_order():
    old = profiles(a="w s x", b="w s x", c="v s y")
    assert pair(old, profiles(p="v s y", q="w s x", r="w s x")) == {"a": "q", "b": "r", "c": "p"}


def test_what_is_rare_decides_before_what_is_common():
    old = profiles(a="1 s common red", b="2 s common blue")
    assert pair(old, profiles(p="3 s common blue", q="4 s common red")) == {"b": "p", "a": "q"}


def test_a_crowd_that_shares_everything_is_paired_by_outline_and_then_by_anything():
    old = profiles(**{f"a{n}": f"o{n} shape{n % 2} common" for n in range(30)})
    new = profiles(**{f"b{n}": f"n{n} shape{n % 2} common" for n in (*range(1, 30), 30)})
    paired = pair(old, new)
    assert len(paired) == 30
    assert all(int(a[1:]) % 2 == int(b[1:]) % 2 for a, b in paired.items())
    assert pair(old | profiles(x="w odd common"), new | profiles(y="v even common"))["x"] == "y"


def test_what_shares_nothing_has_no_counterpart():
    assert pair(profiles(a="1 s red"), profiles(p="2 t blue")) == {}
    assert pair({}, profiles(p="2 t blue")) == {}


def test_equals_that_share_an_id_stay_together():
    def made(*rows):
        return {key: Profile("w", "s", frozenset(), (own, contact)) for key, own, contact in rows}

    old = made(("a", "e#1", "c#1"), ("b", "e#2", "c#1"), ("c", "e#3", "c#2"), ("d", "e#4", "c#2"))
    new = made(("p", "e#1", "c#1"), ("q", "e#2", "c#2"), ("r", "e#3", "c#1"), ("s", "e#4", "c#2"))
    assert pair(old, new) == {"a": "p", "b": "r", "c": "q", "d": "s"}
