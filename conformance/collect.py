"""Finds what is to be run: shipped suites, scenario files, cassettes, folders of either.

Everything is read before anything runs, so that a fault in the last scenario is told at once and
not after the first forty have been acted out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from conformance.language.load import SUFFIX, load_scenario
from conformance.language.scenario import Scenario
from tapestry.problems import Place, Problem, Problems

SHIPPED = Path(__file__).resolve().parent / "scenarios"
SUITES = ("email", "session")
BAYEUX = "bayeux"
"""The suite of the protocol itself, which is made of checks and not of scenarios."""
CASSETTE_SUFFIXES = (".yaml", ".yml", ".jsonl")
HEAD = 4096


def collect(paths: Sequence[Path | str] = (), suites: Sequence[str] = ()) -> tuple[Scenario, ...]:
    """Read the scenarios of ``suites`` and then those at ``paths``.

    With neither, all shipped suites. Raises :class:`Problem` with every fault in any file, and for
    an id that two scenarios share.
    """
    if not paths and not suites:
        suites = SUITES
    files = [file for suite in suites for file in scenario_files(SHIPPED / suite)]
    for path in map(Path, paths):
        files.extend(_files_at(path))
    scenarios: list[Scenario] = []
    problems: list[Problem] = []
    for file in dict.fromkeys(files):
        try:
            scenarios.append(_read(file))
        except Problems as several:
            problems.extend(several.problems)
        except Problem as problem:
            problems.append(problem)
    problems.extend(_duplicates(scenarios))
    if problems:
        raise Problems(problems)
    return tuple(scenarios)


def scenario_files(folder: Path) -> list[Path]:
    """Return the scenario files below ``folder``, in a fixed order."""
    return sorted(folder.rglob(f"*{SUFFIX}"))


def _files_at(path: Path) -> list[Path]:
    if path.is_dir():
        found = [file for file in sorted(path.rglob("*")) if _is_runnable(file)]
        if not found:
            raise Problem(
                f"no scenario and no cassette below {path}",
                remedy=f"scenario files end in {SUFFIX}",
            )
        return found
    if not path.exists():
        raise Problem("no such file or folder", where=Place(str(path)))
    if not _is_runnable(path):
        raise Problem(
            "neither a scenario nor a cassette",
            where=Place(str(path)),
            remedy=f"scenario files end in {SUFFIX}; cassettes begin with 'tapestry: 1'",
        )
    return [path]


def _is_runnable(file: Path) -> bool:
    return file.is_file() and (file.name.endswith(SUFFIX) or _is_cassette(file))


def _is_cassette(file: Path) -> bool:
    """Tell a cassette by its header, which comes first in every style of the format."""
    if file.suffix not in CASSETTE_SUFFIXES:
        return False
    with file.open("rb") as opened:
        head = opened.read(HEAD).decode("utf-8", "replace")
    lines = [line for line in head.splitlines() if line.strip() and not line.startswith("#")]
    first = next((line for line in lines if line.strip() != "---"), "")
    return first.removeprefix("--- ").startswith(("tapestry:", '{"tapestry":', '{"tapestry" :'))


def _read(file: Path) -> Scenario:
    if file.name.endswith(SUFFIX):
        return load_scenario(file)
    from conformance.driven.cassette import read_cassette

    return read_cassette(file)


def _duplicates(scenarios: Iterable[Scenario]) -> Iterator[Problem]:
    """Yield a problem for every check id that is not unique in the suite."""
    known: dict[str, Scenario] = {}
    for scenario in scenarios:
        for spec in scenario.checks:
            other = known.setdefault(spec.id, scenario)
            if other is not scenario:
                yield Problem(
                    f"check id {spec.id!r} is taken",
                    where=Place(scenario.file, spec.line),
                    why=f"ids are unique in a suite; {other.file} has it too",
                    remedy="rename one",
                )
