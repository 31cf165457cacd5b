"""Compares two stories by what they mean, and says what changed for whoever relies on the server.

Ids and hosts are no difference, nor is the order of streams that do not depend on each other; a
missing, doubled, late or misdirected notification is, wherever the bytes agree.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.judge.bind import bind
from conformance.judge.classify import Classifier
from conformance.judge.compare import compare_contents
from conformance.judge.counterparts import find_counterparts, unpaired
from conformance.judge.difference import Comparison, Difference
from conformance.judge.findings import Groups
from conformance.judge.relations import Patience, compare_relations
from conformance.judge.steps import prepare
from conformance.judge.values import Values
from tapestry.catalogue import Catalogue
from tapestry.story.model import Story


def compare_stories(
    old: Story,
    new: Story,
    catalogue: Catalogue,
    patience: Patience | None = None,
    *,
    redacted: bool = True,
) -> Comparison:
    """Return what changed from ``old`` to ``new``; ``patience`` says what counts as late.

    Tapes are ``redacted`` unless they were written by hand: then names, addresses and texts are
    compared by identity and format, since each tape has pseudonyms of its own.
    """
    values = Values(catalogue.identifiers, redacted=redacted)
    before, now = prepare(old, values), prepare(new, values)
    found = find_counterparts(before, now)
    names = bind(before, now, found.pairs, found.threads)

    def differences() -> Iterator[Difference]:
        for one, other in found.pairs:
            if type(one.event) is type(other.event):
                yield from compare_contents(one, other, names)
        yield from unpaired(found)
        yield from compare_relations(old, new, found.pairs, patience or Patience())

    findings = Groups(before, now, names).findings(differences(), Classifier(catalogue).kind)
    return Comparison(findings, compared=len(before.steps) + len(now.steps))
