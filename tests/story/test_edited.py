import pytest

from tapestry.catalogue import catalogue
from tapestry.problems import Problem
from tapestry.story.derive import derive
from tapestry.story.edited import edges_of
from tapestry.story.model import Rule
from tapestry.story.text import reason
from tapestry.story.why import why
from tapestry.tape.codec import load, save
from tapestry.tape.edges import edge_line, edges_path
from tapestry.tape.model import Body, BodyKind, Cassette, Edge, Exchange, Header, Request, Response

EMAIL = "00012a9HEEG0325N"


def exchange(at, method, path, sent, answer):
    asked = Request(method, path, body=Body(BodyKind.JSON, sent))
    return Exchange(at, 5.0, asked, Response(200, body=Body(BodyKind.JSON, answer)), "agent#1")


def poll(at, *states):
    data = [
        {"messageType": "EmailStateChangeMessage", "notificationType": "StatusChange",
         "email": {"id": EMAIL, "state": state}}
        for state in states
    ]  # fmt: skip
    events = [{"channel": "/v2/me/emails", "data": one} for one in data]
    return exchange(at, "POST", "/cometd", [{"channel": "/meta/connect", "clientId": "c"}], events)


def accept(at, code=0):
    path = f"/api/v2/me/emails/{EMAIL}"
    return exchange(at, "POST", path, {"operationName": "Accept"}, {"statusCode": code})


@pytest.fixture
def tape():
    """Entries 1 to 4: Accept, a poll with two deliveries, a second Accept, a poll with one."""
    entries = (accept(0), poll(50, "Processing", "Revoked"), accept(100, 5), poll(9000, "Invited"))
    return Cassette(Header("2026-11-21T09:30:00.000Z"), entries)


def told(tape, *edges):
    story = derive(Cassette(tape.header, tape.entries, (), edges), catalogue())
    return story, [(d.cause, d.rule) for d in story.deliveries]


def test_what_a_person_has_set_goes_before_every_rule(tape):
    _, inferred = told(tape)
    assert inferred[0][1] is Rule.SUCCESSOR
    story, edited = told(tape, Edge(2, None), Edge(2, 1, 2), Edge(4, 3))
    calls = [call.n for call in story.calls]
    assert edited == [(None, Rule.EDITED), (calls[0], Rule.EDITED), (calls[1], Rule.EDITED)]


def test_every_edge_can_be_written_down_and_read_again(tape, tmp_path):
    file = tmp_path / "day.yaml"
    save(tape, file)
    story, inferred = told(tape)
    lines = [edge_line(edge) for _, edge in edges_of(story)]
    edges_path(file).write_text("\n".join(["causes:", *lines]) + "\n")
    assert [d.cause for d in derive(load(file), catalogue()).deliveries] == [c for c, _ in inferred]


def test_a_file_in_which_all_is_comment_sets_nothing(tape, tmp_path):
    file = tmp_path / "day.yaml"
    save(tape, file)
    edges_path(file).write_text("causes:\n# - {entry: 2, cause: 1}\n")
    assert load(file).edges == ()


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("- {entry: 1, cause: 1}", "no delivery 1 in entry 1, it has 0"),
        ("- {entry: 2, message: 3, cause: 1}", "no delivery 3 in entry 2, it has 2"),
        ("- {entry: 2, cause: 4}", "entry 4 is no call"),
        ("- {entry: 2, cause: 3}", "entry 3 was called after entry 2 had arrived"),
        ("- {entry: 2, caus: 3}", "unknown key 'caus'"),
    ],
)
def test_an_edge_that_cannot_hold_is_told_at_its_place(tape, tmp_path, line, what):
    file = tmp_path / "day.yaml"
    save(tape, file)
    edges_path(file).write_text(f"causes:\n{line}\n")
    with pytest.raises(Problem, match=what) as caught:
        derive(load(file), catalogue())
    assert caught.value.where.line == 2


def test_why_says_what_the_evidence_is(tape):
    story, _ = told(tape, Edge(2, None), Edge(2, 1, 2))
    sentences = [why(delivery, story) for delivery in story.deliveries]
    assert "no call caused it" in sentences[0]
    assert "call 1 caused it" in sentences[1]
    assert "of its own accord" in sentences[2]
    assert reason(story.deliveries[0], story) == "unsolicited (edited)"
    inferred, _ = told(tape)
    assert why(inferred.deliveries[0], inferred).startswith("Accept is documented to bring this")
