"""What must hold of any comparison, whatever the day was like."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

ALICE, BOB = "agent#1", "agent#2"


@dataclass(frozen=True)
class Email:
    """One interaction: whose it is, who wrote, and how far it gets."""

    agent: str
    contact: int
    subject: str
    transferred: bool


@dataclass(frozen=True)
class Beat:
    """One event of an interaction; within one the order is given, between two it is free."""

    email: int
    step: str
    agent: str


emails = st.builds(
    Email,
    agent=st.sampled_from([ALICE, BOB]),
    contact=st.integers(0, 2),
    subject=st.sampled_from(["hello", "order", "invoice"]),
    transferred=st.booleans(),
)


def beats(number, email):
    own, other = email.agent, BOB if email.agent == ALICE else ALICE
    yield Beat(number, "invited", own)
    yield Beat(number, "accept", own)
    yield Beat(number, "accepted", own)
    if email.transferred:
        yield Beat(number, "transfer", own)
        yield Beat(number, "transferred", own)
        yield Beat(number, "offered", other)


@st.composite
def plans(draw):
    """Some emails, and two orders in which their events may come."""
    chosen = draw(st.lists(emails, min_size=1, max_size=5))
    turns = [n for n, email in enumerate(chosen) for _ in beats(n, email)]
    return chosen, draw(st.permutations(turns)), draw(st.permutations(turns))


def order(chosen, turns):
    streams = {n: beats(n, email) for n, email in enumerate(chosen)}
    return [next(streams[n]) for n in turns]


def email_id(number, generation):
    return f"0001{generation}HEEG{number:07d}"


def tell(day, chosen, sequence, generation="a", spacing=1.0, mistaken=None):
    """Build the day; ``mistaken`` is (index of an event, the email whose id it then carries)."""
    made = day()
    for index, beat in enumerate(sequence):
        email, at = chosen[beat.email], index * spacing
        number = mistaken[1] if mistaken and mistaken[0] == index else beat.email
        name = email_id(number, generation)
        more = {
            "contactId": f"contact-{generation}-{email.contact}",
            "subject": email.subject,
            "uri": f"http://{generation}:8090/api/v2/email/{name}",
        }
        reference = 10 * ord(generation) + index
        if beat.step in ("accept", "transfer"):
            key = f"{beat.step} {beat.email}"
            operation = beat.step.capitalize()
            made.call(key, operation, name, at=at, agent=beat.agent, reference=reference)
            made.references = getattr(made, "references", {}) | {key: reference}
        else:
            state, cause = {
                "invited": ("Invited", None),
                "accepted": ("Processing", f"accept {beat.email}"),
                "transferred": ("Completed", f"transfer {beat.email}"),
                "offered": ("Invited", f"transfer {beat.email}"),
            }[beat.step]
            known = made.references.get(cause) if beat.step != "offered" and cause else None
            made.change(name, state, at=at, agent=beat.agent, cause=cause, reference=known, **more)
    return made


quick = settings(max_examples=30, deadline=None)


@quick
@given(plans())
def test_a_story_differs_in_nothing_from_itself(day, compare, plan):
    chosen, turns, _ = plan
    story = tell(day, chosen, order(chosen, turns))
    assert compare(story, story) == ()


@quick
@given(plans())
def test_renaming_all_ids_is_no_difference(day, compare, plan):
    chosen, turns, _ = plan
    sequence = order(chosen, turns)
    assert compare(tell(day, chosen, sequence, "a"), tell(day, chosen, sequence, "b")) == ()


@quick
@given(plans())
def test_shuffling_independent_streams_is_no_difference(day, compare, plan):
    chosen, turns, others = plan
    old = tell(day, chosen, order(chosen, turns), "a")
    new = tell(day, chosen, order(chosen, others), "b")
    assert compare(old, new) == ()


@quick
@given(plans())
def test_agents_are_known_by_what_they_do_and_not_by_their_names(day, compare, plan):
    chosen, turns, others = plan
    old = tell(day, chosen, order(chosen, turns), "a")
    new = tell(day, chosen, order(chosen, others), "b")
    swapped = {ALICE: BOB, BOB: ALICE}
    new.events = [
        (replace(event, agent=swapped[event.agent]), cause) for event, cause in new.events
    ]
    assert compare(old, new) == ()


@quick
@given(plans(), st.data())
def test_one_id_taken_for_another_is_a_difference(day, compare, plan, data):
    chosen, turns, others = plan
    if len(chosen) < 2:
        return
    sequence = order(chosen, others)
    deliveries = [n for n, beat in enumerate(sequence) if beat.step not in ("accept", "transfer")]
    index = data.draw(st.sampled_from(deliveries))
    wrong = data.draw(
        st.sampled_from([n for n in range(len(chosen)) if n != sequence[index].email])
    )
    old = tell(day, chosen, order(chosen, turns), "a")
    new = tell(day, chosen, sequence, "b", mistaken=(index, wrong))
    assert compare(old, new) != ()


@quick
@given(plans())
def test_delaying_deliveries_until_they_are_needed_is_at_most_timing(day, compare, plan):
    chosen, turns, _ = plan
    prompt = order(chosen, turns)
    kinds = compare(
        tell(day, chosen, prompt, spacing=1000), tell(day, chosen, late(prompt), spacing=1000)
    )
    assert {finding.kind.value for finding in kinds} <= {"timing"}


def late(sequence):
    """Put every delivery just before the next call on its interaction, or at the end."""
    waiting, delayed = [], []
    for beat in sequence:
        if beat.step in ("accept", "transfer"):
            delayed += [held for held in waiting if held.email == beat.email]
            waiting = [held for held in waiting if held.email != beat.email]
            delayed.append(beat)
        else:
            waiting.append(beat)
    return delayed + waiting


@quick
@given(plans(), st.data())
def test_a_lost_notification_is_breaking_and_a_doubled_one_is_told(day, compare, plan, data):
    chosen, turns, _ = plan
    sequence = order(chosen, turns)
    deliveries = [n for n, beat in enumerate(sequence) if beat.step not in ("accept", "transfer")]
    index = data.draw(st.sampled_from(deliveries))
    whole = tell(day, chosen, sequence)
    less = tell(day, chosen, [beat for n, beat in enumerate(sequence) if n != index], "b")
    more = tell(day, chosen, [*sequence[: index + 1], *sequence[index:]], "b")
    assert "breaking" in {finding.kind.value for finding in compare(whole, less)}
    assert compare(whole, more) != ()
