import pytest
from mitmproxy.test import taddons, tflow

from proxy_addons import record
from proxy_addons.record import RecordAddon, reason_of
from tapestry.tape import codec
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


def test_hooks_become_entries(addon, running, tmp_path, capsys):
    flow, broken, socket = tflow.tflow(resp=True), tflow.tflow(err=True), tflow.twebsocketflow()
    broken.client_conn = flow.client_conn
    for one in (flow, broken, socket):
        addon.request(one)
    addon.response(flow)
    addon.error(broken)
    addon.response(socket)
    addon.websocket_message(socket)
    assert len(socket.websocket.messages) == 1
    addon.websocket_end(socket)
    addon.client_disconnected(flow.client_conn)
    addon.client_disconnected(flow.client_conn)
    addon.done()
    addon.done()
    addon.error(broken)
    cassette = codec.load(tmp_path / "x.yaml")
    assert cassette.header.upstream == "http://127.0.0.1:8090"
    kinds = [type(entry) for entry in cassette.entries]
    assert kinds == [Exchange, End, Exchange, Frame, End]
    exchange, end, upgrade, frame, closed = cassette.entries
    assert exchange.connection == end.of == "c1"
    assert upgrade.socket == frame.socket == closed.of == "w1"
    assert closed.reason == "closed by server, code 1000"
    assert "5 entries, 0 not recorded" in capsys.readouterr().err


def test_a_fault_never_reaches_the_traffic(addon, running, capsys):
    flow = tflow.tflow(resp=True)
    addon.request(flow)
    flow.response = None
    addon.response(flow)
    addon.done()
    assert "an entry was not recorded: AssertionError" in capsys.readouterr().err


def test_nothing_is_recorded_unless_asked(addon, tmp_path):
    with taddons.context(addon) as context:
        addon.running()
        context.configure(addon, tapestry_out=str(tmp_path / "x.yaml"), tapestry_mode="passthrough")
        addon.running()
        addon.request(tflow.tflow())
        addon.done()
    assert list(tmp_path.iterdir()) == []


def test_an_older_cassette_ends_the_start_unless_it_may_be_replaced(addon, tmp_path, caplog):
    path = tmp_path / "x.yaml"
    path.write_text("old")
    with taddons.context(addon) as context:
        context.configure(addon, tapestry_out=str(path))
        addon.running()
        assert "this file exists" in caplog.text
        assert addon.session is None
        context.configure(addon, tapestry_mode="all")
        addon.running()
        addon.done()
    assert codec.load(path).header.upstream is None


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


def test_the_module_is_a_mitmproxy_script():
    assert [type(addon) for addon in record.addons] == [RecordAddon]
