import base64

import pytest

from tapestry.tape.agents import AgentRegistry
from tapestry.tape.model import Body, BodyKind, Request, Response


def basic(user):
    return ("Authorization", "Basic " + base64.b64encode(f"{user}:pw".encode()).decode())


def cookie(text):
    return ("cookie", text)


def request(*headers, body=None, query=None):
    payload = Body() if body is None else Body(BodyKind.JSON, body)
    return Request("POST", "/x", query or {}, headers, payload)


def response(*cookies, status=200, body=None):
    payload = Body() if body is None else Body(BodyKind.JSON, body)
    return Response(status, tuple(("Set-Cookie", text) for text in cookies), payload)


OK = response()


@pytest.fixture
def agents():
    return AgentRegistry()


def test_users_are_numbered_as_they_appear(agents):
    assert agents.identify(request(basic("alice")), OK) == "agent#1"
    assert agents.identify(request(basic("bob")), OK) == "agent#2"
    assert agents.identify(request(basic("alice")), OK) == "agent#1"
    assert agents.identify(request(("Authorization", "Bearer abc")), OK) == "agent#3"
    assert agents.identify(request(("Authorization", "Bearer abc")), OK) == "agent#3"


def test_a_cookie_of_an_authenticated_answer_speaks_for_its_user(agents):
    agents.identify(request(basic("alice")), response("ANY=1; Path=/"))
    agents.identify(request(basic("bob")), response("ANY=2; Path=/"))
    assert agents.identify(request(cookie("x=y; ANY=2"))) == "agent#2"
    assert agents.identify(request(cookie("ANY=1")), response("NEW=3")) == "agent#1"
    assert agents.identify(request(cookie("NEW=3"))) == "agent#1"


def test_a_cookie_that_two_agents_share_identifies_nobody(agents):
    agents.identify(request(basic("alice")), response("LB=node1", "S=1"))
    agents.identify(request(basic("bob")), response("LB=node1", "S=2"))
    assert agents.identify(request(cookie("LB=node1"))) is None
    assert agents.identify(request(cookie("LB=node1; S=2"))) == "agent#2"
    assert agents.identify(request(cookie("S=1; LB=node1")), OK) == "agent#1"


def test_a_refused_login_ties_no_cookie(agents):
    assert agents.identify(request(basic("alice")), response("S=1", status=401)) == "agent#1"
    assert agents.identify(request(cookie("S=1")), OK) is None


def test_a_cookie_from_before_the_login_belongs_to_who_logs_in_with_it(agents):
    assert agents.identify(request(), response("S=1", status=403)) is None
    agents.identify(request(basic("alice"), cookie("S=1")), OK)
    assert agents.identify(request(cookie("S=1")), OK) == "agent#1"


def test_anonymous_browsers_and_sessions_are_agents_too(agents):
    handshake = response("BAYEUX_BROWSER=b1", body=[{"clientId": "c1"}])
    assert agents.identify(request(), handshake) == "agent#1"
    assert agents.identify(request(cookie("BAYEUX_BROWSER=b1")), OK) == "agent#1"
    assert agents.identify(request(body=[{"clientId": "c1"}]), OK) == "agent#1"
    assert agents.identify(request(body=[{"clientId": "c2"}])) == "agent#2"
    assert agents.identify(request(query={"message": '[{"clientId":"c2"}]'})) == "agent#2"
    assert agents.identify(request(), OK) is None


def test_who_was_anonymous_in_a_jar_keeps_the_number_when_named(agents):
    agents.identify(request(), response("BAYEUX_BROWSER=b1"))
    assert agents.identify(request(basic("alice"), cookie("BAYEUX_BROWSER=b1")), OK) == "agent#1"
    assert agents.identify(request(basic("bob"), cookie("BAYEUX_BROWSER=b1")), OK) == "agent#2"


def test_a_session_follows_its_agent_over_a_websocket(agents):
    handshake = response(body=[{"clientId": "c1"}])
    agents.identify(request(basic("alice")), handshake)
    frame = Body(BodyKind.TEXT, '[{"channel":"/meta/connect","clientId":"c1"}]')
    assert agents.frame(frame) == "agent#1"
    assert agents.frame(Body(BodyKind.TEXT, "[]"), "agent#7") == "agent#7"
    assert agents.frame(Body(BodyKind.TEXT, "[]")) is None
    assert agents.frame(Body(BodyKind.JSON, [{"clientId": "c9"}])) == "agent#2"


def test_malformed_credentials_still_tell_callers_apart(agents):
    assert agents.identify(request(("Authorization", "Basic %%%")), OK) == "agent#1"
    assert agents.identify(request(("Authorization", "Basic %%%x")), OK) == "agent#2"
