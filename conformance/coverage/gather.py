"""Brings the traffic about that is to be counted: reads cassettes, acts scenarios out.

Scenarios run on the embedded reference: what counts is what a suite asks for, whoever answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from conformance.collect import collect
from conformance.coverage.seen import Seen
from conformance.offline.kinds import Kind, recognise
from conformance.verification import embedded_reference, run_on
from tapestry.catalogue import catalogue
from tapestry.problems import Place, Problem
from tapestry.story.derive import derive
from tapestry.tape.codec import load

SUITES = ("email", "session")


def gather(paths: Sequence[Path], *, limit: int = 2) -> Seen:
    """Return what the cassettes and scenarios at ``paths`` exercise; the shipped suite for none.

    Raises :class:`Problem` for a path that is neither, and for one with a fault.
    """
    seen = Seen(catalogue())
    scenarios: list[Path] = []
    for file in _files(paths):
        found = recognise(file)
        if found is not None and found.kind is Kind.CASSETTE:
            seen.story(str(file), derive(load(file), seen.known))
        elif found is not None and found.own == "scenario":
            scenarios.append(file)
    if scenarios or not paths:
        _act_out(seen, scenarios, limit)
    elif not seen.calls and not seen.messages:
        raise Problem(
            "nothing to count: no cassette and no scenario there",
            remedy="name one, or a folder with some; with no path the shipped suite is counted",
        )
    return seen


def _files(paths: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise Problem("no such file or folder", where=Place(str(path)))
        below = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
        files.extend(one for one in below if one.is_file())
    return files


def _act_out(seen: Seen, files: Sequence[Path], limit: int) -> None:
    scenarios = collect(files, () if files else SUITES)
    for scenario in scenarios:
        for check in scenario.checks:
            for requirement in check.requirements:
                seen.requirements[requirement].add(check.id)
    with embedded_reference() as target:
        run_on(target, scenarios, limit=limit, on_event=seen.event)
