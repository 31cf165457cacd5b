import pytest

from tapestry.problems import Problem
from tapestry.tape import codec
from tapestry.tape.journal import Journal
from tapestry.tape.model import End, Header
from tapestry.tape.rotation import Rotating, Rotation, part_path, parts_of

HEADER = Header("2026-11-21T09:30:00.000Z")


def end(n):
    return End(float(n), f"c{n}", "aborted")


def opener(path):
    return Journal(path, HEADER)


@pytest.mark.parametrize(
    ("text", "rotation"),
    [
        ("100MB", Rotation(100_000_000, None)),
        ("1.5 KB", Rotation(1500, None)),
        ("24h", Rotation(None, 86400.0)),
        ("1GB, 30m", Rotation(10**9, 1800.0)),
    ],
)
def test_a_rotation_is_written_as_people_write_it(text, rotation):
    assert Rotation.parse(text) == rotation


@pytest.mark.parametrize("text", ["", "100", "MB", "-1h", "0s", "1.2.3h", "5 weeks"])
def test_what_is_no_rotation_is_told(text):
    with pytest.raises(Problem, match="not a size or a time"):
        Rotation.parse(text)


def test_a_part_ends_by_size_and_the_link_follows(tmp_path):
    sink = Rotating(tmp_path / "day.yaml", Rotation(bytes=150), opener, 0.0)
    for n in range(5):
        sink.append(end(n))
        sink.tick(float(n))
    sink.close()
    parts = parts_of(tmp_path / "day.yaml")
    assert [part.name for part in parts] == ["day-0001.yaml", "day-0002.yaml", "day-0003.yaml"]
    loaded = [entry for part in parts for entry in codec.load(part).entries]
    assert loaded == [end(n) for n in range(5)]
    assert (tmp_path / "day-latest.yaml").resolve() == parts[-1]
    assert (sink.written, sink.lost) == (5, 0)
    assert sink.size > 450


def test_a_part_ends_by_time_but_never_empty(tmp_path):
    sink = Rotating(tmp_path / "day.yaml", Rotation(seconds=10), opener, 0.0)
    sink.tick(11.0)
    sink.append(end(1))
    sink.tick(12.0)
    sink.append(end(2))
    sink.tick(21.0)
    sink.close()
    one, two = parts_of(tmp_path / "day.yaml")
    assert (codec.load(one).entries, codec.load(two).entries) == ((end(1),), (end(2),))


def test_a_part_that_cannot_be_opened_lets_the_old_one_go_on(tmp_path):
    told = []
    path = tmp_path / "day.yaml"
    sink = Rotating(path, Rotation(seconds=10), opener, 0.0, told.append)
    part_path(path, 2).write_text("in the way")
    sink.append(end(1))
    sink.tick(11.0)
    sink.append(end(2))
    sink.tick(12.0)
    sink.close()
    assert len(told) == 1
    assert "day-0001.yaml goes on" in told[0]
    assert codec.load(part_path(path, 1)).entries == (end(1), end(2))


def test_a_link_that_cannot_be_made_is_told(tmp_path):
    told = []
    (tmp_path / "day-latest.yaml").mkdir()
    Rotating(tmp_path / "day.yaml", Rotation(seconds=1), opener, 0.0, told.append).close()
    assert "cannot link the latest part" in told[0]


def test_only_parts_are_parts(tmp_path):
    names = ["day-0001.yaml", "day-0002x.yaml", "day-latest.yaml", "d[a]y-0001.yaml", "day.yaml"]
    for name in names:
        (tmp_path / name).touch()
    assert [part.name for part in parts_of(tmp_path / "day.yaml")] == ["day-0001.yaml"]
    assert [part.name for part in parts_of(tmp_path / "d[a]y.yaml")] == ["d[a]y-0001.yaml"]
