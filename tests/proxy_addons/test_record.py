import time

import pytest
from mitmproxy.test import taddons, tflow

from proxy_addons import record
from proxy_addons.observe import AGENT, PLAYED, bounded, reason_of
from proxy_addons.record import RecordAddon
from tapestry.tape import codec
from tapestry.tape.body import MAX_BODY_BYTES
from tapestry.tape.model import End, Exchange, Frame


@pytest.fixture
def addon():
    return RecordAddon()


@pytest.fixture
def running(addon, tmp_path):
    """The addon as plain mitmproxy runs it, in reverse mode."""
    with taddons.context(addon) as context:
        context.options.mode = ["reverse:http://127.0.0.1:8090@9000"]
        context.configure(addon, tapestry_out=str(tmp_path / "x.yaml"))
        addon.running()
        yield context
        addon.done()


def test_hooks_become_entries(addon, running, tmp_path, capsys):
    observe = addon.observe
    flow, broken, socket = tflow.tflow(resp=True), tflow.tflow(err=True), tflow.twebsocketflow()
    broken.client_conn = flow.client_conn
    for one in (flow, broken, socket):
        observe.requestheaders(one)
        observe.request(one)
    observe.responseheaders(flow)
    observe.response(flow)
    observe.error(broken)
    observe.response(socket)
    observe.websocket_message(socket)
    assert len(socket.websocket.messages) == 1
    observe.websocket_end(socket)
    observe.client_disconnected(flow.client_conn)
    observe.client_disconnected(flow.client_conn)
    addon.done()
    addon.done()
    observe.error(broken)
    cassette = codec.load(tmp_path / "x.yaml")
    assert cassette.header.upstream == "http://127.0.0.1:8090"
    kinds = [type(entry) for entry in cassette.entries]
    assert kinds == [Exchange, End, Exchange, Frame, End]
    exchange, end, upgrade, frame, closed = cassette.entries
    assert exchange.connection == end.of == "c1"
    assert upgrade.socket == frame.socket == closed.of == "w1"
    assert closed.reason == "closed by server, code 1000"
    assert "5 entries, 0 not recorded" in capsys.readouterr().err


def test_an_answer_may_come_before_the_upload_is_complete(addon, running, tmp_path):
    observe = addon.observe
    flow, broken = tflow.tflow(resp=True), tflow.tflow(err=True)
    for one in (flow, broken):
        one.request.headers["transfer-encoding"] = "chunked"
        observe.requestheaders(one)
        one.request.stream(b"half of it")
    observe.response(flow)
    observe.error(broken)
    addon.done()
    entries = codec.load(tmp_path / "x.yaml").entries
    assert [entry.request.body.value for entry in entries] == ["half of it"] * 2


def test_what_is_played_is_not_recorded_and_a_new_episode_is_its_agents(addon, running, tmp_path):
    played, new = tflow.tflow(resp=True), tflow.tflow(resp=True)
    played.metadata[PLAYED] = True
    new.metadata[AGENT] = "agent#4"
    for flow in (played, new):
        addon.observe.request(flow)
        addon.observe.response(flow)
    addon.done()
    (entry,) = codec.load(tmp_path / "x.yaml").entries
    assert entry.agent == "agent#4"


def test_a_fault_never_reaches_the_traffic(addon, running, capsys):
    flow = tflow.tflow(resp=True)
    addon.observe.request(flow)
    flow.response = None
    addon.observe.response(flow)
    assert "an entry was not recorded: AssertionError" in capsys.readouterr().err


def test_nothing_is_recorded_unless_asked(addon, tmp_path):
    with taddons.context(addon) as context:
        addon.running()
        context.configure(addon, tapestry_out=str(tmp_path / "x.yaml"), tapestry_mode="passthrough")
        addon.running()
        addon.observe.request(tflow.tflow())
        addon.done()
    assert list(tmp_path.iterdir()) == []


def test_an_older_cassette_is_played_or_replaced(addon, tmp_path, caplog):
    path = tmp_path / "x.yaml"
    path.write_text("old")
    with taddons.context(addon) as context:
        context.configure(addon, tapestry_out=str(path))
        addon.running()
        assert "not a cassette" in caplog.text
        assert addon.deck.recorder is None
        context.configure(addon, tapestry_mode="all")
        addon.running()
        addon.done()
    assert codec.load(path).header.upstream is None


def test_the_mode_is_changed_by_commands(addon, running, capsys):
    control = addon.addons[1]
    assert control.mode() == "once"
    control.set_mode("sometimes")
    control.set_mode("passthrough")
    deadline = time.monotonic() + 10
    while "mode: passthrough" not in (told := capsys.readouterr().err):
        assert time.monotonic() < deadline, told
    assert control.mode() == "passthrough"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Client disconnected.", "client disconnected"),
        ("[Errno 111] Connect call failed ('127.0.0.1', 1)", "connection refused"),
        ("server closed connection", "server closed connection"),
        ("Connection timed out", "timeout"),
    ],
)
def test_reasons_are_told_in_plain_words(message, reason):
    assert reason_of(message) == reason


def test_a_body_is_handed_over_in_bounds():
    assert bounded((), b"x" * (MAX_BODY_BYTES + 2)).cut == 2
    assert bounded((), b"x").cut == 0


def test_the_module_is_a_mitmproxy_script():
    assert [type(addon) for addon in record.addons] == [RecordAddon]
