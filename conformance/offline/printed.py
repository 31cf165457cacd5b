"""Checks texts as documents print them: their defects first, then what is whole in them.

Every defect is an entry of the register of contradictions. A sample without any is held against its
documented shape, a request by its request line.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from conformance.offline.messages import check_message
from conformance.offline.remark import Remark, from_violations
from tapestry.catalogue import Catalogue
from tapestry.catalogue.defects import Defect, Request, defects, place_of, requests
from tapestry.catalogue.printed import Sample, samples
from tapestry.catalogue.violation import Level
from tapestry.problems import Place

SAMPLE = "TAPESTRY-05"
LEVELS: dict[str, Level] = {"defect": "MUST", "contradiction": "SHOULD", "gap": "INFO"}


def check_printed(text: str, file: str, catalogue: Catalogue) -> list[Remark]:
    """Return every remark on a printed text: a sample, or the page that it stands on."""
    found = defects(text, catalogue.anomalies)
    remarks = [_remark(defect, file) for defect in found]
    spoilt = {defect.line for defect in found}
    for sample in samples(text):
        first, last = (place_of(text, at)[0] for at in (sample.start, sample.end))
        if not spoilt & set(range(first, last + 1)):
            remarks += _check_whole(text, sample, requests(text), file, catalogue)
    return remarks


def _remark(defect: Defect, file: str) -> Remark:
    where = Place(file, defect.line, defect.column)
    anomaly = defect.anomaly
    if anomaly is None:
        message = f"not JSON, and no known defect says why: {defect.excerpt}"
        return Remark(SAMPLE, "MUST", message, where, kind="defect")
    return Remark(
        requirement=next(iter(anomaly.requirements), SAMPLE),
        level=LEVELS[anomaly.severity],
        message=f"{anomaly.title} ({anomaly.id}): {defect.excerpt}",
        where=where,
        kind=anomaly.severity,
        anomaly=anomaly.id,
    )


def _check_whole(
    text: str, sample: Sample, asked: Sequence[Request], file: str, catalogue: Catalogue
) -> list[Remark]:
    value: Any = json.loads(text[sample.start : sample.end])
    where = Place(file, *place_of(text, sample.start))
    for request in asked:
        if request.end <= sample.start and not text[request.end : sample.start].strip():
            known = catalogue.recognise(request.method, "/" + request.path.lstrip("/"), value)
            violations = catalogue.check_request(known.operation, value) if known else []
            return from_violations(violations, where)
    return check_message(value, where, catalogue)
