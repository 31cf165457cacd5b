"""The stations of the demo: record, replay, verify, upgrade, diff, report.

Each station says what it is about to show, does it with the same functions as the verb of that
name, and says what came of it, so that the output alone explains the tool.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.demo.desktop import Seen
from conformance.demo.workday import mail_to, work_a_day
from conformance.model import Run
from conformance.reference.app import reference_server
from conformance.reference.variants import Variant, variant
from conformance.reports.shorten import one_line
from conformance.reports.text import finding_line

if TYPE_CHECKING:
    from conformance.judge.difference import Comparison
    from tapestry.tape.model import Cassette

THINK = 0.2
SCENARIOS = ("accept", "accept-content", "reject", "transfer-user", "wrong-state")
"""What is judged: the three operations of the day. 'tapestry verify' judges all there are."""
MOST_LINES = 8

Say = Callable[[str], None]
Days = dict[str, list[Seen]]


@dataclass(frozen=True, slots=True)
class Tour:
    """One guided walk along the road; what it makes is kept in ``out``."""

    out: Path
    say: Say

    def walk(self) -> bool:
        """Show every station and return whether each showed what it is there to show."""
        before, after = self.out / "before.yaml", self.out / "after.yaml"
        with self._station("Two agents work on a server; the recorder sits in between"):
            recorded = self._record(before)
        with self._station("The server is gone; the same desktops work on the recording"):
            same = self._replay(before, recorded)
        with self._station("Judge the server by what the API documents of these operations"):
            good = self._verify(None)
        upgrade = variant("upgraded")
        with self._station("The server is upgraded; record the same day again"):
            self._record(after, upgrade)
        with self._station("What has changed for a desktop"):
            changes = self._diff(before, after)
        with self._station("Judge the upgraded server, and write it all down"):
            bad = self._verify(upgrade)
            self._report(bad, changes)
        return same and good.exit_code == 0 and changes.gates

    @contextmanager
    def _station(self, title: str) -> Iterator[None]:
        self.say(f"\n── {title}")
        begun = time.monotonic()
        yield
        self.say(f"   ({time.monotonic() - begun:.1f} s)")

    def _record(self, file: Path, upgrade: Variant | None = None) -> Days:
        from proxy_addons.recorder import recording

        if upgrade:
            self.say(f"   the upgrade {upgrade.summary}")
        tell = _silent if upgrade else self._tell
        with (
            reference_server(variant=upgrade) as server,
            recording(server, file, mode="all") as proxy,
        ):
            seen = work_a_day(proxy, mail_to(server), tell=tell)
        tape = _load(file)
        self.say(f"   {len(tape.entries)} entries → {file}, no password or address in it")
        return seen

    def _replay(self, file: Path, recorded: Days) -> bool:
        from tapestry.player import play

        with play(file) as player:
            played = work_a_day(player, think=THINK)
        same = {agent: _outline(day) for agent, day in played.items()} == {
            agent: _outline(day) for agent, day in recorded.items()
        }
        for agent, day in played.items():
            self.say(f"   {agent} saw {' → '.join(seen.state for seen in day)}")
        self.say(
            f"   thinking {THINK:g} s longer before every click, they saw "
            f"{'the same, in the same order' if same else 'SOMETHING ELSE'}"
        )
        return same

    def _verify(self, upgrade: Variant | None) -> Run:
        from conformance.collect import SHIPPED
        from conformance.verification import embedded_reference, verify

        paths = [SHIPPED / "email" / f"{name}.tapestry.yaml" for name in SCENARIOS]
        with embedded_reference(upgrade) as server:
            run = verify(paths, target=server)
        counts = run.counts()
        self.say(f"   {counts['checks']} checks, {counts['pass']} pass: {run.verdict}")
        for check in run.checks:
            if check.findings:
                self.say(f"   {check.outcome.value}  {check.id}: {check.title}")
                self.say(f"         {one_line(finding_line(check.findings[0]), 110)}")
        return run

    def _diff(self, before: Path, after: Path) -> Comparison:
        from conformance.judge.diff import compare_stories
        from tapestry.catalogue import catalogue
        from tapestry.story.derive import derive

        known = catalogue()
        old, new = (derive(_load(file), known) for file in (before, after))
        changes = compare_stories(old, new, known)
        for finding in changes.findings[:MOST_LINES]:
            self.say(f"   {finding.kind.value:<8}  {one_line(finding.message, 110)}")
        if len(changes.findings) > MOST_LINES:
            self.say(f"   … and {len(changes.findings) - MOST_LINES} more")
        return changes

    def _report(self, run: Run, changes: Comparison) -> None:
        from conformance.reports.html import render_html

        page = self.out / "report.html"
        text = render_html(run, changes=changes.findings, compared="before and after the upgrade")
        page.write_text(text, encoding="utf-8")
        self.say(f"   {page}")

    def _tell(self, seen: Seen) -> None:
        self.say(f"   {seen.agent:<6} ← {seen.state:<10}  email {seen.email}")


def _silent(seen: Seen) -> None:
    """Tell nothing: the same day has been shown before."""


def _load(file: Path) -> Cassette:
    from tapestry.tape.codec import load

    return load(file)


def _outline(day: list[Seen]) -> list[tuple[str, str]]:
    return [(seen.state, seen.email) for seen in day]
