from __future__ import annotations

import pytest

from conformance.bayeux.broken import Unanswered, Unreachable
from conformance.bayeux.wire import Packet, Pending, hand_out, read_jsonp, read_packet


def packet(text: str) -> Packet:
    return read_packet(0.0, text, status=200)


def test_an_array_is_read_as_messages() -> None:
    read = packet('[{"channel": "/a", "data": 1}, {"channel": "/meta/connect"}]')
    assert read.is_array
    assert [message["channel"] for message in read.messages] == ["/a", "/meta/connect"]
    assert [message["channel"] for message in read.deliveries] == ["/a"]


def test_a_single_object_is_a_message_too_and_no_array() -> None:
    read = packet('{"channel": "/meta/connect"}')
    assert not read.is_array
    assert len(read.messages) == 1


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "an empty body"),
        ("  \n", "an empty body"),
        ("<html>", "not JSON"),
        ("[1, 2]", "not messages"),
        ('"text"', "not messages"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_body_without_messages_has_a_fault(text: str, fault: str) -> None:
    read = packet(text)
    assert (read.fault, read.messages) == (fault, ())
    assert read.describe() == f"HTTP 200, {fault}"


def test_a_member_that_is_given_twice_is_noticed() -> None:
    assert packet('[{"channel": "/a", "channel": "/b"}]').twice == ("channel",)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('f([{"channel": "/a"}])', "f"),
        ('/**/a.b_7([{"channel": "/a"}]);', "a.b_7"),
        (' f ( [{"channel": "/a"}] ) ; ', "f"),
    ],
)
def test_a_script_is_the_call_of_a_function(text: str, name: str) -> None:
    read = read_jsonp(0.0, text, status=200, content_type="text/javascript")
    assert (read.callback, len(read.messages), read.text) == (name, 1, text)


def test_a_script_that_calls_nothing_has_a_fault() -> None:
    read = read_jsonp(0.0, "[]", status=200, content_type="text/javascript")
    assert (read.callback, read.fault) == (None, "not the call of a function")


async def ask(*requests: dict[str, object]) -> list[Pending]:
    return [Pending(dict(request), 0.0, 0.01) for request in requests]


async def test_replies_are_handed_out_by_id() -> None:
    one, two = await ask({"channel": "/a", "id": "1"}, {"channel": "/a", "id": "2"})
    hand_out(packet('[{"channel": "/a", "id": "2"}, {"channel": "/a", "id": "1"}]'), [one, two])
    assert (await one.reply())["id"] == "1"
    assert (await two.reply())["id"] == "2"


async def test_a_reply_with_a_foreign_id_is_still_the_reply() -> None:
    (one,) = await ask({"channel": "/a", "id": "1"})
    hand_out(packet('[{"channel": "/a", "id": "x"}]'), [one])
    assert (await one.reply())["id"] == "x"


async def test_a_delivery_is_no_reply() -> None:
    (one,) = await ask({"channel": "/a", "id": "1"})
    hand_out(packet('[{"channel": "/a", "id": "1", "data": {}}]'), [one])
    assert one.open
    with pytest.raises(Unanswered) as told:
        await one.reply()
    assert told.value.finding.observed == "nothing within 0.01 s"


async def test_a_request_that_ended_tells_how() -> None:
    (one,) = await ask({"channel": "/a"})
    one.end("HTTP 500, an empty body")
    one.end("this comes too late")
    assert not one.answered
    with pytest.raises(Unanswered) as told:
        await one.reply()
    assert told.value.finding.observed == "HTTP 500, an empty body"


async def test_a_server_that_is_gone_is_no_finding() -> None:
    (one,) = await ask({"channel": "/a"})
    one.end(Unreachable("nobody there"))
    with pytest.raises(Unreachable):
        await one.reply()
