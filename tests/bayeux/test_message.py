import pytest

from tapestry.bayeux import MalformedMessages, is_bayeux, is_delivery, messages_in
from tapestry.bayeux.message import is_meta, is_service


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([{"channel": "/meta/connect"}], True),
        ({"channel": "/v2/me/emails", "data": {}}, True),
        ([{"channel": "/a"}, {"channel": "/b"}], True),
        ([], False),
        ({}, False),
        (None, False),
        ("/meta/connect", False),
        ([{"channel": "/a"}, {"id": "00012a"}], False),
        ({"channel": "email"}, False),
        ({"channel": 7}, False),
        ([["/a"]], False),
    ],
)
def test_bayeux_is_recognised_by_body(value, expected):
    assert is_bayeux(value) is expected


def test_a_single_object_counts_as_one_message():
    assert messages_in({"channel": "/a"}) == [{"channel": "/a"}]


def test_a_message_need_not_have_a_channel_to_be_read():
    assert messages_in([{"id": "1"}]) == [{"id": "1"}]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "null"),
        (True, "a boolean"),
        (3, "a number"),
        (0.5, "a number"),
        ("secret", "a string"),
        ([{}, []], "an array"),
        ([{}, "secret"], "a string"),
    ],
)
def test_what_holds_no_messages_is_refused_without_showing_it(value, kind):
    with pytest.raises(MalformedMessages) as fault:
        messages_in(value)
    assert f"found {kind} instead" in str(fault.value)
    assert "secret" not in str(fault.value)


def test_the_place_of_the_bad_message_is_told():
    with pytest.raises(MalformedMessages) as fault:
        messages_in([{}, 1])
    assert fault.value.path == "$[1]"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"channel": "/v2/me/emails", "data": {}}, True),
        ({"channel": "/v2/me/emails", "data": None}, True),
        ({"channel": "/service/x", "data": 1, "id": "4"}, True),
        ({"channel": "/v2/me/emails", "successful": True}, False),
        ({"channel": "/meta/connect", "successful": True}, False),
        ({"channel": "/meta/connect", "data": {}}, False),
    ],
)
def test_a_delivery_has_data_and_is_not_on_a_meta_channel(message, expected):
    assert is_delivery(message) is expected


def test_meta_and_service_channels_are_told_apart():
    assert is_meta("/meta/connect")
    assert not is_meta("/metal/connect")
    assert is_service("/service/x")
    assert not is_service("/services")
