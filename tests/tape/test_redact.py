import base64
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tapestry.tape.model import EMPTY, Body, BodyKind, End, Exchange, Frame, Request, Response
from tapestry.tape.policy import DEFAULT, Kind, Site, rule_for
from tapestry.tape.redact import Redactor

KEY = b"a key for tests"


@pytest.fixture
def redactor():
    return Redactor(KEY)


def exchange(path="/x", query=None, headers=(), body=EMPTY, answer=EMPTY, given_headers=()):
    return Exchange(
        1.0,
        2.0,
        Request("POST", path, query or {}, tuple(headers), body),
        Response(200, tuple(given_headers), answer),
    )


def json_body(value):
    return Body(BodyKind.JSON, value)


def treat(redactor, value):
    return redactor.exchange(exchange(body=json_body(value))).request.body.value


def text(redactor, value, content_type=None):
    headers = (("Content-Type", content_type),) if content_type else ()
    body = Body(BodyKind.TEXT, value)
    return redactor.exchange(exchange(headers=headers, body=body)).request.body.value


STRUCTURE = {
    "operationName": "Accept",
    "statusCode": 0,
    "referenceId": 29,
    "channel": "/v2/me/emails",
    "data": {
        "messageType": "EmailStateChangeMessage",
        "notificationType": "StatusChange",
        "metrics": {"eventProcessing": {"serverGenerationTimestamp": 1769554666968}},
        "email": {
            "id": "00012a9HEEG0325N",
            "parentId": "00012a9HEEG0325M",
            "state": "Processing",
            "capabilities": ["Transfer", "Complete"],
            "contactId": "0008Va76MGEC000Q",
            "receivedDate": "2016-03-15 23:38:42.000+1000",
            "mime": "text/html",
            "uri": "http://127.0.0.1:8090/api/v2/me/emails/00012a9HEEG0325N",
            "userData": {
                "Header_Date": "Mon, 14 Jul 2025 14:06:31 +0530",
                "Header_Content-Type": 'multipart/alternative; boundary="0000fdb50639df8f08"',
                "Header_MIME-Version": "1.0",
                "_AutoReplyCount": 0,
                "RRequestedSkills": None,
                "ServiceObjective": 300,
                "PlaceInQueueSeq": "4611686018427387904",
            },
            "revelantResponseTemplateGroups": [],
        },
    },
    "advice": {"reconnect": "retry", "interval": 0, "timeout": 30000},
    "ext": {"ack": True, "timesync": {"tc": 1769554666968, "l": 0}},
    "id": "7",
    "subscription": "/v2/me/*",
    "changePasswordOnFirstLogin": False,
    "queueName": "support",
    "queueUri": "http://h/api/v2/queues/support",
    "from": 0,
    "to": 20,
}


def test_structural_values_are_never_touched(redactor):
    assert treat(redactor, STRUCTURE) == STRUCTURE


def test_opaque_user_ids_are_no_names(redactor):
    for user in ("me", "4c9bd1ad57664d53ab1bb4d7f6b80a2b", "1234", "00A1B2C3D4E5F6G7H8"):
        uri = f"http://h/api/v2/users/{user}"
        assert treat(redactor, {"userUri": uri}) == {"userUri": uri}
        assert redactor.exchange(exchange(f"/users/{user}")).request.path == f"/users/{user}"


def test_a_user_is_the_same_in_login_path_uri_and_answer(redactor):
    first = redactor.exchange(
        exchange(
            "/api/v2/users/bob",
            {"user": "bob", "uris": ["/users/bob", "x"]},
            body=json_body({"userUri": "http://h/api/v2/users/bob"}),
            answer=json_body({"id": "bob", "userName": "bob", "firstName": "Bob"}),
        )
    )
    name = first.response.body.value["userName"]
    assert name != "bob"
    assert re.fullmatch("[a-z]{3}", name)
    assert first.response.body.value == {
        "id": name,
        "userName": name,
        "firstName": name.capitalize(),
    }
    assert first.request.path == f"/api/v2/users/{name}"
    assert first.request.query == {"user": name, "uris": [f"/users/{name}", "x"]}
    assert first.request.body.value == {"userUri": f"http://h/api/v2/users/{name}"}
    later = treat(redactor, {"any": "bob", "message": "User bob, not bobby or bob-1."})
    assert later == {"any": name, "message": f"User {name}, not bobby or bob-1."}


