"""Ids that the desktop makes up differ from those on the tape, and that is no miss."""

from __future__ import annotations

import pytest

from tapestry.catalogue import catalogue
from tapestry.player.app import player_app
from tapestry.player.invented import invented
from tapestry.story.derive import derive

PATH = "/api/v2/me/emails/e1"


@pytest.fixture
def tape(taping):
    """A desktop names an attachment, and later removes it; the server knows contact C-1."""
    taping.exchange("GET", "/api/v2/me/contacts", answer={"contactId": "C-1"})
    attach = {"operationName": "Attach", "documentId": "made-up-1"}
    taping.exchange("POST", PATH, attach, {"statusCode": 0, "documentId": "made-up-1"})
    remove = {"operationName": "Remove", "documentId": "made-up-1", "contactId": "C-1"}
    taping.exchange("POST", PATH, remove, {"statusCode": 0})
    taping.exchange("GET", f"{PATH}/attachments/made-up-1", answer={"documentId": "made-up-1"})
    return taping


def test_an_id_is_invented_when_no_server_has_named_it_before(tape):
    story = derive(tape.cassette(), catalogue())
    assert invented(story, catalogue().identifiers) == {"made-up-1"}


async def test_what_the_live_desktop_makes_up_is_bound_to_what_the_recorded_one_did(tape, browser):
    desktop = browser(player_app(tape.cassette(), tell=lambda _: None))
    made = await desktop.post(PATH, operationName="Attach", documentId="mine-77")
    assert made == {"statusCode": 0, "documentId": "mine-77"}
    status, body = await desktop.send("GET", f"{PATH}/attachments/mine-77")
    assert (status, body) == (200, b'{"documentId":"mine-77"}')
    removed = await desktop.post(
        PATH, operationName="Remove", documentId="mine-77", contactId="C-1"
    )
    assert removed == {"statusCode": 0}


async def test_another_id_than_the_bound_one_is_a_miss_and_so_is_one_the_server_gave(tape, browser):
    desktop = browser(player_app(tape.cassette(), tell=lambda _: None))
    await desktop.post(PATH, operationName="Attach", documentId="mine-77")
    for ids in (("other", "C-1"), ("mine-77", "C-2")):
        answer = await desktop.post(
            PATH, operationName="Remove", documentId=ids[0], contactId=ids[1]
        )
        assert answer["tapestry"]["cause"] == "no such exchange"
    assert (await desktop.send("GET", f"{PATH}/attachments/else"))[0] == 404
    assert (await desktop.send("GET", f"{PATH}/attachments/a/b"))[0] == 404
