import pytest

from proxy_addons.session import RecordingSession, open_session
from tapestry.tape import codec
from tapestry.tape.journal import Journal
from tapestry.tape.model import Body, BodyKind, End, Exchange, Frame, Header, Request, Response
from tapestry.tape.redact import Redactor

POLL = Request("POST", "/cometd", body=Body(BodyKind.JSON, [{"clientId": "abc"}]))


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def told():
    return []


@pytest.fixture
def session(tmp_path, clock, told):
    journal = Journal(tmp_path / "x.yaml", Header("now"))
    return RecordingSession(journal, Redactor(b"key"), clock, told.append)


@pytest.fixture
def entries(tmp_path):
    return lambda: codec.load(tmp_path / "x.yaml").entries


def test_an_exchange_is_recorded_when_it_is_complete(session, clock, entries):
    clock.now += 1
    session.request("f1", "c1", POLL)
    session.request("f2", "c2", Request("GET", "/x"))
    clock.now += 0.25
    session.response("f2", Response(200))
    clock.now += 0.0005
    session.response("f1", Response(200))
    rest, poll = entries()
    assert rest == Exchange(1000.0, 250.0, Request("GET", "/x"), Response(200), connection="c2")
    assert (poll.at, poll.took, poll.agent) == (1000.0, 250.5, "agent#1")
    assert poll.request.body.value[0]["clientId"].startswith("client-")


def test_what_breaks_is_recorded_as_an_end_with_its_request(session, clock, entries):
    session.request("f1", "c1", POLL)
    clock.now += 2
    session.broken("f1", "client disconnected")
    (end,) = entries()
    assert (end.at, end.took, end.of, end.agent) == (0.0, 2000.0, "c1", "agent#1")
    assert (end.reason, end.request.path) == ("client disconnected", "/cometd")


def test_a_websocket_is_an_exchange_its_frames_and_an_end(session, clock, entries):
    session.request("f1", "c1", Request("GET", "/cometd"))
    session.response("f1", Response(101), upgraded=True)
    clock.now += 1
    session.frame("f1", "client", POLL.body)
    session.frame("f1", "server", Body(BodyKind.TEXT, "x"))
    session.socket_closed("f1", "closed by client, code 1000")
    session.frame("f1", "server", Body(BodyKind.TEXT, "late"))
    session.socket_closed("f1", "again")
    exchange, first, second, end = entries()
    assert exchange.socket == "w1"
    assert (first.sender, first.agent, first.at) == ("client", "agent#1", 1000.0)
    assert second == Frame(1000.0, "w1", "server", Body(BodyKind.TEXT, "x"), "agent#1")
    assert end == End(1000.0, "w1", "closed by client, code 1000", agent="agent#1")


def test_hooks_without_a_beginning_are_tolerated(session, entries):
    session.response("f9", Response(200))
    session.broken("f9", "x")
    assert entries() == ()


def test_what_is_in_flight_at_the_end_is_ended(session, told, entries):
    session.request("f1", "c1", POLL)
    session.request("f2", "c2", Request("GET", "/ws"))
    session.response("f2", Response(101), upgraded=True)
    session.close()
    session.broken("f1", "client disconnected")
    assert [getattr(entry, "reason", None) for entry in entries()] == [None] + [
        "recorder stopped"
    ] * 2
    assert told == []


def test_a_fault_costs_its_own_entry_and_tells_no_value(session, told, entries, tmp_path):
    session.request("f1", "c1", Request("GET", None))
    session.request("f2", "c2", Request("GET", "/x"))
    session.close()
    assert len(entries()) == 1
    assert told == ["an entry was not recorded: AttributeError"]
    assert session.summary() == (
        f"{tmp_path / 'x.yaml'}: 1 entry, 1 not recorded, 0 of"
        f" {Redactor().summary['rules']} redaction rules applied"
    )


def test_a_session_opens_its_cassette_with_a_header(tmp_path, clock, told, monkeypatch):
    opened = open_session(tmp_path / "y.yaml", "http://h", clock, told.append)
    opened.close()
    header = codec.load(tmp_path / "y.yaml").header
    assert header.upstream == "http://h"
    assert set(header.tool) == {"tapestry", "mitmproxy"}
    assert header.redaction["policy"] == "default"
    assert header.recorded.endswith("Z")
