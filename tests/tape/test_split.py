from tapestry.tape import codec
from tapestry.tape.journal import Journal
from tapestry.tape.model import End, Header
from tapestry.tape.split import Split, agent_files, agent_path

HEADER = Header("2026-11-21T09:30:00.000Z")


def end(n, agent=None):
    return End(float(n), f"c{n}", "aborted", agent=agent)


def test_each_agent_has_a_tape(tmp_path):
    out = tmp_path / "day.yaml"
    sink = Split(out, lambda path: Journal(path, HEADER))
    sink.append(end(1, "agent#1"))
    sink.append(end(2))
    sink.append(end(3, "agent#2"))
    sink.append(end(4, "agent#1"))
    sink.tick(1.0)
    sink.close()
    assert codec.load(tmp_path / "day.agent-1.yaml").entries == (
        end(1, "agent#1"),
        end(4, "agent#1"),
    )
    assert codec.load(tmp_path / "day.unknown.yaml").entries == (end(2),)
    assert [found.name for found in agent_files(out)] == [
        "day.agent-1.yaml",
        "day.agent-2.yaml",
        "day.unknown.yaml",
    ]
    assert (sink.written, sink.lost) == (4, 0)
    assert sink.size > 0


def test_a_tape_that_cannot_be_opened_costs_only_its_own_agent(tmp_path):
    told = []
    out = tmp_path / "day.yaml"
    agent_path(out, "agent#1").write_text("in the way")
    sink = Split(out, lambda path: Journal(path, HEADER), told.append)
    sink.append(end(1, "agent#1"))
    sink.append(end(2, "agent#1"))
    sink.append(end(3, "agent#2"))
    sink.close()
    assert (sink.written, sink.lost, len(told)) == (1, 2, 1)
    assert "exists" in told[0]


def test_rotated_parts_are_found_and_others_are_not(tmp_path):
    for name in ("day.agent-1-0001.yaml", "day.agent-x.yaml", "other.agent-1.yaml"):
        (tmp_path / name).touch()
    assert [found.name for found in agent_files(tmp_path / "day.yaml")] == ["day.agent-1-0001.yaml"]
