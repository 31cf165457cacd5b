from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from mitmproxy import io
from mitmproxy.test import tflow, tutils

from proxy_addons.flow_reader import load_flows
from proxy_addons.flow_writer import save_flows
from tapestry.problems import Problem
from tapestry.tape.model import Body, BodyKind, Cassette, End, Exchange, Frame, Header
from tests.tape.tapes import cassettes


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cassettes())
def test_a_round_trip_loses_nothing(tmp_path, cassette):
    file = tmp_path / "x.mitm"
    assert save_flows(cassette, file) == []
    again, lost = load_flows(file)
    assert lost == []
    assert again.entries == cassette.entries
    assert again.header == cassette.header or not cassette.entries


def written(path, *flows):
    with path.open("wb") as file:
        for flow in flows:
            io.FlowWriter(file).add(flow)
    return path


def test_flows_of_mitmproxy_become_a_tape_of_one_server(tmp_path):
    answered = tflow.tflow(req=tutils.treq(port=80, content=b'{"a":1}'), resp=True)
    broken = tflow.tflow(req=tutils.treq(port=80), err=True)
    other = tflow.tflow(req=tutils.treq(host="other.test", port=80), resp=True)
    socket = tflow.twebsocketflow()
    socket.request.host, socket.request.port = "address", 80
    file = written(tmp_path / "a.flow", answered, broken, other, socket, tflow.ttcpflow())
    cassette, lost = load_flows(file)
    kinds = [type(entry) for entry in cassette.entries]
    assert sorted(kind.__name__ for kind in kinds) == [
        "End", "End", "Exchange", "Exchange", "Frame", "Frame", "Frame",
    ]  # fmt: skip
    assert cassette.header.upstream == "http://address"
    said = [entry.body.value for entry in cassette.entries if isinstance(entry, Frame)]
    assert said == ["hello binary", "hello text", "it's me"]
    assert any(
        isinstance(entry, Exchange) and entry.request.body == Body(BodyKind.JSON, {"a": 1})
        for entry in cassette.entries
    )
    assert lost == [
        "1 flows that are no HTTP",
        "1 exchanges with http://other.test, another server",
    ]
    assert len(load_flows(file, "http://other.test")[0].entries) == 1


def test_what_belongs_to_nothing_is_said(tmp_path):
    tape = Cassette(Header("2026-11-21T09:30:00.000Z"), (End(2.0, "w9", "gone"),))
    assert save_flows(tape, tmp_path / "x.mitm") == [
        "entry 1: the end of something that is not on the tape"
    ]


def test_a_file_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path):
    file = written(tmp_path / "a.flow", tflow.tflow(resp=True), tflow.tflow(resp=True))
    file.write_bytes(file.read_bytes()[:-10])
    cassette, lost = load_flows(file)
    assert len(cassette.entries) == 1
    assert lost == ["what follows flow 1: the file is damaged or was cut off there"]


def test_files_that_cannot_be_used_are_told(tmp_path):
    (tmp_path / "x.flow").write_bytes(b"9:nonsense}")
    with pytest.raises(Problem, match="not a flow file"):
        load_flows(tmp_path / "x.flow")
    with pytest.raises(Problem, match="cannot read"):
        load_flows(tmp_path / "none.flow")
    with pytest.raises(Problem, match="cannot write"):
        save_flows(Cassette(Header("now"), ()), Path("/nowhere/x.flow"))
