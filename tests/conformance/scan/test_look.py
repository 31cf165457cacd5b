import base64
import random
import string

import pytest

from conformance.scan.formats import FORMATS
from conformance.scan.letters import keys_in, reads_like_language
from conformance.scan.look import look
from conformance.scan.sign import masked

BASIC = base64.b64encode(b"alice:alice-pw").decode()
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


def kinds(text, name=""):
    return {sign.kind for sign in look(text, name)}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"Authorization: Basic {BASIC}", "basic-credentials"),
        ("Bearer abcdefgh12345", "bearer-token"),
        (f"see {JWT} there", "jwt"),
        ("AKIAIOSFODNN7EXAMPL1", "issued-token"),
        ("ghp_abcdefghij0123456789XY", "issued-token"),
        ("https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXX", "webhook"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END", "private-key"),
        ("http://bob:hunter2@host/", "url-credentials"),
        ("write to jo.doe@corp.org.", "mail-address"),
        ("jo%40corp.org", "mail-address"),
        ("+44 20 7946 0958", "phone"),
        ("(415) 867-5309", "phone"),
        ("4111 1111 1111 1111", "card"),
        ("DE89 3704 0044 0532 0130 00", "iban"),
        ("123-45-6789", "us-ssn"),
        ("10.1.2.3", "ip-address"),
        ("?password=hunter2&a=1", "named-password"),
        ("<pwd>hunter2</pwd>", "named-pwd"),
        ('{"user": {"pin": 4711}}', "named-pin"),
        ("<input value='x1' type=hidden name='csrf'>", "named-csrf"),
        ("Set-Cookie: SID=abcd1234; Path=/", "cookie"),
        ('cb({"clientId": "x1y2"})', "named-client-id"),
        ("next=%2Fx%3Ftoken%3Dabc", "named-token"),
        (base64.b64encode(b"mail jo@corp.org now").decode(), "mail-address"),
        ("&lt;token&gt;abc&lt;/token&gt;", "named-token"),
        ("k q7CanaryajkZ9x4Kt3Wm8Rv k", "high-entropy"),
        ('--B\r\nContent-Disposition: form-data; name="password"\r\n\r\nx1\r\n', "named-password"),
    ],
)  # fmt: skip
def test_what_must_be_noticed(text, kind):
    assert kind in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Basic token-0123456789abcdef",
        "Cookie: JSESSIONID=cookie-0123456789abcdef; BAYEUX_BROWSER=cookie-0123456789abcdef",
        "/login;jsessionid=cookie-0123456789abcdef?access_token=token-0123456789abcdef",
        "Set-Cookie: gone=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly",
        "jo.doe@abcdefgh.example.com and x@y.invalid and @media screen",
        "+999 20 7946 0958 and (999) 867-5309 and 9994 1111 1111 1111",
        "4111 1111 1111 1112",
        "X-CSRF-HEADER: X-CSRF-TOKEN",
        "token: null",
        "00012a9HEEG0325N 01QG9WAK37H38024 e62d21e405a04274bd6bbcaf78bd8c38",
        "/emails/00012a9HEEG0325N and /api/v2/me/channels/email",
        "9430250E-0A1B-421F-B372-F29E69366DED 2016-03-15 23:38:42.000+1000",
        "Chrome/156.0.0.0 at 127.0.0.1:8090",
        "EmailStateChangeMessage revelantResponseTemplateGroups",
        "iVBORw0KGgo",
        "password",
        "Basic authentication, Bearer tokens",
    ],
)
def test_what_is_no_secret_is_passed(text):
    assert kinds(text) == set()


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("password", "y7", {"named-password"}),
        ("newPassword", "Secret1", {"named-password"}),
        ("X-CSRF-TOKEN", "abc", {"named-token"}),
        ("tokenType", "bearer", set()),
        ("Header_DKIM-Signature", "v=1", set()),
        ("phoneNumber", "555 1234", {"named-phone"}),
        ("homePhone", "999 1234", set()),
        ("password", "password-0123456789abcdef", set()),
        ("password", "<hidden>", set()),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ", set()),
    ],
)
def test_a_name_tells_what_a_value_is(name, value, found):
    assert kinds(value, name) == found


def test_language_is_told_from_letters_by_chance():
    chance = random.Random(7)
    texts = [
        ["Please call me back about my order"],
        ["Rechnung über die Lieferung"],
        ["Elisa Bergen", "Ruben Castello"],
    ]
    assert all(map(reads_like_language, texts))
    wrong = 0
    for _ in range(2000):
        letters = "".join(chance.choice(string.ascii_lowercase) for _ in range(20))
        wrong += reads_like_language([letters])
    assert wrong <= 4
    assert not reads_like_language(["Al"])
    assert not reads_like_language(["<p class='the'>&nbsp;</p> jo@x.org https:"])


def test_keys_look_like_keys_and_paths_do_not():
    assert keys_in("a wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLE9KEY1 b")
    assert not keys_in("/api/v2/emails/00012a9HEEG0325N/attachments")


def test_a_masked_value_does_not_give_itself_away():
    assert masked("hunter2") == "… (7 characters)"
    assert masked("ghp_abcdefghij") == "gh… (14 characters)"


def test_every_format_has_a_kind():
    assert all(format_.kind for format_ in FORMATS)