def test_an_address_keeps_its_shape_and_its_domain_its_identity(redactor):
    one, two, other = (
        treat(redactor, {"any": f"see {address}."})["any"]
        for address in ("al.Smith+x1@Corp.example.org", "jo@corp.example.org", "jo@else.org")
    )
    assert re.fullmatch(r"see [a-z]{2}\.[A-Z][a-z]{4}\+[a-z]\d@[a-z]{8}\.example\.com\.", one)
    assert one.partition("@")[2] == two.partition("@")[2]
    assert two.partition("@")[0] == other.partition("@")[0]
    assert two != other
    assert treat(redactor, {"from": "al.Smith+x1@Corp.example.org"})["from"] in one


def test_an_encoded_address_in_a_path_stays_encoded(redactor):
    path = redactor.exchange(exchange("/users/jo%40corp.org/x")).request.path
    assert re.fullmatch(r"/users/[a-z]{2}%40[a-z]{8}\.example\.com/x", path)
    assert path.replace("%40", "@").split("/")[2] == treat(redactor, "jo@corp.org")


def test_a_body_keeps_its_markup_length_and_punctuation(redactor):
    html = (
        '<HTML><p class="a" title="To Bob">Dear Bob &amp; co,&nbsp;call 12!</p>\r\n'
        "<Bob Smith> <br/> 3 < 4 größe <a href='http://x.org/?a=b' nowrap>x</a>"
    )
    other = treat(redactor, {"body": html})["body"]
    assert len(other) == len(html)
    assert other != html
    shape = re.sub(r"[a-zß-ÿ]", "a", other)
    assert re.sub(r"\d", "0", re.sub("[A-Z]", "A", shape)) == re.sub(
        r"\d", "0", re.sub("[A-Z]", "A", re.sub(r"[a-zß-ÿ]", "a", html))
    )
    kept = '<HTML><p class="a" title="', "&amp;", "&nbsp;", "</p>\r\n", "<br/>", "<a href='http://"
    assert all(piece in other for piece in kept)
    assert not any(word in other for word in ("Bob", "Smith", "Dear", "größe", "nowrap"))


def test_the_same_text_gets_the_same_pseudonym_and_another_another(redactor):
    one, same, other = (
        treat(redactor, {"subject": subject})["subject"] for subject in ("Re: a", "Re: a", "Re: b")
    )
    assert one == same != other


def test_types_are_kept_so_that_schemas_still_hold(redactor):
    value = {
        "password": 123456,
        "pin": -12,
        "phone": 5551234567,
        "comment": None,
        "subject": "",
        "token": True,
        "from": [{"name": "Bob"}, 5, 1.5, None],
        "secret": 1.5,
    }
    other = treat(redactor, value)
    assert [type(item) for item in other.values()] == [type(item) for item in value.values()]
    assert len(str(other["password"])) == 6
    assert other["password"] != 123456
    assert other["pin"] < 0
    assert (other["subject"], other["from"][1:]) == ("", [5, 1.5, None])
    assert other["from"][0]["name"] != "Bob"


