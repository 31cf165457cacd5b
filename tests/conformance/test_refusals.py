"""The scenarios of broken requests are those that the schemas ask for."""

from conformance import refusals
from tapestry.catalogue import catalogue


def test_the_shipped_files_are_what_the_schemas_ask_for() -> None:
    written = dict(refusals.scenario_files(catalogue()))
    shipped = {file: file.read_text(encoding="utf-8") for file in refusals.FOLDER.iterdir()}
    assert shipped == written, "run python -m conformance.refusals"


def test_every_operation_on_emails_has_its_file() -> None:
    posts = [one for one in catalogue().operations if one.api == "email" and one.request]
    assert len(list(refusals.scenario_files(catalogue()))) == len(posts)


def test_what_an_accepted_reading_allows_is_not_held_against_a_server() -> None:
    send = catalogue().operation("Send")
    assert send is not None
    places = {fault.title for fault, _ in refusals.broken(catalogue(), send)}
    assert "$.email.cc breaks type" not in places
    assert "$.email.cc[0] breaks type" in places
