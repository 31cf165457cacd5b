"""The timesync extension: the server's side of a sample of lag and offset."""

import time

import pytest

from tapestry.bayeux.server import BayeuxServer
from tapestry.bayeux.timesync import TimeSync

NOW_MS = 1_700_000_000_000


@pytest.fixture
def talk(talk):
    talk.server = BayeuxServer(extensions=[TimeSync(epoch=NOW_MS / 1000)], new_id=lambda: "s1")
    return talk


def sample(**fields):
    return {"ext": {"timesync": fields}}


def test_every_meta_reply_says_when_its_request_came(talk, say):
    talk.now = 5.0
    asked = sample(tc=NOW_MS + 4900, l=60, o=30)
    ours = {"tc": NOW_MS + 4900, "ts": NOW_MS + 5000, "p": 0, "a": -10}
    assert talk.one(say.handshake(**asked))["ext"] == {"timesync": ours}
    for message in [say.connect("s1"), say.subscribe("s1", "/a"), say.disconnect("s1")]:
        assert talk.one({**message, **asked})["ext"] == {"timesync": ours}
    assert talk.one(say.connect("gone", **asked))["ext"] == {"timesync": ours}


def test_a_held_connect_says_how_long_it_was_held(talk):
    client = talk.open()
    talk.now = 10.0
    talk.hold(client, "c", **sample(tc=NOW_MS + 10_000))
    talk.wait(30)
    (reply,) = talk.answers["c"]
    ours = {"tc": NOW_MS + 10_000, "ts": NOW_MS + 10_000, "p": 30_000, "a": 0}
    assert reply["ext"]["timesync"] == ours


@pytest.mark.parametrize(
    "ext",
    [
        None,
        7,
        {},
        {"timesync": None},
        {"timesync": {}},
        {"timesync": {"tc": "1"}},
        {"timesync": {"tc": True}},
        {"timesync": {"tc": 10**400}},
        {"timesync": {"tc": float("nan")}},
    ],
)
def test_what_is_no_sample_gets_no_answer(talk, say, ext):
    assert "ext" not in talk.one(say.handshake(ext=ext))


def test_a_lag_or_offset_that_makes_no_sense_counts_as_none(talk, say):
    reply = talk.one(say.handshake(**sample(tc=NOW_MS, l="x", o=[])))
    assert reply["ext"]["timesync"]["a"] == 0


def test_by_default_it_tells_the_time_of_day():
    clock = TimeSync()
    answer = clock.reply(clock.read({"tc": 0}), {}, None, at=time.monotonic(), now=0.0)
    assert abs(answer["ts"] / 1000 - time.time()) < 60


def test_both_extensions_speak_in_one_reply(talk_with, say):
    reply = talk_with().one(say.handshake(ext={"ack": True, "timesync": {"tc": 1}}))
    assert set(reply["ext"]) == {"ack", "timesync"}
