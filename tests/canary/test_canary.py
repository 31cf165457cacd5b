"""Records the corpus with the real recorder, then reads every byte that the program has written."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from urllib.parse import quote

import pytest
import zstandard

from conformance.cli import main
from conformance.offline.files import check_paths
from proxy_addons.recorder import recording
from tapestry.catalogue import catalogue
from tapestry.tape.codec import load
from tests.canary.corpus import Canary, Corpus, corpus
from tests.canary.stage import ask, upstream

FORMATS = ("tape.flow.yaml", "tape.jsonl", "tape.jsonl.zst", "tape.har", "tape.mitm")
REPORTS = (
    ["check", "{tape}"],
    ["check", "{tape}", "--format", "json"],
    ["show", "{tape}"],
    ["show", "{tape}", "--format", "json"],
    ["diff", "{tape}", "{tape}"],
    ["diff", "{tape}", "{tape}", "--format", "json"],
    ["diff", "{tape}", "{tape}", "--format", "html"],
    ["verify", "{tape}", "--report", "{folder}/report"],
    ["scan", "{tape}"],
    ["scan", "{tape}", "--format", "json"],
)


@pytest.fixture(scope="module")
def planted() -> Corpus:
    return corpus()


@pytest.fixture(scope="module")
def folder(planted: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which all that was written stands, temporary files included."""
    folder = tmp_path_factory.mktemp("canary")
    temporary = folder / "tmp"
    temporary.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(temporary))
        patch.setattr("tempfile.tempdir", str(temporary))
        said = io.StringIO()
        with redirect_stderr(said), redirect_stdout(said):
            asyncio.run(_recorded(planted, folder / "tape.yaml"))
            _reported(folder)
    (folder / "log.txt").write_text(said.getvalue())
    return folder


async def _recorded(planted: Corpus, tape: Path) -> None:
    async with upstream(planted) as server:
        recorder = recording(server, tape)
        proxy = await asyncio.to_thread(recorder.__enter__)
        try:
            await ask(proxy, planted)
        finally:
            await asyncio.to_thread(recorder.__exit__, None, None, None)


def _reported(folder: Path) -> None:
    tape = folder / "tape.yaml"
    for name in FORMATS:
        style = ["--style", "flow"] if "flow" in name else []
        assert main(["convert", str(tape), str(folder / name), *style]) == 0
    for number, report in enumerate(REPORTS):
        said = io.StringIO()
        with redirect_stdout(said):
            main([word.format(tape=tape, folder=folder) for word in report])
        (folder / f"report{number}.txt").write_text(said.getvalue())


def written(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file with its bytes; what is compressed comes expanded."""
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            content = file.read_bytes()
            if file.suffix == ".zst":
                content = zstandard.ZstdDecompressor().stream_reader(content).read()
            yield file.name, content


def spellings(canary: Canary) -> set[str]:
    """Return how the core of ``canary`` may be written, in lower case where that is no matter."""
    core = canary.core
    found = {core, quote(core, safe=""), core.replace(" ", "+"), json.dumps(core)[1:-1]}
    found.add("".join(char for char in core if char.isdigit()) if " " in core else core)
    return {spelling.lower() for spelling in found}


def in_base64(canary: Canary) -> set[str]:
    """Return the characters that base64 of any text around the core must hold."""
    start = canary.value.lower().find(canary.core.lower())
    raw = canary.value[start : start + len(canary.core)].encode()
    whole = set()
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw).decode()
        first = -(-shift * 4 // 3)
        whole.add(coded[first + (shift > 0) : len(coded) - 4])
    return {piece for piece in whole if len(piece) >= 6}


def test_there_are_two_hundred_canaries_and_more(planted: Corpus) -> None:
    assert len(planted.canaries) >= 200
    assert len({canary.core for canary in planted.canaries}) == len(planted.canaries)


def test_everything_was_recorded(planted: Corpus, folder: Path) -> None:
    entries = load(folder / "tape.yaml").entries
    assert len(entries) >= len(planted.turns) + len(planted.frames)
    assert len(list(written(folder))) >= 2 + len(FORMATS) + len(REPORTS)


def test_no_canary_is_in_anything_that_was_written(planted: Corpus, folder: Path) -> None:
    leaks = []
    for name, content in written(folder):
        text = content.decode("utf-8", "replace")
        lower = text.lower()
        unescaped = lower.encode().decode("unicode_escape", "replace")
        for canary in planted.canaries:
            if any(one in lower or one in unescaped for one in spellings(canary)):
                leaks.append((name, canary.place, canary.kind))
            if any(one in text for one in in_base64(canary)):
                leaks.append((name, canary.place, "base64"))
    assert leaks == []


def test_the_search_would_find_a_canary_in_each_spelling(planted: Corpus) -> None:
    for canary in planted.canaries:
        for before in ("", "a", "ab"):
            coded = base64.b64encode(f"{before}{canary.value}zz".encode()).decode()
            assert any(piece in coded for piece in in_base64(canary)) or len(canary.core) < 9
        assert canary.core.lower() in spellings(canary)


def test_the_redacted_cassette_keeps_to_its_schema(folder: Path) -> None:
    remarks = check_paths([folder / "tape.yaml"], catalogue()).remarks
    assert [remark for remark in remarks if remark.unusable] == []


def test_the_formats_tell_the_same_tape(folder: Path) -> None:
    tapes = [load(folder / name) for name in ("tape.yaml", *FORMATS[:3])]
    assert all(tape == tapes[0] for tape in tapes)
