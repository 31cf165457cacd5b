"""The time line for people: golden lines, within 100 columns, harmless to a terminal."""

from tapestry.story.alias import Aliases
from tapestry.story.text import MAX_LANES, WIDTH, printable, story_text
from tapestry.tape.model import Request

EMAIL, OTHER = "00012a9HEEG0325N", "00012a9HEEG033EC"


def text(tape):
    story = tape.story()
    return story_text(story, Aliases.of_story(story, tape.known.identifiers))


def lines(tape):
    return text(tape).splitlines()[2:-3]


def words(line):
    return " ".join(line.split())


def test_a_story_of_two_agents(tape, changed):
    tape.handshake(0).handshake(1, "client-2", agent="agent#2")
    tape.operation(1042, "Transfer", EMAIL, 2, took=25)
    tape.connect(1000, changed(EMAIL, "Completed", 2), took=67)
    tape.connect(1000, changed(EMAIL, "Invited"), took=70, client="client-2", agent="agent#2")
    tape.connect(2000, changed(OTHER, "Invited"), took=1)
    assert (
        text(tape)
        == """\
2 agents, 2 sessions, 1 call, 3 deliveries (1 unsolicited)

   1        5 ms  ┃│ agent#1  ○ session#1 open
   2        6 ms  │┃ agent#2  ○ session#2 open
   3     1042 ms  ┃│ agent#1  → Transfer email#1                 200 statusCode 0 reference#1
   4     1067 ms  ┃│ agent#1  ← StatusChange Completed email#1   because of 3 (referenceId, 25 ms)
   5     1070 ms  │┃ agent#2  ← StatusChange Invited email#1     because of 3 (successor, 28 ms)
   6     2001 ms  ┃│ agent#1  ← StatusChange Invited email#2     unsolicited

→ call   ← delivery   ○ session   ✗ no answer
'because of N (rule)' names the call that a delivery follows from; '?' marks a guess
"""
    )


def test_one_agent_needs_no_lanes_and_a_crowd_has_no_room_for_them(tape):
    tape.exchange(0, "GET", "/x")
    assert words(lines(tape)[0]) == "1 0 ms agent#1 → GET /x 200"
    for n in range(2, MAX_LANES + 2):
        tape.exchange(n, "GET", "/x", agent=f"agent#{n}")
    assert "│" not in text(tape)


def test_a_guess_is_marked(tape, changed):
    tape.handshake(0)
    tape.operation(10, "Accept", EMAIL, None)
    tape.connect(20, changed(EMAIL, "Revoked"), took=0)
    assert lines(tape)[-1].endswith("because of 2 (nearest?, 10 ms)")


def test_what_had_no_answer_and_what_was_refused_is_shown(tape):
    tape.bayeux(0, [{"channel": "/meta/handshake"}], [{"channel": "/meta/handshake"}])
    tape.end(10, "c1", Request("POST", "/api/v2/x"), agent="agent#1")
    tape.end(20, "w9", agent="agent#1")
    shown = [words(line) for line in lines(tape)]
    assert shown[0].endswith("○ session open refused")
    assert shown[1].endswith("✗ POST /api/v2/x client disconnected")
    assert shown[2].endswith("✗ w9 client disconnected")


def test_no_line_is_wider_than_a_terminal(tape, changed):
    tape.handshake(0)
    tape.exchange(10, "POST", "/" + "long/" * 60, None, {"statusCode": "x" * 300})
    tape.connect(20, changed("E" * 200, "S" * 200))
    assert max(map(len, text(tape).splitlines())) <= WIDTH


def test_nothing_on_a_tape_reaches_the_terminal_as_a_command(tape):
    tape.handshake(0)
    tape.connect(10, {"notificationType": "\x1b[2J\x07\u202e", "messageType": "\n"})
    shown = text(tape)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert r"\x1b[2J\x07\u202e" in shown
    assert printable("é →") == "é →"


def test_an_empty_story(tape):
    assert text(tape).startswith("0 agents, 0 sessions, 0 calls, 0 deliveries (0 unsolicited)\n")
