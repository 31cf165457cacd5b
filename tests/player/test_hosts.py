from __future__ import annotations

import pytest

from tapestry.player.hosts import Hosts
from tapestry.tape.model import Cassette, Header

LIVE = "http://127.0.0.1:5000"


@pytest.fixture
def hosts(taping):
    taping.exchange("GET", "/x", sent={"Host": "proxy.example:1"})
    return Hosts(taping.cassette())


@pytest.mark.parametrize(
    ("recorded", "live"),
    [
        ("http://gws.example:8090/api/v2/me", f"{LIVE}/api/v2/me"),
        ("https://GWS.example:8090/x", f"{LIVE}/x"),
        ("http://proxy.example:1", LIVE),
        ("a http://gws.example:8090/1 b http://gws.example:8090/2", f"a {LIVE}/1 b {LIVE}/2"),
        ("http://gws.example:80901/x", "http://gws.example:80901/x"),
        ("http://gws.example/x", "http://gws.example/x"),
        ("http://else.example:8090/x", "http://else.example:8090/x"),
        ("gws.example:8090", "gws.example:8090"),
        ({"a": ["http://proxy.example:1/x", 3, None]}, {"a": [f"{LIVE}/x", 3, None]}),
    ],
)
def test_uris_of_the_recorded_server_lead_to_the_player(hosts, recorded, live):
    assert hosts.live(recorded, LIVE) == live


def test_a_tape_that_names_no_host_changes_nothing():
    unknown = Hosts(Cassette(Header("now"), ()))
    assert unknown.live("http://gws.example:8090/x", LIVE) == "http://gws.example:8090/x"


def test_credentials_in_the_upstream_are_no_part_of_the_host():
    hosts = Hosts(Cassette(Header("now", "http://u:p@gws.example:8090"), ()))
    assert hosts.live("http://gws.example:8090/x", LIVE) == f"{LIVE}/x"