def test_secrets_become_typed_pseudonyms_and_schemes_and_attributes_stay(redactor):
    redacted = redactor.exchange(
        exchange(
            headers=[
                ("authorization", "Basic YWxpY2U6YWxpY2UtcHc="),
                ("Proxy-Authorization", "onlyatoken"),
                ("X-Authorization", 'Digest username="carol", response="abc"'),
                ("Cookie", "A=1; B=two; flag"),
                ("X-CSRF-TOKEN", "abc"),
            ],
            given_headers=[
                ("Set-Cookie", "A=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly"),
                ("Set-Cookie", "gone=; Max-Age=0"),
                ("X-CSRF-HEADER", "X-Guard"),
                ("x-guard", "abc"),
            ],
            answer=json_body({"user": "alice", "other": "carol", "clientId": "xyz"}),
        )
    )
    headers = [value for _, value in redacted.request.headers]
    assert re.fullmatch(r"Basic token-[0-9a-f]{16}", headers[0])
    assert re.fullmatch(r"token-[0-9a-f]{16}", headers[1])
    assert re.fullmatch(r"Digest token-[0-9a-f]{16}", headers[2])
    one = re.fullmatch(r"A=(cookie-[0-9a-f]{16}); B=cookie-[0-9a-f]{16}; flag", headers[3])[1]
    given = [value for _, value in redacted.response.headers]
    assert given[:3] == [
        f"A={one}; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly",
        "gone=; Max-Age=0",
        "X-Guard",
    ]
    assert given[3] == headers[4] != "abc"
    answer = redacted.response.body.value
    assert "alice" not in answer["user"]
    assert "carol" not in answer["other"]
    assert re.fullmatch(r"client-[0-9a-f]{16}", answer["clientId"])


def test_a_path_parameter_ends_where_the_query_begins(redactor):
    headers = [("Cookie", "JSESSIONID=abcdefgh1")]
    location = [("Location", "/login;jsessionid=abcdefgh1?a=b")]
    redacted = redactor.exchange(exchange(headers=headers, given_headers=location))
    cookie = redacted.request.headers[0][1].partition("=")[2]
    assert redacted.response.headers[0][1] == f"/login;jsessionid={cookie}?a=b"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a=1&password=x&b", r"a=1&password=password-\w{16}&b"),
        ('cb([{"clientId":"x1y"}]);', r'cb\(\[{"clientId":"client-\w{16}"}\]\);'),
        ('data: {"clientId":"x1y"}\nid: 5\n', r'data: {"clientId":"client-\w{16}"}\nid: 5\n'),
        ('{"password": "x", broken', r'{"password": "password-\w{16}", broken'),
        ("<a>x</a><pin>77</pin>", r"<a>x</a><pin>password-\w{16}</pin>"),
        ("a token: abc, kind: b", r"a token: token-\w{16}, kind: b"),
        ("Authorization: Bearer abc1", r"Authorization: token-\w{16}"),
        ("it is Bearer abcd1234=", r"it is Bearer token-\w{16}"),
        ("4111 1111 1111 1111 4111 1111 1111 1112", r"(?!4111 1111)[\d ]{19} 4111 1111 1111 1112"),
        ("call (555) 123-4567", r"call \((?!555)\d{3}\) \d{3}-\d{4}"),
        ("http://al:secret@h/x", r"http://token-\w{16}@h/x"),
        ("nothing to see: a=b, c@d", r"nothing to see: a=b, c@d"),
        ('{"a": [1, 2]}', r'{"a": \[1, 2\]}'),
        ("[" * 5000 + "]" * 5000, r"\[+\]+"),
    ],
)
def test_text_that_is_no_json_is_searched_by_shape_and_field(redactor, before, after):
    assert re.fullmatch(after, text(redactor, before, "text/plain"), re.S)


def test_a_form_is_treated_field_by_field(redactor):
    form = "user=bob&email=jo%40x.org&message=%5B%7B%22clientId%22%3A%22x1%22%7D%5D&plain=a+b&e"
    other = text(redactor, form, "application/x-www-form-urlencoded; charset=UTF-8")
    assert re.fullmatch(
        r"user=bob&email=[a-z]{2}%40[a-z]{8}\.example\.com"
        r"&message=%5B%7B%22clientId%22%3A%22client-\w{16}%22%7D%5D&plain=a\+b&e",
        other,
    )


