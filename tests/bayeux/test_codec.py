import json
from urllib.parse import quote, urlencode

import pytest

from tapestry.bayeux.codec import (
    Limits,
    decode_body,
    decode_frame,
    decode_jsonp,
    decode_query,
    encode_body,
    encode_jsonp,
)
from tapestry.bayeux.message import MalformedMessages, OversizedMessages

MESSAGES = [{"channel": "/a", "data": "Grüße ☎"}, {"channel": "/b", "id": 1, "data": -0.5}]
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (json.dumps(MESSAGES), "application/json"),
        (json.dumps(MESSAGES, ensure_ascii=False), "application/json;charset=UTF-8"),
        (json.dumps(MESSAGES), "text/plain"),
        (json.dumps(MESSAGES), ""),
        (json.dumps(MESSAGES), FORM),
        ("\ufeff" + json.dumps(MESSAGES), "application/json"),
        (urlencode({"message": json.dumps(MESSAGES)}), FORM),
        (urlencode([("message", json.dumps(m)) for m in MESSAGES]), f"{FORM}; charset=utf-8"),
    ],
)
def test_every_way_to_post_messages_is_read(body, content_type):
    assert decode_body(body.encode(), content_type) == MESSAGES


def test_a_single_object_is_one_message():
    assert decode_body(b'{"channel":"/a"}') == [{"channel": "/a"}]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not JSON"),
        (b"[", "not JSON"),
        (b"[]", "no message"),
        (b"<html/>", "not JSON"),
        (b"7", "array of messages"),
        (b"[[]]", "JSON object"),
        (b'[{"a":NaN}]', "NaN"),
        (b'[{"a":1e999}]', "too large"),
        (b'[{"a":' + b"9" * 5000 + b"}]", "too long"),
        (b'[{"a":"\xff"}]', "not UTF-8"),
        (b"[{}," * 20 + b"]", "not JSON"),
        (b"[" * 100_000, "nested deeper than 64"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "nested deeper than 64"),
    ],
)
def test_a_malformed_body_is_refused_in_words(body, words):
    with pytest.raises(MalformedMessages) as fault:
        decode_body(body)
    assert words in str(fault.value)


def test_a_fault_does_not_show_what_the_body_held():
    with pytest.raises(MalformedMessages) as fault:
        decode_body(b'[{"password":"hunter2" oops}]')
    assert "hunter2" not in str(fault.value)
    assert fault.value.why == "line 1, column 24"


def test_size_and_number_are_bounded():
    with pytest.raises(MalformedMessages, match="larger than 10 bytes"):
        decode_body(b"[{}]       ", limits=Limits(size=10))
    with pytest.raises(MalformedMessages, match="more than 1 messages"):
        decode_body(b"[{},{}]", limits=Limits(messages=1))
    with pytest.raises(MalformedMessages, match="more than 1 messages"):
        decode_body(b"message={}&message={}", FORM, Limits(messages=1))


def test_brackets_in_text_and_side_by_side_are_no_depth():
    text = '[{"a":"\\"[[[[[{{{{\\\\"},{"b":[1]},{"c":[1]}]'
    assert decode_body(text.encode(), limits=Limits(depth=3)) == json.loads(text)
    with pytest.raises(MalformedMessages, match="deeper than 2"):
        decode_body(text.encode(), limits=Limits(depth=2))


def test_a_form_without_messages_is_refused():
    with pytest.raises(MalformedMessages, match="no 'message' field"):
        decode_body(b"a=1", FORM)


def test_what_is_written_is_an_array_in_utf8_that_reads_back():
    assert json.loads(encode_body(MESSAGES)) == MESSAGES
    assert encode_body([]) == b"[]"
    assert decode_body(encode_body([{"data": "\ud800"}])) == [{"data": "\ud800"}]


def test_callback_polling_reads_its_query():
    query = f"jsonp=cb.x_1&message={quote(json.dumps(MESSAGES))}"
    assert decode_query(query) == (MESSAGES, "cb.x_1")
    assert decode_query("message=%5B%7B%7D%5D") == ([{}], "jsonpcallback")


@pytest.mark.parametrize(
    "query", ["", "jsonp=x", "message=x", "jsonp=alert(1)//&message=[{}]", "jsonp=%0A&message=[{}]"]
)
def test_a_bad_query_is_refused(query):
    with pytest.raises(MalformedMessages):
        decode_query(query)


def test_jsonp_reads_back():
    script = encode_jsonp(MESSAGES, "cb").decode()
    assert script.startswith("/**/cb([")
    assert decode_jsonp(script) == MESSAGES
    assert decode_jsonp(' jsonpcallback ( [{"channel":"/a"}] )\n') == [{"channel": "/a"}]


@pytest.mark.parametrize("text", ["", "[{}]", "cb([{}]", "alert(1); cb([{}])"])
def test_what_is_no_jsonp_is_refused(text):
    with pytest.raises(MalformedMessages):
        decode_jsonp(text)


def test_a_frame_is_an_array_of_messages_or_a_single_one_or_a_heartbeat():
    assert decode_frame('[{"channel":"/a"}]') == [{"channel": "/a"}]
    assert decode_frame('{"channel":"/a"}') == [{"channel": "/a"}]
    assert decode_frame("[]") == []


@pytest.mark.parametrize("text", ["", "[", "7", "null", "[7]", "[" * 100, "[{},{}]"])
def test_a_malformed_frame_is_refused(text):
    with pytest.raises(MalformedMessages):
        decode_frame(text, Limits(messages=1))


@pytest.mark.parametrize("text", ["[{}]       ", '["\u260e\u260e"]', '["\ud800\ud800"]'])
def test_the_size_of_a_frame_is_counted_in_bytes(text):
    with pytest.raises(OversizedMessages, match="larger than 9 bytes"):
        decode_frame(text, Limits(size=9))


def test_a_form_of_very_many_fields_is_refused():
    with pytest.raises(MalformedMessages, match="more than 1100 fields"):
        decode_body(b"a=1&" * 2000, FORM)


@pytest.mark.parametrize("text", ['"' + '\\"' * 50, '"' * 101, "[" * 50 + '"[[[', '"\\'])
def test_brackets_are_counted_to_the_end_of_a_text_that_does_not_end(text):
    with pytest.raises(MalformedMessages, match="not JSON"):
        decode_body((text + " " * 100 + "]" * 70).encode())
