"""Measures the scan: loud on the corpus as it is, silent on what the recorder makes of it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from conformance.scan.files import scan_paths
from conformance.scan.sign import Level
from conformance.scan.walk import leaves, readable_keys, signs_of, told_in
from tapestry.tape import codec
from tapestry.tape.model import Cassette
from tapestry.tape.plain import to_plain
from tapestry.tape.redact import Redactor
from tests.canary.corpus import Canary, Corpus, corpus
from tests.canary.twin import twin

BEYOND_IT = {
    ("userData _AttachmentFileNames", "prose"),
    ("Header_Received", "name"),
    ("Header_Message-ID", "name"),
    ("Header_DKIM-Signature", "name"),
    ("email.from", "name"),
    ("attachment", "login"),
    ("RFC 822", "name"),
}
"""Names in the middle of another text, which have no shape; docs/redaction.md lists them."""


@pytest.fixture(scope="module")
def planted() -> Corpus:
    return corpus()


def noticed(tape: Cassette) -> str:
    """Return all that the scan sees in ``tape``, in one text."""
    values: list[str] = []
    texts: dict = {}
    for entry in tape.entries:
        for _, names, value in leaves(to_plain(entry)):
            values += [text for sign in signs_of(names, value) for text in _opened(sign.value)]
            for kind, key, text in told_in(names, value):
                texts.setdefault((kind, key), []).append(text)
    values += [text for key in readable_keys(texts) for text in texts[key]]
    return "\n".join(values).lower()


def _opened(value: str) -> Iterator[str]:
    yield value
    with suppress(binascii.Error):
        yield base64.b64decode(value, validate=True).decode("latin-1")


def test_the_scan_notices_all_but_names_within_other_texts(planted: Corpus) -> None:
    seen = noticed(twin(planted))
    missed = [canary for canary in planted.canaries if canary.core.lower() not in seen]
    assert {_what(canary) for canary in missed} == BEYOND_IT
    assert len(missed) / len(planted.canaries) < 0.03


def test_the_scan_is_loud_on_the_unredacted_tape(planted: Corpus, tmp_path: Path) -> None:
    codec.save(twin(planted), tmp_path / "raw.yaml")
    scanned = scan_paths([tmp_path / "raw.yaml"])
    assert scanned.exit_code == 1
    assert len(scanned.findings) > 200


@pytest.mark.parametrize("key", [bytes([n]) for n in range(8)])
def test_the_scan_is_silent_on_the_redacted_tape(
    planted: Corpus, tmp_path: Path, key: bytes
) -> None:
    redactor, raw = Redactor(key), twin(planted)
    entries = [redactor.entry(entry) for entry in raw.entries]
    codec.save(Cassette(raw.header, tuple(entries)), tmp_path / "tape.yaml")
    found = scan_paths([tmp_path / "tape.yaml"]).findings
    assert [finding for finding in found if finding.level is not Level.INFO] == []


def _what(canary: Canary) -> tuple[str, str]:
    return canary.place, canary.kind