def test_frames_and_ends_are_redacted_too(redactor):
    frame = Frame(1.0, "w1", "client", json_body([{"clientId": "abc", "userName": "bob"}]))
    value = redactor.frame(frame).body.value[0]
    assert value["clientId"].startswith("client-")
    end = redactor.end(End(1.0, "c1", "bob left", request=Request("GET", "/users/bob")))
    assert end.reason == f"{value['userName']} left"
    assert end.request.path == f"/users/{value['userName']}"
    assert redactor.end(End(1.0, "c1", "aborted")) == End(1.0, "c1", "aborted")


def test_what_an_entry_teaches_holds_for_all_of_it(redactor):
    basic = ("Authorization", "Basic YWxpY2U6YWxpY2UtcHc=")
    end = redactor.end(End(1.0, "c1", "gone", request=Request("GET", "/of/alice", {}, (basic,))))
    assert end.request.path != "/of/alice"
    frame = Frame(1.0, "w1", "server", json_body({"about": "carol", "userName": "carol"}))
    value = redactor.frame(frame).body.value
    assert value["about"] == value["userName"] != "carol"


def test_without_the_key_nothing_repeats():
    one, two = (Redactor().exchange(exchange("/users/alexander")) for _ in range(2))
    assert one != two
    assert Redactor(KEY).exchange(exchange("/users/al")) == Redactor(KEY).exchange(
        exchange("/users/al")
    )


def test_the_summary_says_how_many_rules_there_are_and_hits_which_applied(redactor):
    assert redactor.summary == {"policy": "default", "rules": len(DEFAULT)}
    treat(redactor, {"state": "Ready", "comment": "", "subject": "x", "any": "jo@x.org"})
    assert redactor.hits == {"message-text", "mail-address"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.text() | st.sampled_from(["password", "from", "ext", "body", "phone", "name", "value"]),
        inner,
    ),
    max_leaves=20,
)  # fmt: skip


@settings(deadline=None)
@given(json_values)
def test_whatever_comes_the_outline_of_json_is_kept(value):
    assert outline(treat(Redactor(KEY), value)) == outline(value)


def outline(value):
    match value:
        case dict():
            return [outline(item) for item in value.values()]
        case list():
            return [outline(item) for item in value]
    return type(value)


@settings(deadline=None)
@given(st.text())
def test_whatever_text_comes_it_is_survived(value):
    redactor = Redactor(KEY)
    for kind in (None, "application/x-www-form-urlencoded"):
        assert isinstance(text(redactor, value, kind), str)


@pytest.mark.parametrize(
    ("name", "parent", "kind"),
    [
        ("first_name", "", Kind.NAME),
        ("First Name", "", Kind.NAME),
        ("FIRSTNAME", "", Kind.NAME),
        ("name", "attachments", Kind.FILE),
        ("displayName", "user", Kind.NAME),
        ("displayName", "userState", None),
        ("Header_X-Anything", "", Kind.PROSE),
        ("headers", "", None),
        ("temporaryAuthenticationToken", "", Kind.TOKEN),
        ("clientId", "", Kind.CLIENT),
        ("emailType", "", Kind.KEEP),
    ],
)
def test_names_are_compared_as_people_spell_them(name, parent, kind):
    rule = rule_for(Site.KEY, name, parent)
    assert (rule.kind if rule else None) is kind


def test_every_rule_has_a_name_of_its_own():
    assert len({rule.name for rule in DEFAULT}) == len(DEFAULT)


def test_hindsight_finds_what_was_named_before_any_key_showed_it(redactor):
    early = redactor.exchange(exchange("/of/woodpecker", answer=json_body({"any": "woodpecker?"})))
    assert early.response.body.value == {"any": "woodpecker?"}
    name = treat(redactor, {"userName": "woodpecker"})["userName"]
    late = redactor.hindsight().entry(early)
    assert late.response.body.value == {"any": f"{name}?"}
    assert late.request.path == f"/of/{name}"


