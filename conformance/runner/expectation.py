"""Decides which notification an expectation means, and whether it is as expected.

Pure: arrivals in, a decision out. When nothing fits in time, the notifications that came closest
are told with what was wrong about each, because 'nothing arrived' is seldom the whole truth.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.judge.match import Match, match
from conformance.judge.matchers import described
from conformance.language.scenario import Expect, Never
from conformance.model import Finding
from conformance.runner.inbox import Arrival
from conformance.template import Scope

CLOSEST = 3


@dataclass(frozen=True, slots=True)
class Decision:
    """The notification that was meant and how it compares."""

    arrival: Arrival
    match: Match


def decide(
    expect: Expect, candidates: Iterable[Arrival], scope: Scope, topic: str
) -> Decision | None:
    """Return the decision, ``None`` while none of ``candidates`` is the one that is meant."""
    for arrival in candidates:
        if expect.where is not None and not match(expect.where, arrival.data, scope, "$.data"):
            continue
        compared = compare(expect, arrival, scope, topic)
        if compared or expect.where is not None:
            return Decision(arrival, compared)
    return None


def compare(expect: Expect | Never, arrival: Arrival, scope: Scope, topic: str) -> Match:
    """Compare one notification, its channel included, with what is expected."""
    compared = match(expect.data, arrival.data, scope, "$.data")
    if expect.channel is not None:
        wrong = match(expect.channel, arrival.channel, scope, "$.channel").findings
    elif isinstance(expect, Expect) and arrival.channel != topic:
        wrong = (Finding("channel", "is another channel", "$.channel", topic, arrival.channel),)
    else:
        wrong = ()
    return Match((*wrong, *compared.findings), compared.notes, compared.bound)


def late(arrival: Arrival, anchor: float, within: float) -> Finding | None:
    """Return a finding when a notification took longer than it may."""
    took = arrival.at - anchor
    if took <= within:
        return None
    return Finding("late", f"came {took:.3f} s after its cause", "$", f"within {within:g} s", None)


def missing(
    expect: Expect, seen: Iterable[Arrival], scope: Scope, topic: str, anchor: float
) -> tuple[Finding, list[Finding]]:
    """Return the finding for a notification that never came, and notes on the closest others."""
    wanted = expect.data if expect.where is None else expect.where
    near = sorted(
        (_distance(expect, arrival, scope, topic) for arrival in seen if arrival.claimed is None),
        key=lambda pair: (len(pair[1]), pair[0].n),
    )[:CLOSEST]
    message = f"no such notification within {expect.within:g} s"
    if near:
        places = ", ".join(dict.fromkeys(finding.path for finding in near[0][1]))
        message += f"; the closest differs at {places}"
    notes = [
        Finding(
            "near-miss",
            f"{(arrival.at - anchor) * 1000:.0f} ms after the cause came one that {found.message}",
            found.path,
            found.expected,
            found.observed,
        )
        for arrival, findings in near
        for found in findings
    ]
    return Finding("missing", message, "$.data", described(wanted, scope)), notes


def _distance(
    expect: Expect, arrival: Arrival, scope: Scope, topic: str
) -> tuple[Arrival, tuple[Finding, ...]]:
    findings = compare(expect, arrival, scope, topic).findings
    if expect.where is not None:
        meant = match(expect.where, arrival.data, scope, "$.data").findings
        findings = (*meant, *(found for found in findings if found not in meant))
    return arrival, findings
