"""Checks a cassette: first as a file, then every call and delivery on it as documented messages.

The story engine says what is a call and what a delivery, on whatever transport; the catalogue says
what each should look like. Entries are counted from 1, the header not among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from conformance.offline.remark import Remark, from_problem, from_violations
from tapestry.catalogue import Catalogue
from tapestry.catalogue.own import check_own
from tapestry.documents import Document, parse_documents
from tapestry.problems import Place, Problem
from tapestry.story.derive import derive
from tapestry.story.model import Call, Delivery, Event
from tapestry.tape.codec import load
from tapestry.tape.flow import parse_flow
from tapestry.tape.pieces import split

TORN = "TAPESTRY-07"


def check_cassette(file: Path, catalogue: Catalogue) -> list[Remark]:
    """Return every remark on the cassette ``file``."""
    try:
        broken = [problem for document in _documents(file) for problem in _problems(document)]
        if broken:
            return [from_problem(problem, str(file)) for problem in broken]
        cassette = load(file)
    except Problem as problem:
        return [from_problem(problem, str(file))]
    story = derive(cassette, catalogue)
    where = Place(str(file))
    torn = [Remark(TORN, "INFO", warning, where, kind="torn") for warning in cassette.warnings]
    return torn + [
        remark for event in story.events for remark in _check_event(event, where, catalogue)
    ]


def _check_event(event: Event, where: Place, catalogue: Catalogue) -> list[Remark]:
    match event:
        case Call():
            return _check_call(event, where, catalogue)
        case Delivery():
            violations = catalogue.check_notification(event.channel, event.data)
            return from_violations(violations, where, event.entry + 1)
    return []


def _check_call(call: Call, where: Place, catalogue: Catalogue) -> list[Remark]:
    recognised = catalogue.recognise(call.method, call.path, call.request)
    if recognised is None:
        asked = catalogue.check_unrecognised(call.method, call.path, call.request)
        told = catalogue.check_answer(None, call.status, call.body) if asked else []
    else:
        asked = catalogue.check_request(recognised.operation, call.request)
        told = catalogue.check_answer(recognised.operation, call.status, call.body)
    return from_violations([*asked, *told], where, call.entry + 1)


def _problems(document: Document) -> list[Problem]:
    return check_own(document, "cassette")


def _documents(file: Path) -> Iterator[Document]:
    """Yield the documents of a cassette with the places in them; a torn last one is left out."""
    with file.open("rb") as lines:
        for piece in split(lines, str(file)):
            if not piece.closed:
                continue
            try:
                text = piece.data.decode("utf-8")
                if piece.flow:
                    yield parse_flow(text, piece.where)
                else:
                    yield from parse_documents(text, str(file), piece.where.line or 1)
            except UnicodeDecodeError:
                raise Problem("this entry is not UTF-8 text", where=piece.where) from None