def test_hindsight_leaves_what_was_redacted_as_it_is(redactor):
    basic = ("Authorization", "Basic YWxpY2U6YWxpY2UtcHc=")
    cookie = ("Cookie", "JSESSIONID=abcdefgh12")
    mail = {"userName": "bobby", "from": "al@x.org", "state": "bobby", "phone": "+1 555 123 4567"}
    kept = redactor.exchange(
        exchange("/users/bobby", headers=[basic, cookie], body=json_body(mail))
    )
    frame = redactor.frame(Frame(1.0, "w1", "server", json_body([{"clientId": "x1y2z3"}])))
    end = redactor.end(End(1.0, "c1", "gone", request=Request("GET", "/users/bobby")))
    hindsight = redactor.hindsight()
    assert [hindsight.entry(entry) for entry in (kept, frame, end)] == [kept, frame, end]


def test_hindsight_does_not_take_a_pseudonym_for_a_name(redactor):
    made = treat(redactor, {"userName": "bobby"})["userName"]
    treat(redactor, {"userName": made})
    kept = exchange(body=json_body({"any": made}))
    assert redactor.hindsight().exchange(kept) == kept


def test_numbers_that_stand_for_others_are_no_real_ones(redactor):
    value = treat(redactor, {"phone": "+1 (555) 867-5309", "ani": 15558675309, "any": "x"})
    assert value["phone"].startswith("+9 (99")
    assert str(value["ani"]).startswith("999")
    card = text(redactor, "4111 1111 1111 1111", "text/plain")
    assert card.startswith("999")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("see http%3A%2F%2Fh%2Fx%3Ftoken%3Dabc%26a%3Db", "token%3Dtoken-"),
        ("next=%7B%22password%22%3A%22x%22%7D", "%22password%22%3A%22password-"),
        ("q=jo%40corp.org", ".example.com"),
    ],
)
def test_what_is_percent_encoded_is_opened(redactor, given, shown):
    other = treat(redactor, {"any": given})["any"]
    assert shown in other
    assert not re.search(r"abc|%22x%22|corp", other)


@pytest.mark.parametrize("end", ["", "?", "??", "ÿ>>"])
def test_what_is_in_base64_is_opened_and_closed_in_the_same_alphabet(redactor, end):
    clear = f"Dear jo@corp.org, password: hunter2{end}".encode()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for coded in (encode(clear).decode(), encode(clear).decode().rstrip("=")):
            other = treat(redactor, {"any": f"<{coded}>"})["any"].strip("<>")
            assert other.endswith("=") == coded.endswith("=") or len(other) % 4 == 0
            decoded = base64.urlsafe_b64decode(other.replace("+", "-").replace("/", "_") + "===")
            assert b"corp" not in decoded
            assert b"hunter2" not in decoded
            assert decoded.startswith(b"Dear ")


def test_base64_that_is_no_text_and_ids_are_left_alone(redactor):
    value = {"a": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB", "id": "e62d21e405a04274bd6bbcaf78bd8c38"}
    assert treat(redactor, value) == value


PIECES = """
    bob jo@corp.org token=abc http://h/users/al /users/al Bearer abc12345 +44 20 7946 0958 : = % @
    a%40b.org 4111111111111111 password: x {"a":1} (415) 867-5309 eyJabcdef.abcdefgh bAsIc x1=
    sk-abcdefghijkl AKIAabcdefghij ://u:p@h am9AY29ycC5vcmcgaXMgaGVyZQ== <pin>4</pin> &amp; ; ,
""".split()  # noqa: SIM905 - a list of words is read more easily as words


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=6).map(" ".join))
def test_the_quick_look_at_a_text_overlooks_nothing(value):
    hasty, thorough = Redactor(KEY), Redactor(KEY)
    thorough._free._suspect = re.compile("")
    for redactor in (hasty, thorough):
        treat(redactor, {"userName": "bob"})
    assert treat(hasty, {"any": value}) == treat(thorough, {"any": value})


def test_the_end_of_a_word_is_no_scheme_of_an_address(redactor):
    body = treat(redactor, {"body": "hotel: tel: http://x"})["body"]
    assert re.fullmatch(r"[a-z]{5}: tel: http://[a-z]", body)
    assert not body.startswith("hotel")
