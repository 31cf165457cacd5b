import json

import pytest

from tapestry.bayeux.advice import Advice, Reconnect
from tapestry.bayeux.message import Transport


def test_advice_is_in_seconds_here_and_in_milliseconds_on_the_wire():
    advice = Advice(Reconnect.RETRY, timeout=30.0, interval=0.0, max_interval=10.5)
    field = {"reconnect": "retry", "interval": 0, "timeout": 30000, "maxInterval": 10500}
    assert advice.as_field() == field
    assert Advice.parse(field) == advice
    assert json.loads(json.dumps(field)) == field


def test_what_is_not_given_is_not_written():
    assert Advice(Reconnect.NONE).as_field() == {"reconnect": "none"}
    assert Advice(timeout=0).as_field() == {"timeout": 0}


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "retry",
        {},
        {"reconnect": "perhaps", "timeout": "30000", "interval": True},
        {"reconnect": ["retry"], "maxInterval": None},
        {"timeout": 10**400},
    ],
)
def test_what_cannot_be_used_counts_as_not_given(value):
    assert Advice.parse(value) == Advice()


def test_advice_for_the_transport_goes_before_the_general_one():
    value = {"interval": 1000, "timeout": 5, "long-polling": {"interval": 2000}, "websocket": 3}
    assert Advice.parse(value, Transport.LONG_POLLING) == Advice(timeout=0.005, interval=2.0)
    assert Advice.parse(value, Transport.WEBSOCKET) == Advice(timeout=0.005, interval=1.0)
    assert Advice.parse(value).interval == 1.0


def test_a_negative_interval_is_kept():
    assert Advice.parse({"interval": -1}).interval == -0.001


def test_hosts_and_multiple_clients_are_read_and_written():
    field = {"multiple-clients": True, "hosts": ["a.example.com"], "websocket": {"interval": 1000}}
    advice = Advice.parse(field)
    assert (advice.multiple_clients, advice.hosts) == (True, ("a.example.com",))
    special = {Transport.WEBSOCKET: Advice(interval=1.0)}
    assert Advice(multiple_clients=True, hosts=("a.example.com",), special=special).as_field() == {
        "multiple-clients": True,
        "hosts": ["a.example.com"],
        "websocket": {"interval": 1000},
    }
    nonsense = Advice.parse({"multiple-clients": 1, "hosts": "a.example.com"})
    assert nonsense == Advice()
    assert Advice.parse({"hosts": [7, "b"]}).hosts == ("b",)


def test_advice_can_be_hashed():
    assert len({Advice(), Advice(special={Transport.WEBSOCKET: Advice()})}) == 2
