"""What a person sees while it records: the view of Bayeux, the marks, the line."""

import asyncio
import io

import pytest
from mitmproxy import contentviews
from mitmproxy.addons.view import View
from mitmproxy.test import taddons, tflow, tutils

from proxy_addons import bayeux_view, status
from proxy_addons.bayeux_view import BayeuxContentview
from proxy_addons.mode import Mode
from proxy_addons.report import State
from proxy_addons.status import StatusAddon, size_text, status_line
from proxy_addons.validate import MARK, ValidateAddon, mark

CONNECT = b'[{"channel":"/meta/connect","clientId":"abc","id":"4","connectionType":"long-polling"}]'
REPLY = (
    b'[{"channel":"/meta/connect","successful":false,"error":"402::session_unknown"},'
    b'{"channel":"/v2/me/emails","data":{"referenceId":7}}]'
)


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (CONNECT, "request  /meta/connect id=4 connectionType=long-polling session=abc"),
        (b"message=%5B%7B%22channel%22%3A%22%2Fmeta%2Fconnect%22%7D%5D", "request  /meta/connect"),
        (b'/**/cb([{"channel":"/a","successful":true}]);', "reply    /a"),
        (REPLY, "REFUSED  /meta/connect error=402::session_unknown"),
    ],
)
def test_messages_are_shown_a_line_each(data, line):
    shown = BayeuxContentview().prettify(data, contentviews.Metadata())
    assert shown.splitlines()[0] == line


def test_a_delivery_is_shown_with_its_cause_and_its_data():
    shown = BayeuxContentview().prettify(REPLY, contentviews.Metadata()).splitlines()
    assert shown[1] == "delivery /v2/me/emails caused by referenceId=7"
    assert shown[2:] == ["  {", '    "referenceId": 7', "  }"]


def test_messages_in_a_query_are_found():
    request = tutils.treq(path=b"/cometd?jsonp=cb&message=" + CONNECT, content=b"")
    metadata = contentviews.Metadata(http_message=request)
    assert BayeuxContentview().render_priority(b"", metadata) == 2


@pytest.mark.parametrize("data", [b'{"statusCode": 0}', b"cb(1);", b"message=x", b"\xff", b""])
def test_what_is_not_bayeux_is_left_to_other_views(data):
    view = BayeuxContentview()
    assert view.render_priority(data, contentviews.Metadata()) < 0
    with pytest.raises(ValueError, match="no Bayeux"):
        view.prettify(data, contentviews.Metadata())


def test_mitmproxy_takes_the_view():
    bayeux_view.load(None)
    assert "bayeux" in contentviews.registry.available_views()


def test_a_violation_is_told_once_and_marks_its_flow():
    told = []
    addon, view = ValidateAddon(told.append), View()
    with taddons.context(view):
        flow = tflow.tflow()
        view.add([flow])
        for message in ("MUST X: wrong", "MUST X: wrong", "SHOULD Y: odd"):
            addon.flag(flow.id, message)
            mark(flow.id, message)
        mark("another", "x")
        assert (flow.marked, flow.comment) == (MARK, "MUST X: wrong\nSHOULD Y: odd")
    assert told == ["violation: MUST X: wrong", "violation: SHOULD Y: odd"]


async def test_a_violation_from_another_thread_marks_on_the_loop():
    addon, view = ValidateAddon(lambda message: None), View()
    with taddons.context(view):
        addon.running()
        flow = tflow.tflow()
        view.add([flow])
        await asyncio.to_thread(addon.flag, flow.id, "wrong")
        await asyncio.sleep(0)
        assert flow.marked == MARK


def test_violations_without_end_are_cut_off(monkeypatch):
    told = []
    addon = ValidateAddon(told.append)
    for number in range(1_005):
        addon.flag("k", str(number))
    assert len(told) == 1_001
    assert "too many" in told[-1]


STATE = State(2, 41, 7, 1, 99, 1_234_567, 3, 0)
LINE = "all: 2 agents, 41 calls, 7 deliveries, 1 violations, 1.23 MB, 3 open, 0 dropped"


def test_the_state_fits_on_a_line():
    assert status_line(Mode.ALL, STATE) == LINE


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 KB"), (2.5e12, "2.5e+03 GB")]
)
def test_sizes_are_told_as_people_read_them(count, text):
    assert size_text(count) == text


async def test_the_line_is_kept_up_to_date_and_wiped_at_the_end(monkeypatch):
    monkeypatch.setattr(status, "SECONDS", 0)
    terminal = io.StringIO()
    addon = StatusAddon(lambda: (Mode.ALL, STATE), terminal)
    addon.running()
    for _ in range(5):
        await asyncio.sleep(0)
    addon.done()
    assert terminal.getvalue() == f"\r\x1b[K{LINE}\r\x1b[K"
