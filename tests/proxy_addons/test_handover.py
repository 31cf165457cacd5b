import threading
import time

import pytest

from proxy_addons.handover import Handover
from proxy_addons.plan import Plan
from proxy_addons.sighting import Answered, Asked, Payload
from tapestry.problems import Problem
from tapestry.tape import codec

NOTHING = Payload(())


def asked(key):
    return Asked(key, time.monotonic(), "c1", b"GET", b"/x", NOTHING)


def test_what_is_handed_over_is_on_the_tape_when_it_is_closed(tmp_path):
    told = []
    handover = Handover(Plan(str(tmp_path / "x.yaml"), key=b"k"), told.append)
    for key in ("one", "two"):
        handover.put(asked(key), key=key)
    handover.put(Answered("one", time.monotonic() + 1, 200, NOTHING), key="one")
    handover.close()
    exchange, end = codec.load(tmp_path / "x.yaml").entries
    assert (exchange.took // 1000, end.reason) == (1, "recorder stopped")
    assert "2 entries, 0 not recorded" in handover.summary
    assert (handover.state.entries, handover.state.calls, handover.lost) == (2, 1, 0)
    assert told == []


def test_a_writing_process_that_is_killed_is_told_and_what_follows_counted(tmp_path):
    told, heard = [], threading.Event()

    def tell(message):
        told.append(message)
        heard.set()

    handover = Handover(Plan(str(tmp_path / "x.yaml")), tell)
    handover._process.kill()
    assert heard.wait(20)
    handover.put(asked("one"), key="one")
    handover.close()
    assert handover.lost >= 1
    assert "the writing process has ended" in told[0]
    assert "not recorded" in handover.summary


def test_what_cannot_be_opened_is_a_problem_here(tmp_path):
    with pytest.raises(Problem, match="cannot write") as caught:
        Handover(Plan(str(tmp_path / "none" / "x.yaml")), print)
    assert caught.value.remedy
