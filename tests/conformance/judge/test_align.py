"""Alignment of sequences: the cheapest one, and bounded work."""

from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.judge import align as module
from conformance.judge.align import align


def cost(one, other):
    return 0 if one == other else 3 if one.lower() == other.lower() else 5


def pairs(old, new):
    return ["".join(side or "-" for side in pair) for pair in align(old, new, cost, 2)]


def test_equal_sequences_are_paired_in_order():
    assert pairs("abc", "abc") == ["aa", "bb", "cc"]
    assert pairs("", "") == []


def test_one_event_more_or_less_shifts_nothing():
    assert pairs("abcd", "acd") == ["aa", "b-", "cc", "dd"]
    assert pairs("acd", "abcd") == ["aa", "-b", "cc", "dd"]
    assert pairs("", "ab") == ["-a", "-b"]


def test_what_is_nearly_alike_is_paired_and_what_is_not_never_is():
    assert pairs("aBc", "abc") == ["aa", "Bb", "cc"]
    assert sorted(pairs("axc", "ayc")) == sorted(["aa", "x-", "-y", "cc"])


def test_a_repeated_event_at_the_ends_is_not_counted_twice():
    assert pairs("aa", "aaa").count("aa") == 2
    assert pairs("aaa", "aa").count("aa") == 2


@settings(max_examples=50, deadline=None)
@given(st.text("abAB", max_size=5), st.text("abAB", max_size=5))
def test_no_alignment_is_cheaper(old, new):
    def price(i, j):
        if i == len(old) or j == len(new):
            return 2 * (len(old) - i + len(new) - j)
        both = cost(old[i], new[j]) + price(i + 1, j + 1)
        return min(both, 2 + price(i + 1, j), 2 + price(i, j + 1))

    found = align(old, new, cost, 2)
    assert [a for a, _ in found if a] == list(old)
    assert [b for _, b in found if b] == list(new)
    assert sum(cost(a, b) if a and b else 2 for a, b in found) == price(0, 0)


def test_long_sequences_are_aligned_within_a_band(monkeypatch):
    monkeypatch.setattr(module, "BAND", 3)
    old = [f"e{n}" for n in range(60)]
    found = align(["x", *old, "y"], [*old[:30], "z", *old[30:], "w"], cost, 2)
    assert sum(a == b for a, b in found) == 60
