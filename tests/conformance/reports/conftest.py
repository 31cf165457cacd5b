from collections.abc import Callable

import pytest

from conformance.model import Check, Finding, Level, Outcome, Run

MakeRun = Callable[..., Run]


def make_check(name: str, outcome: Outcome, **rest: object) -> Check:
    given = {"title": f"the {name} check", "level": Level.MUST, "scenario": "email.accept"} | rest
    return Check(id=name, outcome=outcome, **given)  # type: ignore[arg-type]


@pytest.fixture
def make_run() -> MakeRun:
    """Build a run from outcomes, or from whole checks."""

    def build(*parts: Outcome | Check, interrupted: bool = False) -> Run:
        checks = [
            part if isinstance(part, Check) else make_check(f"c{n}", part)
            for n, part in enumerate(parts)
        ]
        return Run(
            target="my-server",
            checks=tuple(checks),
            started="2026-11-21T09:30:00.000Z",
            seconds=1.25,
            interrupted=interrupted,
        )

    return build


@pytest.fixture
def mixed(make_run: MakeRun) -> Run:
    state = Finding("mismatch", "wrong state", "$.email.state", "Processing", "Invited")
    return make_run(
        make_check("accept.answer", Outcome.PASS, seconds=0.02),
        make_check(
            "accept.state",
            Outcome.FAIL,
            findings=(state,),
            requirements=("GWS-ACCEPT-03",),
            file="scenarios/accept.tapestry.yaml",
            line=12,
        ),
        make_check("accept.after", Outcome.SKIP, reason="needs accept.state"),
        make_check("transfer.queue", Outcome.NA, reason="target claims no queues"),
        make_check("accept.extra", Outcome.WARN, level=Level.SHOULD, findings=(state,)),
        make_check("hostile", Outcome.ERROR, reason="<script>\x00 & \x1b[31m ]]>"),
    )
