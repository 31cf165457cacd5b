import pytest

from proxy_addons.session import Origin, RecordingSession
from tapestry.tape import codec
from tapestry.tape.journal import Journal
from tapestry.tape.model import Body, BodyKind, End, Exchange, Frame, Header, Request, Response
from tapestry.tape.redact import Redactor

POLL = Request("POST", "/cometd", body=Body(BodyKind.JSON, [{"clientId": "abc"}]))


@pytest.fixture
def told():
    return []


@pytest.fixture
def watched():
    return []


@pytest.fixture
def session(tmp_path, told, watched):
    journal = Journal(tmp_path / "x.yaml", Header("now"))
    redactor = Redactor(b"key")
    watch = lambda *seen: watched.append(seen)  # noqa: E731
    return RecordingSession(journal, redactor, Origin(100.0), told.append, watch)


@pytest.fixture
def entries(tmp_path):
    return lambda: codec.load(tmp_path / "x.yaml").entries


def test_an_exchange_is_recorded_when_it_is_complete(session, entries, watched):
    session.request("f1", 101.0, "c1", POLL)
    session.request("f2", 101.0, "c2", Request("GET", "/x"))
    assert session.open == 2
    session.response("f2", 101.25, Response(200))
    session.response("f1", 101.2505, Response(200))
    rest, poll = entries()
    assert rest == Exchange(1000.0, 250.0, Request("GET", "/x"), Response(200), connection="c2")
    assert (poll.at, poll.took, poll.agent) == (1000.0, 250.5, "agent#1")
    assert poll.request.body.value[0]["clientId"].startswith("client-")
    assert watched == [("f2", rest), ("f1", poll)]
    assert (session.agents, session.open) == (1, 0)


def test_what_breaks_is_recorded_as_an_end_with_its_request(session, entries):
    session.request("f1", 100.0, "c1", POLL)
    session.broken("f1", 102.0, "client disconnected")
    (end,) = entries()
    assert (end.at, end.took, end.of, end.agent) == (0.0, 2000.0, "c1", "agent#1")
    assert (end.reason, end.request.path) == ("client disconnected", "/cometd")


def test_a_websocket_is_an_exchange_its_frames_and_an_end(session, entries):
    session.request("f1", 100.0, "c1", Request("GET", "/cometd"))
    session.response("f1", 100.0, Response(101), upgraded=True)
    session.frame("f1", 101.0, "client", POLL.body)
    session.frame("f1", 101.0, "server", Body(BodyKind.TEXT, "x"))
    session.socket_closed("f1", 101.0, "closed by client, code 1000")
    session.frame("f1", 101.0, "server", Body(BodyKind.TEXT, "late"))
    session.socket_closed("f1", 101.0, "again")
    exchange, first, second, end = entries()
    assert exchange.socket == "w1"
    assert (first.sender, first.agent, first.at) == ("client", "agent#1", 1000.0)
    assert second == Frame(1000.0, "w1", "server", Body(BodyKind.TEXT, "x"), "agent#1")
    assert end == End(1000.0, "w1", "closed by client, code 1000", agent="agent#1")


def test_hooks_without_a_beginning_are_tolerated(session, entries):
    session.response("f9", 100.0, Response(200))
    session.broken("f9", 100.0, "x")
    assert entries() == ()


def test_what_is_in_flight_at_the_end_is_ended(session, told, entries):
    session.request("f1", 100.0, "c1", POLL)
    session.request("f2", 100.0, "c2", Request("GET", "/ws"))
    session.response("f2", 100.0, Response(101), upgraded=True)
    session.close(101.0)
    session.broken("f1", 101.0, "client disconnected")
    assert [getattr(entry, "reason", None) for entry in entries()] == [None] + [
        "recorder stopped"
    ] * 2
    assert told == []


def test_who_is_known_elsewhere_is_not_guessed(session, entries):
    session.request("f1", 100.0, "c1", POLL, "agent#7")
    session.response("f1", 100.0, Response(200))
    assert entries()[0].agent == "agent#7"


def test_an_exchange_that_was_lost_on_the_way_is_counted(session, entries):
    session.request("f1", 100.0, "c1", POLL)
    session.dropped("f1")
    session.close(101.0)
    assert entries() == ()
    assert "1 not recorded" in session.summary()


def test_an_older_recording_goes_on(tmp_path, told):
    journal = Journal(tmp_path / "x.yaml", Header("now"))
    origin = Origin(100.0, 5000.0, agents=2, sockets=3)
    session = RecordingSession(journal, Redactor(b"key"), origin, told.append)
    session.request("f1", 101.0, "c1", POLL)
    session.response("f1", 101.0, Response(101), upgraded=True)
    (entry,) = codec.load(tmp_path / "x.yaml").entries
    assert (entry.at, entry.agent, entry.socket) == (6000.0, "agent#3", "w4")


def test_a_fault_costs_its_own_entry_and_tells_no_value(session, told, entries, tmp_path):
    session.request("f1", 100.0, "c1", Request("GET", None))
    session.request("f2", 100.0, "c2", Request("GET", "/x"))
    session.close(100.0)
    assert len(entries()) == 1
    assert told == ["an entry was not recorded: AttributeError"]
    assert session.summary() == (
        f"{tmp_path / 'x.yaml'}: 1 entry, 1 not recorded, 0 of"
        f" {Redactor().summary['rules']} redaction rules applied"
    )
