"""Finds, in a printed text, the defects and contradictions that the register describes.

A text is a sample as a page prints it, or the whole page. Each entry of the register says how it
shows: by a pattern, or by a rule that the scanner of printed samples knows. A sample that is broken
in a way which no entry describes is told too, as what it is: not JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tapestry.catalogue.model import Anomaly
from tapestry.catalogue.printed import Sample, samples

MISSING_DATA = "missing-data"
MISSING_CHANNEL = "missing-channel"
LOST_BODY = "lost-body"
IDS_DIFFER = "ids-differ"
MAX_EXCERPT = 60

_REQUEST = re.compile(r"(?m)^(?:HTTP\s+)?(?P<method>GET|POST|PUT|DELETE)\s+(?P<path>\S*api/\S+)")
_MESSAGE = re.compile(r'"messageType"\s*:')
_EMAIL_ID = re.compile(r'"id"\s*:\s*"(?P<id>[^"\s]+)"')


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect in a text, at a 1-based line and column.

    ``anomaly`` is the register entry, ``None`` for a fault that no entry describes; ``excerpt`` is
    what stands there, shortened.
    """

    anomaly: Anomaly | None
    line: int
    column: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class _Hit:
    rule: str
    offset: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class Request:
    """A request line as printed, ``text[start:end]``."""

    method: str
    path: str
    start: int
    end: int


def defects(text: str, anomalies: Mapping[str, Anomaly]) -> list[Defect]:
    """Return every defect in ``text``, in order of place."""
    by_rule = {a.sign.rule: a for a in anomalies.values() if a.sign and a.sign.rule}
    found: dict[tuple[int, str], Defect] = {}
    hits = [(by_rule.get(hit.rule), hit) for hit in _by_rule(text)]
    hits += [(anomaly, hit) for anomaly in anomalies.values() for hit in _by_sign(text, anomaly)]
    for anomaly, hit in hits:
        defect = Defect(anomaly, *place_of(text, hit.offset), _shortened(hit.excerpt))
        found.setdefault((hit.offset, anomaly.id if anomaly else ""), defect)
    return sorted(found.values(), key=lambda one: (one.line, one.column))


def requests(text: str) -> list[Request]:
    """Return the request lines in ``text``."""
    return [
        Request(one["method"], one["path"], one.start(), one.end())
        for one in _REQUEST.finditer(text)
    ]


def place_of(text: str, offset: int) -> tuple[int, int]:
    """Return the 1-based line and column of ``offset`` in ``text``."""
    before = text[:offset]
    return before.count("\n") + 1, offset - before.rfind("\n")


def _by_rule(text: str) -> Iterator[_Hit]:
    read = list(samples(text))
    for sample in read:
        yield from (_Hit(fault.rule, fault.offset, fault.excerpt) for fault in sample.faults)
        yield from _envelope(text, sample)
        yield from _not_json(text, sample)
    yield from _lost_bodies(text)
    yield from _ids_that_differ(text)


def _envelope(text: str, sample: Sample) -> Iterator[_Hit]:
    if "messageType" in sample.keys:
        for rule, member in ((MISSING_DATA, "data"), (MISSING_CHANNEL, "channel")):
            if member not in sample.keys:
                yield _Hit(rule, sample.start, text[sample.start : sample.end])


def _not_json(text: str, sample: Sample) -> Iterator[_Hit]:
    if sample.faults:
        return
    try:
        json.loads(text[sample.start : sample.end])
    except ValueError as fault:
        yield _Hit("not-json", sample.start, str(fault))


def _lost_bodies(text: str) -> Iterator[_Hit]:
    for request in requests(text):
        after = text[request.end :].lstrip()
        if request.method != "GET" and not after.startswith(("{", '"operationName"')):
            yield _Hit(LOST_BODY, request.start, text[request.start : request.end])


def _ids_that_differ(text: str) -> Iterator[_Hit]:
    message = _MESSAGE.search(text)
    if message is None:
        return
    shown = {one["id"] for one in _EMAIL_ID.finditer(text, message.start())}
    for request in requests(text[: message.start()]):
        asked = request.path.rstrip("/").rsplit("/", 1)[-1]
        if shown and asked not in shown:
            yield _Hit(IDS_DIFFER, request.start, f"{asked} and {min(shown)}")


def _by_sign(text: str, anomaly: Anomaly) -> Iterator[_Hit]:
    sign = anomaly.sign
    if sign is None or sign.pattern is None:
        return
    if all(re.search(pattern, text) for pattern in sign.also):
        for found in re.finditer(sign.pattern, text):
            yield _Hit(anomaly.id, found.start(), found[0])


def _shortened(excerpt: str) -> str:
    line = " ".join(excerpt.split())
    return line if len(line) <= MAX_EXCERPT else line[: MAX_EXCERPT - 1] + "…"
