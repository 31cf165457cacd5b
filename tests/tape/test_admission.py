from tapestry.tape.admission import admitted
from tapestry.tape.body import body_of
from tapestry.tape.model import Cassette, End, Exchange, Frame, Header, Request, Response
from tapestry.tape.redact import Redactor

BASIC = ("Authorization", "Basic d29vZHBlY2tlcjpwdw==")
HEADER = Header("2026-11-21T09:30:00.000Z")


def exchange(at, path="/x", headers=(), socket=None):
    return Exchange(at, 1.0, Request("GET", path, {}, headers), Response(200), socket=socket)


def test_agents_are_told_before_what_tells_them_is_hidden():
    hello = body_of(b'[{"channel":"/meta/connect","clientId":"abc123"}]')
    tape = Cassette(
        HEADER,
        (
            exchange(0.0),
            exchange(1.0, headers=(BASIC,), socket="w1"),
            Frame(2.0, "w1", "client", hello),
            Frame(3.0, "w2", "server", hello),
            End(4.0, "w1", "closed"),
            End(5.0, "c1", "aborted", request=Request("GET", "/y", {}, (BASIC,))),
            End(6.0, "c2", "aborted"),
        ),
    )
    kept = admitted(tape, Redactor(b"key"))
    assert [entry.agent for entry in kept.entries] == [
        None, "agent#1", "agent#1", "agent#1", "agent#1", "agent#1", None,
    ]  # fmt: skip
    assert "d29vZ" not in str(kept)
    assert "abc123" not in str(kept)


def test_what_was_learned_late_is_found_in_what_came_early():
    tape = Cassette(HEADER, (exchange(0.0, "/of/woodpecker"), exchange(1.0, headers=(BASIC,))))
    kept = admitted(tape, Redactor(b"key"))
    assert "woodpecker" not in str(kept)
    assert kept.header.redaction == Redactor().summary


def test_what_says_that_it_was_redacted_is_left_as_it_is():
    header = Header("now", redaction={"policy": "acme", "rules": 3})
    tape = Cassette(header, (exchange(0.0, "/users/woodpecker"),))
    assert admitted(tape, Redactor()) is tape
