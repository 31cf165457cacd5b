"""How a recording is to be made, as one value that can be handed to the process that makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from proxy_addons.session import Origin, Sink
from tapestry.problems import Place, Problem
from tapestry.tape import codec
from tapestry.tape.journal import Journal, Sync
from tapestry.tape.model import Exchange, Frame, Header
from tapestry.tape.policy import DEFAULT_POLICY
from tapestry.tape.policy_file import load_policy
from tapestry.tape.redact import Redactor
from tapestry.tape.rotation import Rotating, Rotation, parts_of
from tapestry.tape.split import Split, agent_files

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is recorded into ``out`` and how.

    ``replace`` an older cassette, or ``extend`` it; ``sync`` as in :class:`Sync`; ``rotate`` as
    :meth:`Rotation.parse` reads it, empty for never; ``split`` makes one file an agent;
    ``validate`` checks what passes against the documented API. ``policy`` is a file that adds to
    the redaction, empty for none; ``key`` makes the pseudonyms, and a fresh one is made when it
    is ``None``.
    """

    out: str
    upstream: str | None = None
    replace: bool = False
    extend: bool = False
    sync: str = Sync.SECOND.value
    rotate: str = ""
    split: bool = False
    validate: bool = False
    policy: str = ""
    key: bytes | None = field(default=None, repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Return the plan as plain values."""
        return asdict(self)

    def redactor(self) -> Redactor:
        """Return what keeps secrets off the tape. Raises :class:`Problem` for a bad policy."""
        return Redactor(self.key, load_policy(Path(self.policy)) if self.policy else DEFAULT_POLICY)

    def older(self) -> list[Path]:
        """Return the files that a recording of this name has left, and keeps when it is over."""
        out = Path(self.out)
        if not out.parent.is_dir():
            return []
        if self.split:
            return agent_files(out)
        if self.rotate:
            return parts_of(out)
        return [out] if out.exists() else []


def open_sink(plan: Plan, redactor: Redactor, now: float, tell: Tell) -> tuple[Sink, Origin]:
    """Open the files that ``plan`` asks for, at moment ``now``. Raises :class:`Problem`."""
    out = Path(plan.out)
    if plan.extend:
        if plan.rotate or plan.split:
            raise Problem(
                "an older recording can only be extended as one file",
                remedy="leave out --rotate and --split, or record into a new --out",
            )
        if out.exists():
            origin = extend(out, now)
            return Journal(out, None, sync=Sync(plan.sync), on_failure=tell), origin
    if plan.replace and (plan.rotate or plan.split):  # a single file is replaced as it is opened
        for part in plan.older():
            part.unlink(missing_ok=True)
    return _new_sink(plan, out, header_of(plan, redactor), now, tell), Origin(now)


def header_of(plan: Plan, redactor: Redactor) -> Header:
    """Return the header of a recording that begins now."""
    return Header(
        recorded=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        upstream=plan.upstream,
        tool={"tapestry": _version("bayeux-tapestry"), "mitmproxy": _version("mitmproxy")},
        redaction=redactor.summary,
    )


def extend(path: Path, now: float) -> Origin:
    """Make the cassette at ``path`` ready to be appended to, and return where it goes on.

    A torn last entry is taken off. Raises :class:`Problem` when it cannot be read.
    """
    cassette = codec.load(path)
    if cassette.warnings:
        codec.save(cassette, path, "jsonl" if path.suffix == ".jsonl" else "flow")
    end, agents, sockets = 0.0, 0, 0
    for entry in cassette.entries:
        end = max(end, entry.at + (0 if isinstance(entry, Frame) else entry.took or 0))
        agents = max(agents, _number(entry.agent))
        sockets = max(sockets, _number(entry.socket) if isinstance(entry, Exchange) else 0)
    return Origin(now, round(end, 3), agents, sockets)


def _new_sink(plan: Plan, out: Path, header: Header, now: float, tell: Tell) -> Sink:
    sync = Sync(plan.sync)

    def journal(path: Path) -> Journal:
        return Journal(path, header, replace=plan.replace, sync=sync, on_failure=tell)

    def rotating(path: Path) -> Rotating:
        return Rotating(path, Rotation.parse(plan.rotate), journal, now, tell)

    if plan.split:
        _check_folder(out)
        return Split(out, rotating if plan.rotate else journal, tell)
    return rotating(out) if plan.rotate else journal(out)


def _check_folder(out: Path) -> None:
    """Find out now, and not at the first entry, that nothing can be written."""
    probe = out.with_name(f".{out.name}.probe")
    try:
        probe.touch()
        probe.unlink()
    except OSError as fault:
        raise Problem(
            f"cannot write: {fault.strerror or fault}",
            where=Place(str(out)),
            remedy="check that the folder exists and has room",
        ) from None


def _number(name: str | None) -> int:
    digits = (name or "").lstrip("agentw#")
    return int(digits) if digits.isdecimal() else 0


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "unknown"
