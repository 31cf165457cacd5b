from hypothesis import given
from hypothesis import strategies as st

from tapestry.bayeux.deadlines import Deadlines


def test_the_earliest_is_next_and_due_first():
    deadlines = Deadlines()
    for name, at in [("b", 2.0), ("a", 1.0), ("c", 3.0)]:
        deadlines.set(name, at)
    assert deadlines.next() == 1.0
    assert list(deadlines.due(2.0)) == ["a", "b"]
    assert deadlines.next() == 3.0


def test_nothing_is_due_before_its_time_or_after_it_is_forgotten():
    deadlines = Deadlines()
    deadlines.set("a", 1.0)
    assert list(deadlines.due(0.9)) == []
    deadlines.discard("a")
    deadlines.discard("never there")
    assert deadlines.next() is None
    assert list(deadlines.due(9.0)) == []


_steps = st.lists(
    st.tuples(st.sampled_from(["set", "discard", "due"]), st.sampled_from("abc"), st.integers(0, 9))
)


@given(_steps)
def test_it_is_a_dictionary_that_knows_its_least_value(steps):
    deadlines, plain = Deadlines(), dict[str, int]()
    for verb, name, at in steps:
        if verb == "set":
            deadlines.set(name, at)
            plain[name] = at
        elif verb == "discard":
            deadlines.discard(name)
            plain.pop(name, None)
        else:
            expected = sorted((when, who) for who, when in plain.items() if when <= at)
            assert list(deadlines.due(at)) == [who for _, who in expected]
            plain = {who: when for who, when in plain.items() if when > at}
        assert deadlines.next() == min(plain.values(), default=None)
